using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Tests.Dumps;
using HandlePool.Tests.Reports;

namespace HandlePool.Tests.Analysis;

/// <summary>Processes whose references are unknown are counted by statistics and lists of holders, and nothing else is claimed.</summary>
public class UnknownReferenceTests
{
    [Fact]
    public void Statistics_count_by_holder_and_claim_no_owner()
    {
        HandleSession session = Counted((7001, 0), (7002, 301), (7003, 99));

        HandleUsage[] holders = [.. UsageMeasurement.Measure(session, HandleUsageGrouping.Holder)];
        Assert.Equal([("7002 -> (all) (binder): 301", HandleCountSource.Statistics), ("7003 -> (all) (binder): 99", HandleCountSource.Statistics)],
            holders.Select(usage => (usage.ToString(), usage.Source)));
        Assert.Equal([301L, 99], holders.Select(usage => usage.Strong));
        Assert.Equal(0.7525, holders[0].Share);
        Assert.Equal(20_000, holders[0].Limit!.Handles);

        Assert.Equal([("7002 -> (unknown) (binder): 301", HandleLimit.JavaProxies), ("7003 -> (unknown) (binder): 99", HandleLimit.JavaProxies)],
            UsageMeasurement.Measure(session).Select(usage => (usage.ToString(), usage.Limit)));
        HandleUsage owner = Assert.Single(UsageMeasurement.Measure(session, HandleUsageGrouping.Owner));
        Assert.Equal(("(unknown)", null, 400), (owner.OwnerName, owner.Owner, owner.Handles));
    }

    [Fact]
    public void Lists_of_holders_count_pairs_and_the_statistics_the_rest()
    {
        HandleSessionBuilder builder = Listing(firstNode: 1, nodes: 100, 1411);
        StatisticsRecord record = new ParsedStatistics().Parse("proc 1411\n  refs: 150 s 150 w 0\n")!;
        builder.SetStatistics(record, isComplete: false);
        builder.AddListedHolders("proc");
        HandleSession session = builder.Build("both");

        Assert.Equal([("1411 -> 6100 (binder): 100", HandleCountSource.HolderList, 100), ("1411 -> (unknown) (binder): 50", HandleCountSource.Statistics, 0)],
            UsageMeasurement.Measure(session).Select(usage => (usage.ToString(), usage.Source, usage.SingleHolder)));
        Assert.Equal(("1411 -> (all) (binder): 150", HandleCountSource.Statistics),
            UsageMeasurement.Measure(session, HandleUsageGrouping.Holder).Select(usage => (usage.ToString(), usage.Source)).Single());
        Assert.Equal(150, session.GetProcess(1411).HandleCount);
    }

    [Fact]
    public void Holders_and_owners_filter_what_is_listed_and_counted()
    {
        HandleSessionBuilder builder = Listing(firstNode: 1, nodes: 3, 1411);
        builder.AddListedHolders("proc");
        HandleSession session = builder.Build("listed");
        HandleProcess owner = session.GetProcess(6100);

        Assert.Single(UsageMeasurement.Measure(session, include: (holder, of) => holder.Id == 1411 && of == owner));
        Assert.Empty(UsageMeasurement.Measure(session, include: (_, of) => of != owner));
    }

    [Fact]
    public void A_holder_with_known_references_is_not_counted_by_lists()
    {
        HandleSessionBuilder builder = Listing(firstNode: 1, nodes: 3, 1411);
        HandleProcess holder = builder.AddProcess(1411, "binder", "app");
        Assert.True(builder.TryAddReference(holder, 1, 1, 1, 0, out _, out _, out _));
        Assert.Empty(builder.AddListedHolders("proc"));

        Assert.Equal("app -> 6100 (binder): 1", Assert.Single(UsageMeasurement.Measure(builder.Build("known"))).ToString());
    }

