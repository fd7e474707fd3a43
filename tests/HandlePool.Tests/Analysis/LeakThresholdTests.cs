using HandlePool.Analysis;

namespace HandlePool.Tests.Analysis;

/// <summary>Holds what is a suspect just at a threshold, and not below it, where twenty apps hold nodes of a server.</summary>
public class LeakThresholdTests
{
    private readonly HandleSession _session;
    private readonly HandleProcess _manager, _server, _suspect;
    private readonly List<HandleProcess> _apps = [];

    public LeakThresholdTests()
    {
        _session = new HandleSession();
        _manager = _session.CreateProcess("manager", id: 1, isManager: true);
        _server = _session.CreateProcess("server", id: 2);
        _suspect = _session.CreateProcess("suspect", id: 3);
    }

    [Theory]
    [InlineData(false, 20, 45, 69)]
    [InlineData(true, 20, 45, 70)]
    [InlineData(false, 20, 119)]
    [InlineData(true, 20, 120)]
    [InlineData(false, 2000, 2080, 2160)]
    [InlineData(true, 20, 80, 71, 120)]
    [InlineData(false, 20, 80, 60, 120)]
    public void A_growth_is_suspected_from_50_in_three_dumps_and_from_100_in_two(bool isSuspected, params int[] counts)
    {
        HandleSession[] series = [.. counts.Select(held =>
        {
            LeakThresholdTests step = new();
            step.HoldUsual(30);
            Hold(step._suspect, step._server, held);
            return step._session;
        })];

        HandleLeakSuspect[] growing = [.. LeakFinder.Find(series).Suspects.Where(suspect => suspect.Kinds.Contains(HandleLeakKind.Growth))];

        Assert.Equal(isSuspected ? [string.Join(' ', counts)] : [], growing.Select(suspect => string.Join(' ', suspect.Counts)));
    }

    [Theory]
    [InlineData(5, 99, false)]
    [InlineData(5, 100, true)]
    [InlineData(30, 119, false)]
    [InlineData(30, 120, true)]
    public void A_holder_is_judged_by_its_size_beside_that_of_others(int usual, int held, bool isSuspected)
    {
        HoldUsual(usual);
        Share(Hold(_suspect, _server, held));

        AssertSuspect(isSuspected, HandleLeakKind.Size, suspect => (held, "suspect", "server") == (suspect.References.Count, suspect.HolderName, suspect.OwnerName));
    }

    [Theory]
    [InlineData(1000, "SystemHighWatermark")]
    [InlineData(10087, "BinderHighWatermark")]
    public void A_process_that_calls_itself_the_system_server_is_judged_by_its_uid(int uid, string limit)
    {
        HandleProcess named = _session.CreateProcess("system_server", id: 4, uid: uid);
        Hold(named, _server, 250);

        HandleUsage usage = UsageMeasurement.Measure(_session).Single(pair => pair.Holder == named);
        Assert.Equal((limit, uid >= 10_000), (usage.Limit?.Name, LeakFinder.Find([_session]).Suspects.Any(suspect => suspect.Holder == named)));
    }

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    public void A_holder_is_judged_by_the_nodes_that_only_it_holds(int held, bool isSuspected)
    {
        HoldUsual(40);
        Hold(_suspect, _server, held);

        AssertSuspect(isSuspected, HandleLeakKind.SingleHolder, suspect => suspect.SingleHolder == held);
    }

    [Theory]
    [InlineData(0, 49, false)]
    [InlineData(0, 50, true)]
    [InlineData(20, 79, false)]
    [InlineData(20, 80, true)]
    public void A_holder_is_judged_by_the_dead_nodes_that_others_hold(int usual, int held, bool isSuspected)
    {
        HoldUsual(5);
        HandleProcess gone = _session.CreateProcess("gone");
        foreach (HandleProcess app in _apps)
            Hold(app, gone, usual);
        Hold(_suspect, gone, held);
        _session.ExitProcess(gone);

        AssertSuspect(isSuspected, HandleLeakKind.DeadNodes, suspect => suspect.Dead == held && suspect.References.Count == held
            && suspect.References.All(reference => reference.Node.IsDead));
    }

