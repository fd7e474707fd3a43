namespace HandlePool.Tests.Sessions;

/// <summary>The exit of a process.</summary>
public class ExitTests
{
    [Fact]
    public void No_fault_can_be_set_for_a_process_that_has_exited()
    {
        World world = new();
        world.Session.ExitProcess(world.Client);

        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Session.FailAllocations(world.Client));
        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Session.DelayAllocations(TimeSpan.FromSeconds(1), world.Client));
        Assert.Empty(world.Session.GetFaults());
    }

    private readonly World _world = new();

    private HandleSession Session => _world.Session;

    [Fact]
    public void Its_references_are_dropped_with_all_their_counts()
    {
        HandleNode node = _world.NewNode();
        _world.Client.AddReference(node, 5, 6);
        _world.Server.AddReference(0);
        _world.Client.AddReference(0);
        Session.ExitProcess(_world.Client);

        Assert.True(_world.Client.IsDead);
        Assert.Equal((0L, 0L, 0), (node.Strong, node.Weak, node.HolderCount));
        Assert.Equal((1L, 1), (_world.ManagerNode.Strong, _world.ManagerNode.HolderCount));
        Assert.Equal((0, 0), (_world.Client.HandleCount, _world.Client.GetPool().InUse));
        Assert.Empty(_world.Client.GetReferences());
        Observed.IsConsistent(Session);
    }

    [Fact]
    public void Its_nodes_are_dead_while_somebody_holds_them_and_gone_afterwards()
    {
        HandleNode held = _world.NewNode(), loose = _world.NewNode();
        _world.Client.AddReference(held, 1, 1);
        Session.ExitProcess(_world.Server);

        Assert.True(held.IsDead && loose.IsDead);
        Assert.Equal([_world.ManagerNode, held], Session.GetNodes());
        Assert.True(_world.Client.GetReference(1)!.IsDead);
        Assert.Equal((0, _world.Server), (_world.Server.NodeCount, held.Owner));
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => _world.Client.AddReference(loose));
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => Session.GetNode(loose.Id));

        _world.Client.RemoveReference(1);
        Assert.Equal(held, Session.GetNode(held.Id));
        _world.Client.RemoveReference(1, 0, 1);
        Refused.With(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => Session.GetNode(held.Id));
        Assert.Equal([_world.ManagerNode], Session.GetNodes());
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => _world.Client.AddReference(held));
    }

    [Fact]
    public void A_dead_node_that_is_held_can_still_be_increased_and_taken_up_by_others()
    {
        HandleNode node = _world.NewNode();
        _world.Client.AddReference(node);
        Session.ExitProcess(_world.Server);

        Assert.Equal(2, _world.Client.AddReference(1).Strong);
        HandleProcess other = Session.CreateProcess();
        other.AddReference(node);
        _world.Client.DropReference(1);
        Assert.Equal(1, node.HolderCount);
        Assert.Contains(node, Session.GetNodes());
        other.DropReference(1);
        Assert.DoesNotContain(node, Session.GetNodes());
    }

    [Fact]
    public void A_dead_node_goes_with_the_exit_of_its_last_holder()
    {
        _world.Hold(3);
        Session.ExitProcess(_world.Server);
        Assert.Equal(4, Session.Nodes);
        Session.ExitProcess(_world.Client);
        Assert.Equal([_world.ManagerNode], Session.GetNodes());
        Observed.IsConsistent(Session);
    }

    [Fact]
    public void Two_processes_that_hold_each_others_nodes_leave_nothing_behind()
    {
        HandleNode ofClient = Session.CreateNode(_world.Client);
        _world.Client.AddReference(_world.NewNode());
        _world.Server.AddReference(ofClient);
        _world.Client.AddReference(ofClient);
        Session.ExitProcess(_world.Client);
        Assert.True(_world.Server.GetReference(1)!.IsDead);
        Session.ExitProcess(_world.Server);
        Assert.Equal(1, Session.Nodes);
        Observed.IsConsistent(Session);
    }

    [Fact]
    public void It_can_be_asked_for_once()
    {
        Session.ExitProcess(_world.Client);
        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => Session.ExitProcess(_world.Client));
        Assert.Single(_world.Events(HandleEventKind.ProcessExit));
    }

    [Fact]
    public void It_is_recorded()
    {
        Session.ExitProcess(_world.Client);
        Assert.Equal(_world.Client, Assert.Single(_world.Events(HandleEventKind.ProcessExit)).Process);
    }

    [Fact]
    public void A_dead_process_gets_no_node_and_no_reference_and_stays_readable()
    {
        HandleNode node = _world.NewNode();
        _world.Client.AddReference(node);
        Session.ExitProcess(_world.Client);

        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => Session.CreateNode(_world.Client));
        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => _world.Client.AddReference(node));
        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => _world.Client.AddReference(0));
        Assert.Equal(("client", 0, null), (_world.Client.Name, _world.Client.GetBitmap().InUse, _world.Client.GetReference(1)));
    }

    [Fact]
    public void A_new_process_with_the_same_pid_has_nothing_of_the_old_one()
    {
        _world.Hold(70);
        Session.ExitProcess(_world.Client);
        HandleProcess again = Session.CreateProcess("client", _world.Client.Id);
        Assert.Equal((0, 64, false), (again.HandleCount, again.Capacity, again.IsDead));
        Assert.True(_world.Client.IsDead);
    }
}
