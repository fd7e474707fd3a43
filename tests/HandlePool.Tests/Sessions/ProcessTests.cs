namespace HandlePool.Tests.Sessions;

/// <summary>Creating and finding processes.</summary>
public class ProcessTests
{
    private readonly HandleSession _session = new("S");

    [Fact]
    public void A_process_equals_its_name_and_its_pid_and_nothing_else()
    {
        HandleSession session = new();
        HandleProcess named = session.CreateProcess("App", 1754), unnamed = session.CreateProcess(id: 165);
        HandleNode node = session.CreateNode(named, "audio");

        Assert.All((object[])["App", "app", "1754", 1754, 1754L, named], value => Assert.True(named.Equals(value)));
        Assert.All((object[])["165", 165, 165u, unnamed], value => Assert.True(unnamed.Equals(value)));
        Assert.All((object[])["audio", node.Id, (int)node.Id, node], value => Assert.True(node.Equals(value)));
        Assert.All((object?[])["", "165 ", "+165", 1, 16.5, ulong.MaxValue, named, null], value => Assert.False(unnamed.Equals(value)));
        Assert.False(session.Equals(1));
    }

    [Fact]
    public void A_new_process_holds_nothing_and_is_in_context_binder()
    {
        HandleProcess process = _session.CreateProcess("a", 5);

        Assert.Equal((5, "a", "binder", _session), (process.Id, process.Name, process.Context, process.Session));
        Assert.Equal((false, false), (process.IsManager, process.IsDead));
        Assert.Equal((0, 0, 64), (process.HandleCount, process.NodeCount, process.Capacity));
        Assert.Equal(1, _session.Processes);
    }

    [Fact]
    public void The_default_pid_is_one_more_than_the_highest_so_far()
    {
        Assert.Equal(1, _session.CreateProcess().Id);
        HandleProcess high = _session.CreateProcess(id: 500, context: "hwbinder");
        _session.ExitProcess(high);
        Assert.Equal(501, _session.CreateProcess().Id);
        _session.CreateProcess(id: int.MaxValue);
        Assert.Equal(2, _session.CreateProcess().Id);
    }

