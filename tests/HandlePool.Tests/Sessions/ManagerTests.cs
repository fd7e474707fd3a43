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

    [Fact]
    public void A_running_process_may_become_the_manager_once_there_is_none()
    {
        _world.Refuses(HandleErrorIds.ManagerExists, Errno.EBUSY, () => _world.Session.SetManager(_world.Server));
        _world.Session.ExitProcess(_world.Manager);
        HandleNode node = _world.Session.SetManager(_world.Server);

        Assert.Equal((true, _world.Server, 1), (_world.Server.IsManager, node.Owner, _world.Server.NodeCount));
        Assert.Equal((0, node), _world.Client.AddReference(0) is var held ? (held.Handle, held.Node) : default);
        _world.Refuses(HandleErrorIds.ManagerExists, Errno.EBUSY, () => _world.Session.SetManager(_world.Server));
        Observed.IsConsistent(_world.Session);
    }

    [Fact]
    public void All_managers_of_a_context_have_the_uid_of_the_first()
    {
        HandleSession session = new(options: new HandleSessionOptions { Driver = HandleDriver.C });
        HandleProcess first = session.CreateProcess("first", isManager: true, uid: 1000);
        HandleProcess other = session.CreateProcess("other", uid: 2000), same = session.CreateProcess("same", uid: 1000);
        HandleException taken = Refused.With(HandleErrorIds.ManagerExists, Errno.EBUSY, () => session.SetManager(other));
        session.ExitProcess(first);

        HandleException refused = Refused.With(HandleErrorIds.ManagerUidMismatch, Errno.EPERM, () => session.SetManager(other));
        Refused.With(HandleErrorIds.ManagerUidMismatch, Errno.EPERM, () => session.CreateProcess("third", isManager: true));
        Assert.Equal((DriverAnswer.EBUSY, DriverAnswer.EPERM), (taken.DriverAnswer, refused.DriverAnswer));
        session.SetManager(same);
        Assert.True(session.CreateProcess("hw", context: "hwbinder", isManager: true, uid: 2000).IsManager);
    }

    [Fact]
    public void A_process_that_has_exited_cannot_become_the_manager()
    {
        _world.Session.ExitProcess(_world.Manager);
        _world.Session.ExitProcess(_world.Server);
        _world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => _world.Session.SetManager(_world.Server));
    }

    [Fact]
    public void A_process_of_another_session_cannot_become_the_manager()
    {
        _world.Session.ExitProcess(_world.Manager);
        _world.Refuses(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _world.Session.SetManager(new World().Client));
    }

    [Fact]
    public void The_uid_of_the_first_manager_counts_in_a_copy_too()
    {
        HandleSession session = new();
        session.ExitProcess(session.CreateProcess("first", isManager: true, uid: 1000));
        HandleSession copy = session.Copy("copy");

        Refused.With(HandleErrorIds.ManagerUidMismatch, Errno.EPERM, () => copy.CreateProcess("other", isManager: true, uid: 2000));
        Assert.True(copy.CreateProcess("same", isManager: true, uid: 1000).IsManager);
    }
}
