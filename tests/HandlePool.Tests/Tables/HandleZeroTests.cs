namespace HandlePool.Tests.Tables;

/// <summary>Handle 0 and the context manager.</summary>
public class HandleZeroTests
{
    private readonly World _world = new();

    private HandleProcess Client => _world.Client;

    [Fact]
    public void Increasing_handle_0_where_it_is_not_held_takes_the_managers_node()
    {
        HandleReference reference = Client.AddReference(0, 1, 2);

        Assert.Equal((0, _world.ManagerNode, 1, 2), (reference.Handle, reference.Node, reference.Strong, reference.Weak));
        Assert.Equal((1L, 2L, 1), (_world.ManagerNode.Strong, _world.ManagerNode.Weak, _world.ManagerNode.HolderCount));
    }

    [Fact]
    public void The_managers_node_gets_handle_0_by_node_too_even_after_others()
    {
        _world.Hold(5);
        Assert.Equal(0, Client.AddReference(_world.ManagerNode).Handle);
    }

    [Fact]
    public void Increasing_handle_0_where_it_is_held_absorbs_the_counts()
    {
        Client.AddReference(0);
        Assert.Equal((0, 2, 1), Client.AddReference(0, 1, 1) is var r ? (r.Handle, r.Strong, r.Weak) : default);
        Assert.Equal(1, Client.HandleCount);
    }

    [Fact]
    public void Handle_0_stands_for_the_managers_node_so_that_a_weak_only_one_may_become_strong()
    {
        Client.AddReference(0, 0, 1);
        Assert.Equal((0, 1, 1), Client.AddReference(0) is var r ? (r.Handle, r.Strong, r.Weak) : default);
    }

    [Fact]
    public void An_ordinary_node_never_gets_handle_0()
    {
        Client.AddReference(0);
        Client.DropReference(0);
        Assert.Equal(1, _world.Hold(1)[0].Handle);
        Assert.Equal(2, Client.AddReference(_world.Session.CreateNode(_world.Manager)).Handle);
    }

    [Fact]
    public void The_manager_may_not_ask_for_handle_0_nor_for_its_own_node()
    {
        _world.Refuses(HandleErrorIds.ManagerSelfReference, Errno.EINVAL, () => _world.Manager.AddReference(0));
        _world.Refuses(HandleErrorIds.ManagerSelfReference, Errno.EINVAL, () => _world.Manager.AddReference(0, 0, 1));
        _world.Refuses(HandleErrorIds.ManagerSelfReference, Errno.EINVAL, () => _world.Manager.AddReference(_world.ManagerNode));
        Assert.Equal(1, _world.Manager.AddReference(_world.NewNode()).Handle);
    }

    [Fact]
    public void Without_a_manager_handle_0_is_ManagerMissing_when_increased_and_unknown_when_decreased()
    {
        HandleProcess lonely = _world.Session.CreateProcess("lonely", context: "hwbinder");

        _world.Refuses(HandleErrorIds.ManagerMissing, Errno.ENOENT, () => lonely.AddReference(0));
        _world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => lonely.RemoveReference(0));
    }

    [Fact]
    public void The_manager_of_one_context_is_nothing_to_another()
    {
        HandleProcess other = _world.Session.CreateProcess("hw", context: "hwbinder", isManager: true);
        HandleProcess client = _world.Session.CreateProcess("client", context: "hwbinder");

        Assert.Equal(other, client.AddReference(0).Owner);
        Assert.Equal(_world.Manager, Client.AddReference(0).Owner);
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => client.AddReference(_world.ManagerNode));
    }

    [Fact]
    public void After_the_managers_exit_who_holds_handle_0_has_a_dead_node_there_under_the_ordinary_rules()
    {
        Client.AddReference(0, 0, 1);
        _world.Session.ExitProcess(_world.Manager);

        Assert.True(Client.GetReference(0)!.IsDead);
        Assert.Equal(2, Client.AddReference(0, 0, 1).Weak);
        _world.Refuses(HandleErrorIds.WeakReferenceOnly, Errno.EINVAL, () => Client.AddReference(0));
        _world.Refuses(HandleErrorIds.ManagerMissing, Errno.ENOENT, () => _world.Server.AddReference(0));
        Client.DropReference(0);
        _world.Refuses(HandleErrorIds.ManagerMissing, Errno.ENOENT, () => Client.AddReference(0));
    }

    [Fact]
    public void A_new_managers_node_gets_the_next_handle_where_the_old_ones_dead_node_still_has_0()
    {
        Client.AddReference(0);
        _world.Session.ExitProcess(_world.Manager);
        HandleProcess manager = _world.Session.CreateProcess("again", isManager: true);

        HandleReference reference = Client.AddReference(0);
        Assert.Equal((1, manager), (reference.Handle, reference.Owner));
        Assert.Equal((true, 1), Client.GetReference(0) is { } old ? (old.IsDead, old.Strong) : default);
        Assert.Equal((1, 2), Client.AddReference(0) is var again ? (again.Handle, again.Strong) : default);
        Assert.Equal((0, manager), _world.Server.AddReference(0) is var fresh ? (fresh.Handle, fresh.Owner) : default);
        Observed.IsConsistent(_world.Session);
    }

    [Fact]
    public void Once_the_dead_node_is_dropped_a_new_managers_node_gets_handle_0()
    {
        Client.AddReference(0);
        _world.Session.ExitProcess(_world.Manager);
        Client.DropReference(0);
        HandleProcess manager = _world.Session.CreateProcess("again", isManager: true);
        Assert.Equal((0, manager), Client.AddReference(0) is var r ? (r.Handle, r.Owner) : default);
    }

    [Fact]
    public void A_former_managers_node_is_an_ordinary_one_to_who_takes_it_now()
    {
        Client.AddReference(0);
        _world.Session.ExitProcess(_world.Manager);
        Assert.Equal(1, _world.Server.AddReference(_world.ManagerNode).Handle);
    }
}
