namespace HandlePool.Tests.Sessions;

/// <summary>The exit of a process.</summary>
public class ExitTests
{
    [Fact]
    public void No_fault_can_be_injected_into_an_exited_process()
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
    public void Exit_drops_all_references_with_their_counts()
    {
        HandleNode node = _world.NewNode();
        _world.Client.AddReference(node, 5, 6);
        _world.Server.AddReference(0);
        _world.Client.AddReference(0);
        Session.ExitProcess(_world.Client);

        Assert.True(_world.Client.IsDead);
        Assert.Equal((0L, 0L, 0), (node.Strong, node.Weak, node.TableCount));
        Assert.Equal((1L, 1), (_world.ManagerNode.Strong, _world.ManagerNode.TableCount));
        Assert.Equal((0, 0), (_world.Client.HandleCount, _world.Client.GetPool().InUse));
        Assert.Empty(_world.Client.GetReferences());
        Observed.IsConsistent(Session);
    }

    [Fact]
    public void Nodes_of_an_exited_process_are_dead_until_no_one_holds_them()
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
    public void A_dead_node_that_is_held_can_be_increased_and_added_by_others()
    {
        HandleNode node = _world.NewNode();
        _world.Client.AddReference(node);
        Session.ExitProcess(_world.Server);

        Assert.Equal(2, _world.Client.AddReference(1).Strong);
        HandleProcess other = Session.CreateProcess();
        other.AddReference(node);
        _world.Client.DropReference(1);
        Assert.Equal(1, node.TableCount);
        Assert.Contains(node, Session.GetNodes());
        other.DropReference(1);
        Assert.DoesNotContain(node, Session.GetNodes());
    }

    [Fact]
    public void A_dead_node_disappears_with_its_last_holder()
    {
        _world.Hold(3);
        Session.ExitProcess(_world.Server);
        Assert.Equal(4, Session.Nodes);
        Session.ExitProcess(_world.Client);
        Assert.Equal([_world.ManagerNode], Session.GetNodes());
        Observed.IsConsistent(Session);
    }

    [Fact]
    public void Exited_processes_that_held_each_others_nodes_leave_nothing_behind()
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
    public void A_process_exits_only_once()
    {
        Session.ExitProcess(_world.Client);
        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => Session.ExitProcess(_world.Client));
        Assert.Single(_world.Events(HandleEventKind.ProcessExit));
    }

    [Fact]
    public void An_exit_is_recorded_as_an_event()
    {
        Session.ExitProcess(_world.Client);
        Assert.Equal(_world.Client, Assert.Single(_world.Events(HandleEventKind.ProcessExit)).Process);
    }

    [Fact]
    public void An_exited_process_takes_no_node_or_reference_but_stays_readable()
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
    public void A_new_process_inherits_nothing_from_the_former_one_with_its_pid()
    {
        _world.Hold(70);
        Session.ExitProcess(_world.Client);
        HandleProcess again = Session.CreateProcess("client", _world.Client.Id);
        Assert.Equal((0, 64, false), (again.HandleCount, again.Capacity, again.IsDead));
        Assert.True(_world.Client.IsDead);
    }
}