    [Theory]
    [InlineData(49, 0, false)]
    [InlineData(50, 0, true)]
    [InlineData(60, 60, true)]
    [InlineData(60, 61, false)]
    public void A_holder_is_judged_by_its_weak_references_beside_strong_ones(int weak, int strong, bool isSuspected)
    {
        HoldUsual(40);
        Share(Hold(_suspect, _server, strong));
        Share(Hold(_suspect, _server, weak, isWeak: true));

        AssertSuspect(isSuspected, HandleLeakKind.WeakOnly, suspect => suspect.WeakOnly == weak);
    }

    [Theory]
    [InlineData("suspect", 1599, 700, false)]
    [InlineData("suspect", 1600, 700, true)]
    [InlineData("suspect", 1600, 1599, true)]
    [InlineData("system_server", 4399, 1500, false)]
    [InlineData("system_server", 4400, 1500, true)]
    public void A_pair_near_its_limit_is_named_whatever_the_others_have(string holder, int held, int usual, bool isSuspected)
    {
        HandleProcess named = _session.CreateProcess(holder);
        HandleNode[] nodes = Hold(named, _server, held);
        for (int app = 0; app < 4; app++)
            Share(nodes[..usual], _session.CreateProcess($"app{app}"));

        HandleLeakSuspect[] found = [.. LeakFinder.Find([_session]).Suspects.Where(suspect => suspect.Holder == named && suspect.Kinds.Contains(HandleLeakKind.NearLimit))];

        Assert.Equal(isSuspected ? [holder == "suspect" ? 2500 : 6000] : [], found.Select(suspect => suspect.Limit!.Handles));
        Assert.All(found, suspect => Assert.Matches($"{held}.*% of", suspect.Reason));
    }

    [Fact]
    public void A_manager_is_no_suspect_for_its_size()
    {
        HoldUsual(5);
        Hold(_manager, _server, 5000);

        Assert.DoesNotContain(LeakFinder.Find([_session]).Suspects, suspect => suspect.Holder == _manager && suspect.Kinds.Contains(HandleLeakKind.Size));
    }

    [Fact]
    public void A_holder_near_its_limit_is_named_with_its_largest_owners()
    {
        for (int owner = 1; owner <= 16; owner++)
            Hold(_suspect, _session.CreateProcess($"owner{owner}"), 1000);

        HandleLeakSuspect found = Assert.Single(LeakFinder.Find([_session]).Suspects, suspect => suspect.Kinds.Contains(HandleLeakKind.NearLimit));

        Assert.Equal(("suspect", "(all)", 16_000), (found.HolderName, found.OwnerName, found.Handles));
        Assert.Matches("80% of 20000.*The largest owners are owner", found.Reason);
    }

    /// <summary>Makes twenty apps hold nodes of the server, which the manager holds too.</summary>
    private void HoldUsual(int count)
    {
        for (int app = 1; app <= 20; app++)
        {
            HandleProcess process = _session.CreateProcess($"app{app}", id: 100 + app);
            _apps.Add(process);
            Share(Hold(process, _server, count));
        }
    }

    private static HandleNode[] Hold(HandleProcess holder, HandleProcess owner, int count, bool isWeak = false)
    {
        HandleNode[] nodes = [.. Enumerable.Range(0, count).Select(_ => owner.Session.CreateNode(owner))];
        foreach (HandleNode node in nodes)
            holder.AddReference(node, isWeak ? 0 : 1, isWeak ? 1 : 0);
        return nodes;
    }

    private void Share(HandleNode[] nodes) => Share(nodes, _manager);

    private static void Share(HandleNode[] nodes, HandleProcess holder) => Array.ForEach(nodes, node => holder.AddReference(node));

    private void AssertSuspect(bool isSuspected, HandleLeakKind kind, Predicate<HandleLeakSuspect> fits)
    {
        IReadOnlyList<HandleLeakSuspect> found = LeakFinder.Find([_session]).Suspects;
        Assert.Equal(isSuspected ? [kind] : [], found.SelectMany(suspect => suspect.Kinds));
        Assert.All(found, suspect => Assert.True(fits(suspect), $"{suspect}"));
    }
}
