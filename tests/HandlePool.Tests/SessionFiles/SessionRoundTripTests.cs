using System.Globalization;
using System.Text;
using HandlePool.Dumps;
using HandlePool.Tables;

namespace HandlePool.Tests.SessionFiles;

/// <summary>A session that is written and read is the same session, and goes on as the first would.</summary>
public class SessionRoundTripTests(ITestOutputHelper output)
{
    public static TheoryData<HandleAllocator> Allocators => [.. Enum.GetValues<HandleAllocator>()];

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_session_survives_a_round_trip_through_a_file(HandleAllocator allocator)
    {
        World world = World.Holding(300, new HandleSessionOptions
        {
            Allocator = allocator,
            GrowthPolicy = GrowthPolicy.AllocationLock,
            ShrinkPolicy = ShrinkPolicy.OnDemand,
            MaxCapacity = 5_000,
            EventCapacity = 3,
        });
        world.Drop(5, 250);
        world.Session.RemoveNode(world.Session.GetNode(world.Client.GetReference(260)!.Node.Id));
        HandleProcess gone = world.Session.CreateProcess("gone \"quoted\" \u00E9\u2028\n", id: 40, context: "hwbinder", isManager: true);
        world.Session.ExitProcess(gone);
        world.Session.AllocationDelay = TimeSpan.FromTicks(12_345);

        HandleSession read = IsKept(world.Session);
        Assert.Equal(("World", allocator, GrowthPolicy.AllocationLock, ShrinkPolicy.OnDemand, 5_000, TimeSpan.FromTicks(12_345)),
            (read.Name, read.Allocator, read.GrowthPolicy, read.ShrinkPolicy, read.MaxCapacity, read.AllocationDelay));
        Assert.Equal("gone \"quoted\" \u00E9\u2028\n", read.GetProcesses(includeDead: true).Single(process => process.IsDead).Name);
    }

    [Fact]
    public void An_empty_session_survives_a_round_trip() => IsKept(new HandleSession("empty"));

    [Fact]
    public void Capacities_beyond_what_the_handles_need_survive_a_round_trip()
    {
        World world = new();
        world.Client.Resize(ResizeDirection.Grow);
        world.Client.Resize(ResizeDirection.Grow);
        HandleProcess read = IsKept(world.Session).GetProcess("client");
        Assert.Equal((256, 2L), (read.Capacity, read.GetPool().GrowCount));
    }

