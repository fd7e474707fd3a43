namespace HandlePool.Tests.Sessions;

/// <summary>Nodes: ids, names, counts over all holders, removal.</summary>
public class NodeTests
{
    private readonly World _world = new();

    private HandleSession Session => _world.Session;

    [Fact]
    public void Node_ids_go_up_and_are_never_reused()
    {
        HandleNode first = _world.NewNode(), second = _world.NewNode();
        Assert.Equal([1L, 2L, 3L], new[] { _world.ManagerNode.Id, first.Id, second.Id });
        Session.RemoveNode(second);
        Assert.Equal(4, _world.NewNode().Id);
        Assert.Equal([2L, 4L], _world.Server.GetNodes().Select(node => node.Id));
        Assert.Equal(2, _world.Server.NodeCount);
    }

    [Fact]
    public void A_node_is_found_by_id_or_by_name_ignoring_case()
    {
        HandleNode audio = Session.CreateNode(_world.Server, "audio");
        Assert.Equal(audio, Session.GetNode("AUDIO"));
        Assert.Equal(audio, Session.GetNode(audio.Id));
        Assert.Equal(audio, Session.GetNode("2"));
        HandleNode digits = Session.CreateNode(_world.Server, "2");
        Assert.Equal(digits, Session.GetNode("2"));
    }

    [Fact]
    public void A_missing_node_is_not_found_and_a_shared_name_is_ambiguous()
    {
        HandleNode first = Session.CreateNode(_world.Server, "twin");
        Session.CreateNode(_world.Client, "Twin");

        Refused.With(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => Session.GetNode("none"));
        Refused.With(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => Session.GetNode(99));
        Refused.With(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => Session.GetNode("-1"));
        Refused.With(HandleErrorIds.NodeAmbiguous, Errno.EINVAL, () => Session.GetNode("twin"));
        Session.RemoveNode(first);
        Assert.Equal(_world.Client, Session.GetNode("twin").Owner);
    }

    [Fact]
    public void The_counts_of_a_node_are_the_sums_over_its_holders()
    {
        HandleNode node = _world.NewNode();
        HandleProcess third = Session.CreateProcess("third");
        _world.Client.AddReference(node, 1, 2);
        third.AddReference(0);
        third.AddReference(node, 3, 4);
        _world.Server.AddReference(node, 5, 6);
        Assert.Equal((9L, 12L, 3), (node.Strong, node.Weak, node.TableCount));

        third.RemoveReference(1, 2, 4);
        Assert.Equal((7L, 8L, 3), (node.Strong, node.Weak, node.TableCount));
        Assert.Equal([_world.Server, _world.Client, third], Session.GetHolders(node).Select(reference => reference.Process));
        Session.ExitProcess(_world.Client);
        Assert.Equal((6L, 6L, 2), (node.Strong, node.Weak, node.TableCount));
        third.DropReference(1);
        Assert.Equal((5L, 6L, 1), (node.Strong, node.Weak, node.TableCount));
        Observed.IsConsistent(Session);
    }

    [Fact]
    public void The_counts_of_a_node_exceed_what_one_holder_can_count()
    {
        HandleNode node = _world.NewNode();
        _world.Client.AddReference(node, int.MaxValue, int.MaxValue);
        _world.Server.AddReference(node, int.MaxValue, int.MaxValue);
        Assert.Equal((2L * int.MaxValue, 2L * int.MaxValue), (node.Strong, node.Weak));
    }

    [Fact]
    public void Removing_a_node_without_holders_ends_it()
    {
        HandleNode node = _world.NewNode();
        Session.RemoveNode(node);

        Assert.True(node.IsDead);
        Assert.Equal((1, 0), (Session.Nodes, _world.Server.NodeCount));
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => _world.Client.AddReference(node));
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => Session.RemoveNode(node));
    }

    [Fact]
    public void Removing_a_node_that_is_held_leaves_it_dead_until_it_is_dropped()
    {
        HandleNode[] nodes = [_world.NewNode(), _world.NewNode(), _world.NewNode()];
        _world.Client.AddReference(nodes[0]);
        Session.RemoveNode(nodes[0]);

        Assert.True(_world.Client.GetReference(1)!.IsDead);
        Assert.Equal(nodes[1..], _world.Server.GetNodes());
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => Session.RemoveNode(nodes[0]));
        Session.ExitProcess(_world.Server);
        Assert.Equal(2, Session.Nodes);
        _world.Client.DropReference(1);
        Assert.Equal(1, Session.Nodes);
    }

    [Fact]
    public void The_node_at_handle_0_cannot_be_removed_but_others_of_the_manager_can()
    {
        HandleNode other = Session.CreateNode(_world.Manager);
        _world.Refuses(HandleErrorIds.ManagerExists, Errno.EBUSY, () => Session.RemoveNode(_world.ManagerNode));
        Session.RemoveNode(other);
        Assert.Equal([_world.ManagerNode], _world.Manager.GetNodes());
    }

    [Fact]
    public void A_node_of_another_context_cannot_be_held()
    {
        HandleNode foreign = Session.CreateNode(Session.CreateProcess("hw", context: "hwbinder"));
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => _world.Client.AddReference(foreign));
    }

    [Fact]
    public void After_the_highest_id_the_lowest_free_one_is_given()
    {
        HandleSessionBuilder builder = new();
        HandleProcess owner = builder.AddProcess(5, "binder", "owner");
        foreach (long id in new[] { 1, 2, 4, 5, long.MaxValue })
            builder.AddNode(id, owner);
        HandleSession session = builder.Build("Full");
        owner = session.GetProcess(5);

        Assert.Equal([3, 6, 7], new[] { session.CreateNode(owner).Id, session.CreateNode(owner).Id, session.CreateNode(owner).Id });
        session.RemoveNode(session.GetNode(2));
        Assert.Equal([2, 8], new[] { session.CreateNode(owner).Id, session.CreateNode(owner).Id });
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, long.MaxValue], session.GetNodes().Select(node => node.Id));
    }

    [Fact]
    public void A_node_keeps_its_name_when_its_owner_becomes_known_or_is_gone()
    {
        HandleSessionBuilder builder = new();
        HandleProcess owner = builder.AddProcess(3, "binder", name: null);
        HandleNode node = builder.AddNode(1, owner: null, "audio");
        HandleSession session = node.Session;
        Assert.Equal(("audio", null, session), (node.Name, node.Owner, node.Session));

        builder.SetOwner(node, owner);
        Assert.Equal(("audio", owner, session), (node.Name, node.Owner, node.Session));

        node.Owner = null;
        Assert.Equal(("audio", null, session), (node.Name, node.Owner, node.Session));
    }

    [Fact]
    public void A_node_of_a_dump_takes_72_bytes()
    {
        HandleSession session = new();
        ListedNode[] nodes = new ListedNode[1000];
        nodes[0] = new ListedNode(session, 1, owner: null);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int index = 0; index < nodes.Length; index++)
            nodes[index] = new ListedNode(session, index, owner: null);

        Assert.Equal(72L * nodes.Length, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(20, System.Runtime.CompilerServices.Unsafe.SizeOf<NodeListing>());
    }
}
