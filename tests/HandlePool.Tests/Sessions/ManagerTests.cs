namespace HandlePool.Tests.Sessions;

/// <summary>The manager of a context.</summary>
public class ManagerTests
{
    private readonly World _world = new();

    [Fact]
    public void The_node_of_a_manager_exists_from_the_start()
    {
        Assert.True(_world.Manager.IsManager);
        Assert.Equal((_world.Manager, "binder", false), (_world.ManagerNode.Owner, _world.ManagerNode.Context, _world.ManagerNode.IsDead));
        Assert.Equal((1, 1), (_world.Manager.NodeCount, _world.Session.Nodes));
        Assert.False(_world.Client.IsManager);
    }

    [Fact]
    public void A_context_has_at_most_one_manager()
    {
        _world.Refuses(HandleErrorIds.ManagerExists, Errno.EBUSY, () => _world.Session.CreateProcess("second", isManager: true));
        Assert.True(_world.Session.CreateProcess("hw", context: "hwbinder", isManager: true).IsManager);
    }

    [Fact]
    public void A_context_whose_manager_has_exited_may_get_another()
    {
        _world.Session.ExitProcess(_world.Manager);

        Assert.False(_world.Manager.IsManager);
        Refused.With(HandleErrorIds.ManagerMissing, Errno.ENOENT, () => _world.Client.AddReference(0));
        HandleProcess next = _world.Session.CreateProcess("next", isManager: true);
        Assert.Equal(next, _world.Client.AddReference(0).Owner);
        Assert.True(next.IsManager);
    }

    [Fact]
    public void The_exit_of_another_process_does_not_affect_the_manager()
    {
        _world.Session.ExitProcess(_world.Server);
        Assert.Equal(_world.Manager, _world.Client.AddReference(0).Owner);
    }

    [Fact]
    public void Exiting_a_former_manager_again_does_not_affect_the_new_one()
    {
        _world.Session.ExitProcess(_world.Manager);
        HandleProcess next = _world.Session.CreateProcess("next", isManager: true);
        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => _world.Session.ExitProcess(_world.Manager));
        Assert.Equal(next, _world.Client.AddReference(0).Owner);
    }
}