    [Fact]
    public void A_disabled_bitmap_stays_disabled_after_a_round_trip()
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = HandleDriver.C });
        world.At(TestPoint.BeforeGrowAllocation, () => throw new InsufficientMemoryException());
        world.Hold(3);
        HandleProcess read = IsKept(world.Session).GetProcess("client");
        Assert.True(read.GetPool().IsDisabled);
        Assert.Equal(67, read.AddReference(read.Session.CreateNode(read.Session.GetProcess("server"))).Handle);
    }

    [Fact]
    public void Handles_beyond_the_limit_of_a_disabled_bitmap_survive_a_round_trip()
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = HandleDriver.C, MaxCapacity = 64 });
        world.Session.FailAllocations(count: 1);
        world.Hold(10);
        Assert.Equal((true, 73), (world.Client.GetPool().IsDisabled, world.Client.GetPool().HighestUsed));
        IsKept(world.Session);
    }

    [Fact]
    public void The_longest_delay_and_a_notification_of_the_newest_node_survive_a_round_trip()
    {
        World world = new(new HandleSessionOptions { Driver = HandleDriver.C });
        world.Session.AllocationDelay = TimeSpan.FromMinutes(1);
        world.Hold(1);
        world.Client.RequestNotification(1, HandleNotificationKind.Freeze);
        world.Client.ClearNotification(1, HandleNotificationKind.Freeze);
        IsKept(world.Session);
        Assert.Equal(TimeSpan.FromMinutes(1), SessionText.Read(SessionText.Of(world.Session)).AllocationDelay);
    }

    [Fact]
    public void Processes_of_version_1_have_the_uid_of_root() =>
        Assert.All(SessionText.Read(SessionText.Small).GetProcesses(includeDead: true), process => Assert.Equal(0, process.Uid));

    [Fact]
    public void Ids_continue_where_they_were_after_a_round_trip()
    {
        World world = new();
        HandleNode last = world.NewNode();
        world.Session.RemoveNode(last);
        HandleSession read = IsKept(world.Session);
        Assert.Equal(last.Id + 1, read.CreateNode(read.GetProcess("server")).Id);
        Assert.Equal(4, read.CreateProcess().Id);
    }

    [Fact]
    public void A_manager_without_holders_survives_a_round_trip()
    {
        HandleSession read = IsKept(new World().Session);
        Assert.True(read.GetProcess("manager").IsManager);
        Assert.Equal(0, read.GetProcess("client").AddReference(0).Handle);
    }

    [Fact]
    public void A_context_without_a_manager_survives_a_round_trip()
    {
        World world = World.Holding(2);
        world.Session.ExitProcess(world.Manager);
        HandleSession read = IsKept(world.Session);
        Refused.With(HandleErrorIds.ManagerMissing, Errno.ENOENT, () => read.GetProcess("server").AddReference(0));
        Assert.True(read.GetProcess("client").GetReference(0)!.Node.IsDead);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool)]
    [InlineData(HandleDriver.Rust)]
    [InlineData(HandleDriver.RustTree)]
    [InlineData(HandleDriver.C)]
    [InlineData(HandleDriver.C611rc1)]
    [InlineData(HandleDriver.CTree)]
    public void A_session_of_a_driver_keeps_to_its_rules(HandleDriver driver)
    {
        HandleSessionOptions options = new() { Driver = driver };
        Assert.Equal(new HandleSession(options: options).CreateProcess(isManager: true).GetNodes()[0].Id,
            IsKept(new HandleSession(options: options)).CreateProcess(isManager: true).GetNodes()[0].Id);

        World world = World.Holding(70, options);
        HandleSession read = IsKept(world.Session);
        Assert.Equal((driver, options.Allocator, options.MaxCapacity), (read.Driver, read.Allocator, read.MaxCapacity));
        Assert.Equal(world.NewNode().Id, read.CreateNode(read.GetProcess("server")).Id);
    }

    [Fact]
    public void Uids_and_second_opens_are_kept()
    {
        HandleSession session = new();
        HandleProcess first = session.CreateProcess("app", uid: 7, isManager: true);
        session.CreateProcess(id: first.Id, reopens: true);
        HandleProcess third = session.CreateProcess(id: first.Id, reopens: true);
        session.ExitProcess(first);
        HandleSession read = IsKept(session);

        Assert.Equal([(1, 2, 7), (1, 3, 7)], read.GetProcesses().Select(process => (process.Id, process.OpenNumber, process.Uid)));
        Refused.With(HandleErrorIds.ManagerUidMismatch, Errno.EPERM, () => read.CreateProcess(isManager: true));
        Assert.Equal(third.OpenNumber + 1, read.CreateProcess(id: 1, reopens: true).OpenNumber);
    }

    [Fact]
    public void A_disabled_bitmap_of_version_1_makes_the_driver_the_one_that_has_such()
    {
        string text = SessionText.Small.Replace("\"HierarchicalBitmap\"", "\"DBitmap\"", StringComparison.Ordinal);
        Assert.Equal(HandleDriver.HandlePool, SessionText.Read(text).Driver);
        text = text.Replace("\"capacity\":128,\"capacityInferred\":true,\"isDisabled\":false", "\"capacity\":null,\"capacityInferred\":false,\"isDisabled\":true",
            StringComparison.Ordinal);
        Assert.Equal(HandleDriver.C, SessionText.Read(text).Driver);
    }

    [Fact]
    public void A_dump_with_all_its_oddities_survives_a_round_trip()
    {
        const string Dump = """
            binder state:
            dead nodes:
              node 50: u00 c00 hs 0 hw 0 ls 0 lw 0 is 1 iw 1 proc 7
            proc 1
            context binder
              node 1: u00 c00 hs 1 hw 1 ls 1 lw 1 is 2 iw 2 tr 1 proc 7
              ref 2: desc 0 node 1 s 1 w 1 d 0
            proc 7
            context hwbinder
              ref 1: desc 0 node 1 s 0 w 0 d 0
              ref 1: desc 70 node 9223372036854775807 s 2147483647 w 1 d 0
              ref 1: desc 70 node 8 s 1 w 1 d 0
              ref 1: desc 3 dead node 50 s 1 w 1 d 0

            """;
        HandleSession session = DumpReader.Read(new MemoryStream(Encoding.ASCII.GetBytes(Dump)), "odd").Single().Session;
        session.GetProcess(7).AddReference(70, weak: 1, strong: 0);
        HandleSession read = IsKept(session);
        Assert.Equal(session.Findings.Select(finding => (finding.Kind, finding.Message, finding.Path, finding.Line, finding.Process?.Id, finding.Handle, finding.Node)),
            read.Findings.Select(finding => (finding.Kind, finding.Message, finding.Path, finding.Line, finding.Process?.Id, finding.Handle, finding.Node)));
        Assert.NotEmpty(read.Findings);
        Assert.True(read.GetProcess(7).GetPool().CapacityInferred);
    }

    [Fact]
    public void The_time_of_a_dump_survives_a_round_trip_with_its_offset()
    {
        DateTimeOffset time = new(2026, 1, 31, 12, 0, 0, TimeSpan.FromHours(2));
        HandleSession read = SessionText.Read(SessionText.Small);
        Assert.Equal((time, time.Offset), (read.Time, read.Time!.Value.Offset));
        Assert.Equal(time, SessionText.Read(SessionText.Of(read)).Time);
    }

    [Theory]
    [InlineData(81, HandleAllocator.SegmentedBitmap)]
    [InlineData(82, HandleAllocator.Bitmap)]
    [InlineData(83, HandleAllocator.DBitmap)]
    [InlineData(84, HandleAllocator.TreeScan)]
    [InlineData(85, HandleAllocator.AugmentedTree)]
    public void A_restored_random_session_continues_like_the_original(int seed, HandleAllocator allocator)
    {
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        HandleSession session = new("random", new HandleSessionOptions { Allocator = allocator, MaxCapacity = 256, EventCapacity = 50 });
        for (int round = 0; round < 8; round++)
        {
            HandleSession read = IsKept(session);
            int next = random.Next();
            Play(session, next);
            Play(read, next);
            Assert.Equal(Everything(session, withLocks: false), Everything(read, withLocks: false));

            // Each round goes on from a file of a file.
            session = read;
        }
    }

    /// <summary>Does what the seed says, by ids and handles only; what is refused is part of it.</summary>
    private static void Play(HandleSession session, int seed)
    {
        Random random = new(seed);
        double growth = random.NextDouble();
        for (int step = 0; step < 600; step++)
        {
            HandleProcess[] processes = session.GetProcesses();
            HandleNode[] nodes = session.GetNodes();
            HandleProcess? process = processes.Length > 0 ? processes[random.Next(processes.Length)] : null;
            try
            {
                switch (random.Next(100))
                {
                    case < 2 when processes.Length < 6:
                        session.CreateProcess($"p{random.Next(4)}", context: random.Next(4) == 0 ? "hwbinder" : "binder", isManager: random.Next(2) == 0);
                        break;
                    case < 3 when process is not null:
                        session.ExitProcess(process);
                        break;
                    case < 20 when process is not null:
                        session.CreateNode(process, random.Next(3) == 0 ? "n" : null);
                        break;
                    case < 23 when nodes.Length > 0:
                        session.RemoveNode(nodes[random.Next(nodes.Length)]);
                        break;
                    case < 26 when process is not null:
                        process.Resize((ResizeDirection)random.Next(2), force: random.Next(2) == 0);
                        break;
                    case < 30 when process is not null:
                        process.AddReference(0);
                        break;
                    default:
                        if (process is not null && nodes.Length > 0 && random.NextDouble() < growth)
                            process.AddReference(nodes[random.Next(nodes.Length)], random.Next(3), 1);
                        else if (process?.GetReferences() is { Length: > 0 } references)
                            process.RemoveReference(references[random.Next(references.Length)].Handle, random.Next(2), 1);
                        break;
                }
            }
            catch (HandleException)
            {
            }
        }
    }

    /// <summary>Writes and reads it, and asserts that nothing can be seen that is different.</summary>
    private static HandleSession IsKept(HandleSession session)
    {
        string text = SessionText.Of(session);
        HandleSession read = SessionText.Read(text);
        Assert.Equal(Everything(session), Everything(read));
        Assert.Equal(session.GetEvents().Select(each => each.Time), read.GetEvents().Select(each => each.Time));
        Assert.Equal((session.Name, session.Time), (read.Name, read.Time));
        Assert.Equal(text, SessionText.Of(session));
        Assert.Equal(text, SessionText.Of(read));
        return read;
    }

    /// <summary>All but names and times, which differ between two sessions in which the same is done.</summary>
    /// <remarks>
    /// The memory of a table that was read is allocated again, so an insert may take the lock once more, or once less, to get some.
    /// </remarks>
    private static string Everything(HandleSession session, bool withLocks = true)
    {
        StringBuilder text = new(Observed.State(session));
        foreach (HandleProcess process in session.GetProcesses(includeDead: true))
        {
            HandlePoolStatus pool = process.GetPool();
            Line($"{pool.CapacityInferred} {pool.IsDisabled} {pool.DiscardedBytes} {pool.Waits} {pool.Retries} {(withLocks ? pool.LockAcquisitions : 0)}");
        }

        foreach (HandleEvent each in session.GetEvents())
            Line($"{each.Sequence} {each.Process.Id} {each.Process.IsDead} {each.Kind} {each.FromCapacity} {each.ToCapacity} {each.Handle} {each.Message}");
        return text.ToString();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
