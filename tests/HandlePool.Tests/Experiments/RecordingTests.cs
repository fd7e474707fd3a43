namespace HandlePool.Tests.Experiments;

public class RecordingTests
{
    private const int Threads = 4;

    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    [InlineData(HandleAllocator.AugmentedTree)]
    public void Concurrent_operations_replay_to_the_same_handles(HandleAllocator allocator)
    {
        HandleSession recorded = new HandleSession(options: new HandleSessionOptions { Allocator = allocator }).StartRecording();
        HandleProcess server = recorded.CreateProcess("server"), client = recorded.CreateProcess("client");
        HandleNode[] nodes = [.. Enumerable.Range(0, 300).Select(_ => recorded.CreateNode(server))];
        using Barrier start = new(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(index => new Thread(() => Work(index)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        HandleSession replayed = new(options: new HandleSessionOptions { Allocator = allocator });
        OperationPlayer player = new(replayed);
        foreach (HandleOperation operation in recorded.GetOperations())
            player.Play(operation);

        Assert.Equal(Observed.State(recorded), Observed.State(replayed));
        Observed.IsConsistent(replayed);

        void Work(int seed)
        {
            Random random = new(seed);
            start.SignalAndWait();
            for (int step = 0; step < 2_000; step++)
            {
                try
                {
                    if (random.Next(5) < 3)
                        client.AddReference(nodes[random.Next(nodes.Length)]);
                    else
                        client.DropReference(random.Next(1, nodes.Length));
                }
                catch (HandleException exception) when (exception.ErrorId == "HandleNotFound")
                {
                    // Another thread was faster, or the handle has never been held. It is recorded, and refused again.
                }
            }
        }
    }

    [Fact]
    public void A_node_named_like_the_id_of_another_is_replayed_as_itself()
    {
        HandleSession recorded = new HandleSession().StartRecording();
        HandleProcess server = recorded.CreateProcess("server"), client = recorded.CreateProcess("client");
        HandleNode first = recorded.CreateNode(server, "2"), second = recorded.CreateNode(server, "#1"), third = recorded.CreateNode(server);
        client.AddReference(second);
        client.AddReference(third);
        client.AddReference(first);
        recorded.RemoveNode(second);

        HandleSession replayed = new();
        OperationPlayer player = new(replayed);
        Assert.All(recorded.GetOperations(), operation => Assert.True(player.Play(operation).Succeeded));

        Assert.Equal(Observed.State(recorded), Observed.State(replayed));
    }

    [Fact]
    public void A_refused_change_of_both_counts_records_neither()
    {
        HandleSession recorded = new HandleSession().StartRecording();
        HandleProcess server = recorded.CreateProcess("server"), client = recorded.CreateProcess("client");
        int handle = client.AddReference(recorded.CreateNode(server), strong: 2, weak: 3).Handle;
        int weakOnly = client.AddReference(recorded.CreateNode(server), strong: 0, weak: 1).Handle;
        Refused.With(HandleErrorIds.CountUnderflow, Errno.EINVAL, () => client.RemoveReference(handle, strong: 1, weak: 4));
        Refused.With(HandleErrorIds.WeakReferenceOnly, Errno.EINVAL, () => client.AddReference(weakOnly, strong: 1, weak: 1));
        client.RemoveReference(handle, strong: 1, weak: 1);

        HandleSession replayed = new();
        OperationPlayer player = new(replayed);
        Assert.All(recorded.GetOperations(), operation => Assert.True(player.Play(operation).Succeeded));

        Assert.Equal(Observed.State(recorded), Observed.State(replayed));
    }

    [Fact]
    public void Operations_refused_for_an_exited_process_do_not_replay_on_its_successor()
    {
        HandleSession recorded = new HandleSession().StartRecording();
        recorded.CreateProcess("manager", isManager: true);
        HandleProcess first = recorded.CreateProcess("app", id: 20);
        recorded.ExitProcess(first);
        recorded.CreateProcess("app", id: 20);
        Refused.With("ProcessDead", Errno.ESRCH, () => first.AddReference(0));

        HandleSession replayed = new();
        OperationPlayer player = new(replayed);
        foreach (HandleOperation operation in recorded.GetOperations())
            Assert.True(player.Play(operation).Succeeded);
        Assert.Equal(Observed.State(recorded), Observed.State(replayed));
    }

    [Fact]
    public void Each_operation_is_recorded_as_what_it_was()
    {
        World world = new(isRecorded: true);
        (HandleSession session, HandleProcess client) = (world.Session, world.Client);
        HandleNode node = world.NewNode();
        client.AddReference(node);
        client.AddReference(1, strong: 0, weak: 2);
        client.RemoveReference(1);
        client.RemoveReference(1, strong: 0, weak: 1);
        client.DropReference(1);
        client.Resize(ResizeDirection.Grow);
        client.Resize(ResizeDirection.Shrink);
        client.Resize(ResizeDirection.Grow);
        client.Resize(ResizeDirection.Shrink, force: true);
        client.Resize(ResizeDirection.Grow);
        client.Optimize();
        client.CompleteResize(client.RequestResize(ResizeDirection.Grow));
        client.CompleteResize(client.RequestResize(ResizeDirection.Shrink));
        client.Resize(ResizeDirection.Grow);
        client.CompleteResize(client.RequestResize(ResizeDirection.Shrink, force: true));
        client.AddReference(node);
        client.RequestNotification(1, HandleNotificationKind.Freeze, cookie: 5);
        session.SuspendProcess(world.Server);
        client.ReceiveNotifications(1);
        client.CompleteNotification(HandleNotificationKind.Freeze, 5);
        session.ResumeProcess(world.Server);
        client.ClearNotification(1, HandleNotificationKind.Freeze, cookie: 5);
        session.BeginSuspendProcess(world.Server);
        session.RemoveNode(node);
        session.ExitProcess(world.Manager);
        session.SetManager(world.Server);

        Assert.Equal(
            [
                "NewManager manager", "NewProcess server", "NewProcess client", "NewNode server",
                "AddReference client node 2 count 1", "AddReference client handle 1 count 2 weak",
                "RemoveReference client handle 1 count 1", "RemoveReference client handle 1 count 1 weak", "DropReference client handle 1 count 1",
                "GrowPool client", "ShrinkPool client", "GrowPool client", "FitPool client", "GrowPool client", "OptimizePool client",
                "RequestGrow client", "CompleteResize client count 1", "RequestShrink client", "CompleteResize client count 1",
                "GrowPool client", "RequestFit client", "CompleteResize client count 1", "AddReference client node 2 count 1",
                "RequestNotification client handle 1 Freeze 5", "SuspendProcess server", "ReceiveNotification client count 1",
                "CompleteNotification client Freeze 5", "ResumeProcess server", "ClearNotification client handle 1 Freeze 5",
                "BeginSuspendProcess server", "RemoveNode node 2", "RemoveProcess manager", "SetManager server",
            ],
            session.GetOperations().Select(Describe));
        Assert.Equal(Observed.State(session), Observed.State(Replay(session)));

        string Describe(HandleOperation row) => string.Join(' ', new[]
        {
            row.Operation.ToString(),
            row.Process is { } pid ? session.GetProcesses(includeDead: true).FirstOrDefault(each => $"#{each.Id}" == pid)?.Name ?? pid : null,
            row.Node is { } id ? $"node {id.TrimStart('#')}" : null,
            row.Handle is { } handle ? $"handle {handle}" : null,
            row.Count is { } count ? $"count {count}" : null,
            row.Weak ? "weak" : null,
            row.Kind is { } kind ? $"{kind} {row.Cookie}" : null,
        }.Where(part => !string.IsNullOrEmpty(part)));
    }

    private static HandleSession Replay(HandleSession recorded)
    {
        HandleSession replayed = new();
        OperationPlayer player = new(replayed);
        Assert.All(recorded.GetOperations(), operation => Assert.True(player.Play(operation).Succeeded));
        return replayed;
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool)]
    [InlineData(HandleDriver.Rust)]
    [InlineData(HandleDriver.C)]
    public void Faults_replay_with_the_failures_that_they_cause(HandleDriver driver)
    {
        HandleSessionOptions options = new() { Driver = driver, Allocator = HandleAllocator.HierarchicalBitmap };
        HandleSession recorded = new HandleSession(options: options).StartRecording();
        HandleProcess server = recorded.CreateProcess("server"), client = recorded.CreateProcess("client"), other = recorded.CreateProcess("other");
        List<HandleNode> nodes = [.. Enumerable.Range(0, 200).Select(_ => recorded.CreateNode(server))];
        recorded.FailAllocations(direction: ResizeDirection.Grow, after: 1, count: 2);
        HandleFault onlyClient = recorded.FailAllocations(client, ResizeDirection.Shrink, count: 3);
        recorded.DelayAllocations(TimeSpan.FromTicks(1), other, count: 2);
        recorded.FailNotifications(client, after: 1);
        recorded.FailFreezes(count: 2);
        foreach (HandleNode node in nodes)
            Try(() => client.AddReference(node));
        Try(() => recorded.FlipBit(client, 5));
        Try(() => recorded.FlipBit(client, 100_000));
        Try(() => recorded.BreakSummary(client, 64));
        Try(() => client.AddReference(recorded.CreateNode(server)));
        Try(() => client.RequestNotification(1, HandleNotificationKind.Death, 1));
        Try(() => client.RequestNotification(2, HandleNotificationKind.Death, 2));
        Try(() => recorded.SuspendProcess(server));
        foreach (HandleReference reference in client.GetReferences().Reverse().Take(150))
            Try(() => client.DropReference(reference.Handle));
        Assert.True(recorded.RemoveFault(onlyClient));
        Assert.False(recorded.RemoveFault(onlyClient));
        recorded.ExitProcess(other);
        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => recorded.FailFreezes(other));
        foreach (HandleReference reference in client.GetReferences().Reverse().Take(20))
            Try(() => client.DropReference(reference.Handle));

        HandleSession replayed = new HandleSession(options: options).StartRecording();
        OperationPlayer player = new(replayed);
        List<string?> refused = [.. recorded.GetOperations().Select(operation => player.Play(operation).ErrorId).Where(id => id is not null)];

        if (driver != HandleDriver.C)
            Assert.Contains(HandleErrorIds.PoolCorrupted, refused);
        Assert.Contains(HandleErrorIds.AllocationFailed, refused);
        Assert.Contains(HandleErrorIds.ProcessBusy, refused);
        Assert.Contains(HandleErrorIds.FaultNotFound, refused);
        Assert.Equal(Observed.State(recorded), Observed.State(replayed));
        Assert.Equal(Faults(recorded), Faults(replayed));
        Assert.Equal(recorded.FindMismatches().Select(each => $"{each}"), replayed.FindMismatches().Select(each => $"{each}"));
        Assert.Equal(Events(recorded), Events(replayed));

        static void Try(Action operation)
        {
            try
            {
                operation();
            }
            catch (Exception exception) when (exception is HandleException or ArgumentOutOfRangeException or InvalidOperationException)
            {
                // It is recorded, and refused again.
            }
        }
    }

    [Fact]
    public void A_delay_that_is_removed_while_it_lasts_does_not_delay_the_replay()
    {
        HandleSession recorded = new HandleSession().StartRecording();
        HandleProcess client = recorded.CreateProcess("client");
        HandleFault delay = recorded.DelayAllocations(TimeSpan.FromDays(1));
        Thread thread = new(() => client.Resize(ResizeDirection.Grow));
        thread.Start();
        SpinWait.SpinUntil(() => delay.Hits == 1);
        Assert.True(recorded.RemoveFault(delay));
        thread.Join();
        Assert.False(recorded.RemoveFault(delay));

        HandleOperationKind[] expected = [HandleOperationKind.NewProcess, HandleOperationKind.DelayAllocation, HandleOperationKind.RemoveFault,
            HandleOperationKind.GrowPool, HandleOperationKind.RemoveFault];
        Assert.Equal(expected, recorded.GetOperations().Select(operation => operation.Operation));
        HandleSession replayed = new();
        OperationPlayer player = new(replayed);
        Assert.Equal([true, true, true, true, false], recorded.GetOperations().Select(operation => player.Play(operation).Succeeded));
        Assert.Equal(Observed.State(recorded), Observed.State(replayed));
    }

    [Fact]
    public void A_session_that_had_faults_cannot_begin_to_record()
    {
        HandleSession session = new();
        session.RemoveFault(session.FailAllocations());
        Assert.Throws<InvalidOperationException>(() => session.StartRecording());
    }

    private static IEnumerable<string> Faults(HandleSession session) => session.GetFaults().Select(fault =>
        $"{fault.Id} {fault} {fault.Direction} {fault.After} {fault.Count} {fault.Delay} {fault.Hits}");

    private static IEnumerable<string> Events(HandleSession session) => session.GetEvents().Select(each => $"{each.Process} {each.Kind} {each.Message}");
}
