using HandlePool.Tables;

namespace HandlePool.Tests.Sessions;

/// <summary>The builder that readers fill: other threads may see its session as soon as it is built.</summary>
public class BuilderTests
{
    private static readonly Dictionary<string, Action<HandleSessionBuilder, HandleProcess, HandleNode>> Changes = new()
    {
        ["a process"] = (builder, _, _) => builder.AddProcess(9, "binder", "late"),
        ["an exited process"] = (builder, _, _) => builder.AddExitedProcess(9, "binder", "late", openNumber: 1, uid: null),
        ["a name"] = (builder, process, _) => builder.SetName(process, "late"),
        ["a time"] = (builder, _, _) => builder.SetTime(DateTimeOffset.UnixEpoch),
        ["a source"] = (builder, _, _) => builder.AddSource(new HandleSource("late.txt", HandleSourceKind.State, 1, null, null)),
        ["evidence"] = (builder, _, _) => builder.SetEvidence([], []),
        ["a form"] = (builder, _, _) => builder.SetDumpForm(DumpForm.Rust),
        ["a node"] = (builder, process, _) => builder.AddNode(9, process),
        ["a dead node"] = (builder, process, _) => builder.AddDeadNode(9, process, "late"),
        ["a listed node"] = (builder, process, _) => builder.AddListedNode(9, process, [3]),
        ["an owner"] = (builder, process, node) => builder.SetOwner(node, process),
        ["a registered node"] = (builder, _, node) => builder.SetRegistered(node),
        ["a death"] = (builder, _, node) => builder.SetDead(node),
        ["a reference"] = (builder, process, node) => builder.TryAddReference(process, 1, node.Id, 1, 1, out _, out _, out _),
        ["an id of a reference"] = (builder, process, _) => builder.NoteReference(process, 9),
        ["statistics"] = (builder, _, _) => builder.SetStatistics(new StatisticsRecord(HandleCounters.Empty, [], []), isComplete: true),
        ["statistics of a file"] = (builder, _, _) => builder.RestoreStatistics(new StatisticsRecord(HandleCounters.Empty, [], []), []),
        ["listed holders"] = (builder, _, _) => builder.AddListedHolders(null),
        ["a finding"] = (builder, _, _) => builder.AddFinding(HandleFindingKind.Truncated, "It ends.", "late.txt", 1),
        ["a pool"] = (builder, process, _) => builder.SetPool(process, new PoolRecord(128, false, false, default)),
        ["a frozen process"] = (builder, process, _) => builder.SetFreezeState(process, FreezeState.Frozen),
        ["notifications of a file"] = (builder, process, _) => builder.RestoreNotifications(process, NotificationRecords.None),
        ["a notification of a dump"] = (builder, process, node) => builder.AddDeathNotification(process, 1, node),
        ["work of a dump"] = (builder, process, _) => builder.AddWork(process, ImportedWork.Error, isForThread: true),
        ["managers"] = (builder, _, node) => builder.SetManagers([node]),
        ["the uid of a manager"] = (builder, _, _) => builder.SetManagerUid("binder", 5),
        ["ids"] = (builder, _, _) => builder.SetHighestIds(9, 9),
        ["events"] = (builder, _, _) => builder.SetEvents([], 9),
        ["a delay"] = (builder, _, _) => builder.SetAllocationDelay(TimeSpan.FromSeconds(1)),
        ["a second session"] = (builder, _, _) => builder.Build("again"),
    };

    public static TheoryData<string> Kinds => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_session_that_has_been_built_takes_nothing_more_from_its_builder(string kind)
    {
        HandleSessionBuilder builder = new();
        HandleProcess process = builder.AddProcess(3, "binder", name: null);
        HandleNode node = builder.AddNode(1, owner: process);
        HandleSession session = builder.Build("built");
        string before = Observed.State(session);

        Assert.Throws<InvalidOperationException>(() => Changes[kind](builder, process, node));

        Assert.Equal(before, Observed.State(session));
        Assert.Equal(("built", (DateTimeOffset?)null, TimeSpan.Zero), (session.Name, session.Time, session.AllocationDelay));
        Assert.Equal((0, 0, (HandleStatistics?)null), (session.FindingCount, session.Sources.Count, session.Statistics));
        Assert.Equal((4, 2L), (session.CreateProcess().Id, session.CreateNode(process).Id));
    }

