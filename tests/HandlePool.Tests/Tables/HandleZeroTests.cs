namespace HandlePool.Tests.Tables;

/// <summary>Handle 0 and the context manager.</summary>
public class HandleZeroTests
{
    private readonly World _world = new();

    private HandleProcess Client => _world.Client;

    [Fact]
    public void Increasing_handle_0_adds_the_node_of_the_manager_if_it_is_not_held()
    {
        HandleReference reference = Client.AddReference(0, 1, 2);

        Assert.Equal((0, _world.ManagerNode, 1, 2), (reference.Handle, reference.Node, reference.Strong, reference.Weak));
        Assert.Equal((1L, 2L, 1), (_world.ManagerNode.Strong, _world.ManagerNode.Weak, _world.ManagerNode.TableCount));
    }

    [Fact]
    public void The_node_of_the_manager_gets_handle_0_even_after_others()
    {
        _world.Hold(5);
        Assert.Equal(0, Client.AddReference(_world.ManagerNode).Handle);
    }

    [Fact]
    public void Increasing_handle_0_adds_to_the_counts_if_it_is_held()
    {
        Client.AddReference(0);
        Assert.Equal((0, 2, 1), Client.AddReference(0, 1, 1) is var r ? (r.Handle, r.Strong, r.Weak) : default);
        Assert.Equal(1, Client.HandleCount);
    }

    [Fact]
    public void Increasing_a_weak_only_handle_0_may_make_it_strong()
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
    public void The_manager_may_add_neither_handle_0_nor_its_own_node()
    {
        _world.Refuses(HandleErrorIds.ManagerSelfReference, Errno.EINVAL, () => _world.Manager.AddReference(0));
        _world.Refuses(HandleErrorIds.ManagerSelfReference, Errno.EINVAL, () => _world.Manager.AddReference(0, 0, 1));
        _world.Refuses(HandleErrorIds.ManagerSelfReference, Errno.EINVAL, () => _world.Manager.AddReference(_world.ManagerNode));
        Assert.Equal(1, _world.Manager.AddReference(_world.NewNode()).Handle);
    }

    [Fact]
    public void Without_a_manager_handle_0_cannot_be_increased_or_decreased()
    {
        HandleProcess lonely = _world.Session.CreateProcess("lonely", context: "hwbinder");

        _world.Refuses(HandleErrorIds.ManagerMissing, Errno.ENOENT, () => lonely.AddReference(0));
        _world.Refuses(HandleErrorIds.HandleNotFound, Errno.ENOENT, () => lonely.RemoveReference(0));
    }

    [Fact]
    public void The_manager_of_one_context_does_not_serve_another()
    {
        HandleProcess other = _world.Session.CreateProcess("hw", context: "hwbinder", isManager: true);
        HandleProcess client = _world.Session.CreateProcess("client", context: "hwbinder");

        Assert.Equal(other, client.AddReference(0).Owner);
        Assert.Equal(_world.Manager, Client.AddReference(0).Owner);
        _world.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => client.AddReference(_world.ManagerNode));
    }

    [Fact]
    public void After_the_exit_of_the_manager_handle_0_is_an_ordinary_dead_node()
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
    public void The_node_of_a_new_manager_gets_another_handle_while_a_dead_one_has_0()
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
    public void The_node_of_a_new_manager_gets_handle_0_once_the_dead_one_is_dropped()
    {
        Client.AddReference(0);
        _world.Session.ExitProcess(_world.Manager);
        Client.DropReference(0);
        HandleProcess manager = _world.Session.CreateProcess("again", isManager: true);
        Assert.Equal((0, manager), Client.AddReference(0) is var r ? (r.Handle, r.Owner) : default);
    }

    [Fact]
    public void The_node_of_a_former_manager_is_added_as_an_ordinary_node()
    {
        Client.AddReference(0);
        _world.Session.ExitProcess(_world.Manager);
        Assert.Equal(1, _world.Server.AddReference(_world.ManagerNode).Handle);
    }
}
