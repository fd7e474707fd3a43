namespace HandlePool.Tests.Sessions;

/// <summary>Sessions share nothing.</summary>
public class ForeignObjectTests
{
    private readonly World _here = new();
    private readonly World _there = new();

    [Fact]
    public void A_process_of_another_session_is_not_found()
    {
        _here.Refuses(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _here.Session.ExitProcess(_there.Client));
        _here.Refuses(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _here.Session.CreateNode(_there.Client));
        Assert.False(_there.Client.IsDead);
        Assert.Equal(0, _there.Client.NodeCount);
    }

    [Fact]
    public void A_node_of_another_session_is_not_found_even_by_a_shared_id()
    {
        HandleNode here = _here.NewNode(), there = _there.NewNode();
        Assert.Equal(here.Id, there.Id);
        _here.Client.AddReference(here);

        _here.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => _here.Client.AddReference(there));
        _here.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => _here.Client.AddReference(_there.ManagerNode));
        _here.Refuses(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => _here.Session.RemoveNode(there));
        Assert.Null(_here.Client.GetReference(there));
        Assert.Empty(_here.Session.GetHolders(there));
        Assert.Equal((0, false), (there.TableCount, there.IsDead));
    }

    [Fact]
    public void Sessions_with_the_same_names_pids_and_contexts_stay_separate()
    {
        _here.Hold(70);
        _here.Session.ExitProcess(_here.Server);
        Assert.Equal((0, 64, false), (_there.Client.HandleCount, _there.Client.Capacity, _there.Server.IsDead));
        Assert.Empty(_there.Session.GetEvents());
        Assert.Equal(_there.Client, _there.Session.GetProcess("client"));
    }
}