    [Fact]
    public void A_process_is_found_by_the_name_that_it_gets_later_and_gets_only_one()
    {
        HandleSessionBuilder builder = new();
        HandleProcess process = builder.AddProcess(3, "binder", name: null);
        builder.SetName(process, "mail");
        Assert.Throws<ArgumentException>(() => builder.SetName(process, "sync"));

        Assert.Same(process, builder.Build("built").GetProcess("MAIL"));
    }

    [Fact]
    public void A_process_after_more_runs_than_there_are_numbers_holds_what_its_lines_say()
    {
        const int Runs = ushort.MaxValue + 1;
        HandleSessionBuilder builder = new(isOfDump: true);
        HandleProcess[] alternating = [builder.AddProcess(3, "binder", name: null), builder.AddProcess(4, "binder", name: null)];
        HandleProcess last = builder.AddProcess(5, "binder", name: null);
        for (int run = 1; run <= Runs; run++)
            builder.TryAddReference(alternating[run % 2], 1 + (run / 2), nodeId: run, 1, 1, out _, out _, out _);

        // Its run has the number of the first, in which node 1 was held.
        Assert.True(builder.TryAddReference(last, 1, nodeId: 1, 1, 1, out _, out bool isNew, out _));
        Assert.False(isNew);
        Assert.True(builder.TryAddReference(last, 2, nodeId: 2, 1, 1, out _, out _, out _));
        Assert.False(builder.TryAddReference(last, 3, nodeId: 1, 1, 1, out _, out _, out HandleReference? existing));

        Assert.Equal(1, existing!.Handle);
        Assert.Equal([1, 2], last.GetReferences().Select(reference => reference.Handle));
        Assert.Equal(2, builder.FindNode(1)!.TableCount);
    }

    [Fact]
    public void A_node_of_a_dump_refers_to_a_later_owner_only_when_the_session_is_built()
    {
        HandleSessionBuilder builder = new(isOfDump: true);
        HandleProcess holder = builder.AddProcess(3, "binder", name: null);
        for (int id = 1; id <= 5; id++)
            builder.TryAddReference(holder, handle: id, nodeId: id, 1, 1, out _, out _, out _);
        HandleProcess[] owners = [builder.AddProcess(4, "binder", name: null), builder.AddProcess(5, "hwbinder", name: null)];
        foreach (int id in (int[])[3, 4, 1, 2])
            builder.SetOwner(builder.FindNode(id)!, owners[id % 2]);
        builder.AddNode(6, owners[1]);
        HandleNode[] nodes = [.. Enumerable.Range(1, 6).Select(id => builder.FindNode(id)!)];
        AssertOwners();

        // An old node that refers to a young process is one more that each collection of young objects has to visit.
        Assert.Equal([3, 4, 1, 2, 0, 0], nodes.Select(node => node.OwnerIndex));

        HandleSession session = builder.Build("built");
        AssertOwners();
        Assert.All(nodes, node => Assert.Equal(0, node.OwnerIndex));
        Assert.False(session.Listings.HasLateOwners);
        Assert.Equal([2, 4], owners[0].GetNodes().Select(node => node.Id));
        Assert.Equal([1, 3, 6], owners[1].GetNodes().Select(node => node.Id));

        void AssertOwners()
        {
            Assert.Equal([owners[1], owners[0], owners[1], owners[0], null, owners[1]], nodes.Select(node => node.Owner));
            Assert.All(nodes, node => Assert.Same(holder.Session, node.Session));
            Assert.Equal(["hwbinder", "binder", "hwbinder", "binder", null, "hwbinder"], nodes.Select(node => node.Context));
            Assert.Equal([2, 3], owners.Select(owner => owner.NodeCount));
        }
    }
}