    [Fact]
    public void The_holder_that_grows_over_a_series_of_statistics_is_the_suspect()
    {
        HandleSession[] series = [.. Enumerable.Range(1, 4).Select(dump => Counted((7001, 30), (7002, 100 * dump), (7003, 50), (7004, 55), (7005, 60)))];

        HandleLeakSuspect suspect = LeakFinder.Find(series).Suspects[0];

        Assert.Equal((7002, null, 400), (suspect.Holder?.Id, suspect.Owner, suspect.Handles));
        Assert.Contains(HandleLeakKind.Growth, suspect.Kinds);
        Assert.Equal([100, 200, 300, 400], suspect.Counts);
        Assert.Contains("The other 4 holders typically changed by 0.", suspect.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_holder_that_grows_in_statistics_is_compared_with_its_limits()
    {
        HandleSession[] series = [.. Enumerable.Range(0, 5)
            .Select(dump => Counted((7001, 30), (7002, 1_000 + (4_000 * dump)), (7003, 50), (7004, 55), (7005, 60)))];

        HandleLeakSuspect suspect = Assert.Single(LeakFinder.Find(series).Suspects);

        Assert.Equal([HandleLeakKind.Growth, HandleLeakKind.NearLimit], suspect.Kinds);
        Assert.Equal((HandleLimit.JavaProxies, 0.75), (suspect.Limit, suspect.DumpsToLimit!.Value));
        Assert.Equal([HandleLeakKind.NearLimit], Assert.Single(LeakFinder.Find(series[^1..]).Suspects).Kinds);
        Assert.StartsWith("In about 0.8 more dumps", ReportReader.Of(series).Answer("When it ends"));
        Assert.Single(ReportReader.Of(series).Rows("table-near"));
    }

    [Fact]
    public void The_real_leak_is_found_in_its_statistics_alone()
    {
        HandleSession[] series = [.. Directory.GetFiles(DumpSource.DataFile("real/stats"), "stats-*").Order(StringComparer.Ordinal)
            .Select(file => ParsedStatistics.Read(File.ReadAllText(file)).Clean().Session)];
        Assert.Equal(6, series.Length);

        HandleLeakSuspect suspect = LeakFinder.Find(series).Suspects[0];

        Assert.Equal((167, null), (suspect.Holder?.Id, suspect.Owner));
        Assert.Equal([62, 162, 312, 512, 712, 912], suspect.Counts);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 150)]
    [InlineData(true, -999)]
    public void Statistics_beside_a_state_of_the_same_time_are_no_step_of_the_series(bool isReversed, int milliseconds)
    {
        HandleSession[] series = [.. Enumerable.Range(1, 4).SelectMany(dump => (HandleSession[])
            [Referenced(100 * dump, Noon.AddHours(dump)), Counted(Noon.AddHours(dump).AddMilliseconds(milliseconds), (5, 0), (6, 100 * dump), (7, 10))])];
        if (isReversed)
            Array.Reverse(series);

        LeakSearch search = LeakFinder.Find(series);

        HandleLeakSuspect suspect = search.Suspects[0];
        Assert.Equal((6, 5, 400), (suspect.Holder?.Id, suspect.Owner?.Id, suspect.Handles));
        Assert.Equal([100, 200, 300, 400], suspect.Counts);
        Assert.Equal("4 sessions of statistics were left out of the series, because states of the same times tell more.", Assert.Single(search.Notes));
    }

    [Theory]
    [InlineData("RRRRC")]
    [InlineData("CCCCR")]
    [InlineData("RCRCR")]
    public void A_holder_that_grows_over_states_and_statistics_is_the_suspect(string sources)
    {
        HandleSession[] series = [.. sources.Select((source, dump) => (IsState: source == 'R', Handles: 100 * (dump + 1)))
            .Select(dump => dump.IsState ? Referenced(dump.Handles) : Counted((5, 0), (6, dump.Handles)))];

        HandleLeakSuspect suspect = LeakFinder.Find(series).Suspects[0];

        Assert.Equal((6, null, HandleUsageGrouping.Holder), (suspect.Holder?.Id, suspect.Owner, suspect.Usage.By));
        Assert.Equal([100, 200, 300, 400, 500], suspect.Counts);
        Assert.Equal(HandleLimit.JavaProxies, suspect.Limit);
        Assert.DoesNotContain("No leak suspects", ReportReader.Of(series).Html);
        Assert.Equal(sources.EndsWith('R'), suspect.Reason.EndsWith("In the last dump, the largest owner is process 5 with 500.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_series_without_comparable_counts_is_no_verdict()
    {
        HandleSession[] series = [Counted((5, 0), (6, 300)), Counted((6, 0), (7, 300))];

        Assert.Equal("the statistics count handles, but tell no owners", LeakFinder.Find(series).NoVerdict);
    }

    [Fact]
    public void Statistics_beside_a_state_without_their_processes_are_kept()
    {
        HandleSession[] series = [Referenced(100, Noon), Counted(Noon, (5, 0), (6, 100), (7, 11))];

        Assert.Equal(series, LeakFinder.Find(series).Sessions);
    }

    [Fact]
    public void The_pair_that_grows_over_a_series_of_listed_holders_is_the_suspect()
    {
        HandleSession[] series = [.. Enumerable.Range(1, 3).Select(dump => 100 * dump).Select(nodes =>
        {
            HandleSessionBuilder builder = Listing(firstNode: 9_001, nodes, 1411);
            builder.AddListedHolders("proc");
            return builder.Build($"g{nodes}");
        })];

        HandleLeakSuspect suspect = LeakFinder.Find(series).Suspects[0];

        Assert.Equal((1411, 6100, 300), (suspect.Holder?.Id, suspect.Owner?.Id, suspect.Handles));
        Assert.Equal([100, 200, 300], suspect.Counts);
    }

    [Fact]
    public void A_state_before_statistics_is_no_growth_from_zero()
    {
        HandleSession state = Referenced(300), statistics = Counted((5, 0), (6, 301));

        Assert.DoesNotContain(LeakFinder.Find([state, statistics]).Suspects, suspect => suspect.Kinds.Contains(HandleLeakKind.Growth));
        Assert.DoesNotContain(LeakFinder.Find([statistics, state]).Suspects, suspect => suspect.Kinds.Contains(HandleLeakKind.Growth));
        UsageHistory holders = new(new UsageHistory([state, statistics], default), HandleUsageGrouping.Holder, default);
        Assert.Equal([300, 301], holders.CountsOf(Assert.Single(holders.Last).Key, out _));
    }

    [Fact]
    public void Statistics_are_compared_by_their_numbers()
    {
        SessionComparison comparison = SessionComparison.Compare(Counted((5, 10), (6, 300), (7, 20)), Counted((5, 10), (6, 301), (8, 4)));

        Assert.Equal(
            [("8 -> (unknown) (binder): 0 -> 4", 4, 0, 0), ("6 -> (unknown) (binder): 300 -> 301", 1, 0, 300),
                ("5 -> (unknown) (binder): 10 -> 10", 0, 0, 10), ("7 -> (unknown) (binder): 20 -> 0", 0, 20, 0)],
            comparison.Changes.Select(change => (change.ToString(), change.Added, change.Removed, change.Kept)));
        Assert.All(comparison.Changes, change => Assert.Equal(HandleCountSource.Statistics, change.Source));
    }

    [Fact]
    public void A_state_and_statistics_are_compared_without_owners()
    {
        HandleUsageChange change = Assert.Single(SessionComparison.Compare(Referenced(300), Counted((5, 0), (6, 290))).Changes, each => each.Before > 0);

        Assert.Equal("6 -> (unknown) (binder): 300 -> 290", change.ToString());
        Assert.Equal((0, 10, 290, HandleCountSource.Statistics), (change.Added, change.Removed, change.Kept, change.Source));
    }

    [Fact]
    public void Listed_holders_are_compared_by_node()
    {
        HandleSession[] sessions = [.. Enumerable.Range(0, 2).Select(dump => 9_001L + (50 * dump)).Select(first =>
        {
            HandleSessionBuilder builder = Listing(first, nodes: 100, 1411);
            builder.AddListedHolders("proc");
            return builder.Build($"from {first}");
        })];

        HandleUsageChange change = Assert.Single(SessionComparison.Compare(sessions[0], sessions[1]).Changes);

        Assert.Equal("1411 -> 6100 (binder): 100 -> 100", change.ToString());
        Assert.Equal((50, 50, 50, HandleCountSource.HolderList), (change.Added, change.Removed, change.Kept, change.Source));
    }

    [Fact]
    public void A_process_of_statistics_is_counted_by_its_table_once_that_holds_as_many()
    {
        HandleSession session = Counted((5, 0), (6, 2));
        HandleProcess owner = session.GetProcess(5), holder = session.GetProcess(6);
        Assert.Equal((2, HandleCountSource.Statistics), (holder.HandleCount, holder.CountSource));

        holder.AddReference(session.CreateNode(owner));
        Assert.Equal((2, HandleCountSource.Statistics), (holder.HandleCount, holder.CountSource));
        holder.AddReference(session.CreateNode(owner));
        Assert.Equal((2, HandleCountSource.State), (holder.HandleCount, holder.CountSource));

        session.ExitProcess(holder);
        Assert.Equal((0, HandleCountSource.State), (holder.HandleCount, holder.CountSource));
    }

    private static DateTimeOffset Noon { get; } = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A session that is known by statistics only.</summary>
    private static HandleSession Counted(params (int Id, int Handles)[] processes) => Counted(null, processes);

    private static HandleSession Counted(DateTimeOffset? time, params (int Id, int Handles)[] processes)
    {
        HandleSession session = ParsedStatistics.Read(string.Concat(
            processes.Select(process => FormattableString.Invariant($"proc {process.Id}\ncontext binder\n  refs: {process.Handles} s {process.Handles} w 0\n")))).Clean().Session;
        session.Time = time;
        return session;
    }

    /// <summary>A session in which process 6 holds nodes of process 5.</summary>
    private static HandleSession Referenced(int handles, DateTimeOffset? time = null)
    {
        Device device = new();
        HandleProcess owner = device.Process(5), holder = device.Process(6);
        device.Hold(holder, owner, handles);
        return device.Build(time: time);
    }

    /// <summary>A session of process 6100 alone, whose nodes list holders.</summary>
    private static HandleSessionBuilder Listing(long firstNode, int nodes, params int[] holders)
    {
        HandleSessionBuilder builder = new(isOfDump: true);
        HandleProcess owner = builder.AddProcess(6100, "binder", null);
        for (long node = firstNode; node < firstNode + nodes; node++)
            builder.AddListedNode(node, owner, holders);
        return builder;
    }
}
