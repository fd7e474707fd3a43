namespace HandlePool.Tests.Experiments;

public class RecordingTests
{
    private const int Threads = 4;

    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
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
}