    [Fact]
    public void Pids_and_uids_are_not_negative_and_contexts_have_a_name()
    {
        Assert.Equal(0, _session.CreateProcess(id: 0).Id);
        Assert.Throws<ArgumentOutOfRangeException>(() => _session.CreateProcess(id: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _session.CreateProcess(uid: -1));
        Assert.Throws<ArgumentException>(() => _session.CreateProcess(context: " "));
        Assert.Equal(1, _session.Processes);
    }

    [Fact]
    public void A_pid_may_be_in_several_contexts_but_only_once_in_each()
    {
        HandleProcess first = _session.CreateProcess("a", 10);
        HandleProcess second = _session.CreateProcess("a", 10, "hwbinder");

        Refused.With(HandleErrorIds.ProcessExists, Errno.EEXIST, () => _session.CreateProcess("b", 10));
        Refused.With(HandleErrorIds.ProcessExists, Errno.EEXIST, () => _session.CreateProcess("b", 10, "hwbinder", isManager: true));
        Assert.Equal([first, second], _session.GetProcesses());
        Assert.Equal(0, _session.Nodes);
        Assert.Equal(first, _session.GetProcess(10, "binder"));
        Assert.Equal(second, _session.GetProcess("A", "hwbinder"));
        Assert.Equal(second, _session.GetProcess("10", "hwbinder"));
    }

    [Fact]
    public void An_ambiguous_process_name_or_pid_is_refused_with_the_candidates()
    {
        _session.CreateProcess("twin", 10);
        _session.CreateProcess("twin", 11);
        _session.CreateProcess("other", 10, "hwbinder");

        HandleException byName = Refused.With(HandleErrorIds.ProcessAmbiguous, Errno.EINVAL, () => _session.GetProcess("twin"));
        Assert.Contains("10 twin in binder", byName.Message, StringComparison.Ordinal);
        Assert.Contains("11 twin in binder", byName.Message, StringComparison.Ordinal);
        HandleException byId = Refused.With(HandleErrorIds.ProcessAmbiguous, Errno.EINVAL, () => _session.GetProcess(10));
        Assert.Contains("10 other in hwbinder", byId.Message, StringComparison.Ordinal);
        Refused.With(HandleErrorIds.ProcessAmbiguous, Errno.EINVAL, () => _session.GetProcess("10"));
        Refused.With(HandleErrorIds.ProcessAmbiguous, Errno.EINVAL, () => _session.GetProcess("twin", "binder"));
    }

    [Fact]
    public void A_missing_process_is_not_found()
    {
        _session.CreateProcess("a", 10);

        Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _session.GetProcess("b"));
        Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _session.GetProcess("-10"));
        Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _session.GetProcess(11));
        Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _session.GetProcess(10, "hwbinder"));
        Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _session.GetProcess("a", "hwbinder"));
    }

    [Fact]
    public void A_process_name_takes_precedence_over_a_pid_of_the_same_digits()
    {
        _session.CreateProcess("a", 10);
        HandleProcess named = _session.CreateProcess("10", 20);
        Assert.Equal(named, _session.GetProcess("10"));
    }

    [Fact]
    public void An_exited_process_is_reported_as_dead_unless_its_pid_is_reused()
    {
        HandleProcess process = _session.CreateProcess("a", 10);
        _session.ExitProcess(process);

        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => _session.GetProcess(10));
        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => _session.GetProcess("A"));
        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => _session.GetProcess("10", "binder"));
        Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => _session.GetProcess(10, "hwbinder"));
        HandleProcess next = _session.CreateProcess("a", 10);
        Assert.Equal(next, _session.GetProcess(10));
        Assert.Equal(next, _session.GetProcess("a"));
    }

    [Fact]
    public void Exited_processes_are_listed_only_on_demand()
    {
        HandleProcess c = _session.CreateProcess("c", 3);
        HandleProcess b = _session.CreateProcess("b", 1, "vndbinder");
        HandleProcess a = _session.CreateProcess("a", 1);
        Assert.Equal([a, b, c], _session.GetProcesses());
        _session.ExitProcess(b);
        Assert.Equal([a, c], _session.GetProcesses());
        Assert.Equal([a, b, c], _session.GetProcesses(includeDead: true));
        Assert.Equal(2, _session.Processes);
    }

    [Fact]
    public void After_the_highest_pid_the_lowest_free_one_of_the_context_is_given()
    {
        HandleSession session = new();
        session.CreateProcess("first", id: 1);
        session.CreateProcess("last", id: int.MaxValue);
        HandleProcess second = session.CreateProcess("second");
        Assert.Equal([2, 3], new[] { second.Id, session.CreateProcess("third").Id });
        session.ExitProcess(second);
        Assert.Equal([2, 4], new[] { session.CreateProcess("again").Id, session.CreateProcess("fourth").Id });
        Assert.Equal(1, session.CreateProcess("hw", context: "hwbinder").Id);
    }

    [Fact]
    public void A_context_is_matched_exactly_if_it_can_be_and_without_case_otherwise()
    {
        HandleSession session = new();
        HandleProcess lower = session.CreateProcess("app", id: 7, context: "binder"), upper = session.CreateProcess("app", id: 7, context: "BINDER");
        HandleProcess only = session.CreateProcess("hal", id: 8, context: "HwBinder");
        Assert.Equal([lower], session.FindProcesses("app", "binder"));
        Assert.Equal([upper], session.FindProcesses("app", "BINDER"));
        Assert.Equal([upper, lower], session.FindProcesses("app", "Binder"));
        Assert.Equal([only], session.FindProcesses("hal", "hwbinder"));
    }

    [Fact]
    public void A_number_with_a_NUL_behind_it_is_no_id()
    {
        World world = new();
        Refused.With(HandleErrorIds.ProcessNotFound, Errno.ENOENT, () => world.Session.GetProcess("1\0"));
        Refused.With(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => world.Session.GetNode("1\0"));
    }

    [Fact]
    public void Processes_of_a_pid_are_listed_by_context_and_then_by_the_number_of_the_open()
    {
        HandleProcess hardware = _session.CreateProcess("a", 10, "hwbinder"), other = _session.CreateProcess("z", 9);
        HandleProcess first = _session.CreateProcess("a", 10), second = _session.CreateProcess(id: 10, reopens: true), third = _session.CreateProcess(id: 10, reopens: true);

        Assert.Equal([other, first, second, third, hardware], _session.GetProcesses());
        Assert.Equal([first, second, third, hardware], _session.FindProcesses("a"));
        _session.ExitProcess(first);
        Assert.Equal([other, second, third, hardware], _session.GetProcesses());
        Assert.Equal([other, first, second, third, hardware], _session.GetProcesses(includeDead: true));
        Assert.Equal(second, _session.FindProcess(10, "binder"));
    }

    [Fact]
    public void Many_opens_of_a_process_are_listed_in_the_order_of_their_numbers()
    {
        _session.CreateProcess("a", 10);
        HandleProcess[] opens = [.. Enumerable.Range(0, 40).Select(_ => _session.CreateProcess(id: 10, reopens: true))];
        _session.CreateProcess("earlier", 5);

        Assert.Equal([1, 1, .. opens.Select(open => open.OpenNumber)], _session.GetProcesses().Select(process => process.OpenNumber));
    }
}
