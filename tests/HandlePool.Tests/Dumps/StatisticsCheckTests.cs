using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class StatisticsCheckTests
{
    [Theory]
    [InlineData("2-full")]
    [InlineData("3-buffer")]
    [InlineData("5-dead")]
    [InlineData("10-handle0")]
    public void The_statistics_of_a_real_driver_agree_with_its_state(string moment)
    {
        ImportedDump state = Assert.Single(DumpReader.ReadFile(DumpSource.DataFile($"real/small/{moment}.txt"))).Clean();
        HandleStatistics statistics = ParsedStatistics.Read(File.ReadAllText(DumpSource.DataFile($"real/stats/{moment}.txt"))).Clean().Session.Statistics!;

        foreach (HandleStatistic printed in statistics.Processes)
        {
            HandleStatistic counted = HandleStatistic.OfState(state.Session.FindProcesses(printed.ProcessId, printed.Context)[printed.OpenNumber - 1]);
            Assert.Equal((counted.Handles, counted.Strong, counted.Weak, counted.Nodes), (printed.Handles, printed.Strong, printed.Weak, printed.Nodes));
            Assert.Equal(0, printed.WeakBalance);
            Assert.InRange(printed.StrongBalance!.Value, -2, 0);
        }

        Assert.Equal(state.Session.Nodes, statistics.GetObjects("node")!.Active);
        Assert.Equal(state.Session.GetProcesses().Sum(process => process.HandleCount), statistics.GetObjects("ref")!.Active);
        Assert.Equal(state.Session.Processes, statistics.GetObjects("proc")!.Active);
    }

    [Fact]
    public void The_statistics_of_a_real_series_balance()
    {
        foreach (string file in Directory.GetFiles(DumpSource.DataFile("real/stats"), "stats-*"))
        {
            HandleSession session = ParsedStatistics.Read(File.ReadAllText(file)).Clean().Session;

            Assert.Empty(session.Findings);
            Assert.All(session.Statistics!.Processes, process => Assert.Equal((0L, 0L, 0L), (process.WeakBalance, process.StrongBalance, process.HandleBalance)));
        }
    }

    [Fact]
    public void A_state_and_statistics_that_agree_are_no_anomaly() => Assert.Empty(Check(
        State(100), "ref: active 100 total 500\nnode: active 100 total 100\nproc: active 2 total 9\nproc 5\n  nodes: 100\n  refs: 0 s 0 w 0\nproc 6\n  nodes: 0\n  refs: 100 s 100 w 0\n"));

    [Theory]
    [InlineData(90, false)]
    [InlineData(110, false)]
    [InlineData(89, true)]
    [InlineData(111, true)]
    public void A_process_may_have_ten_handles_more_or_less_in_the_statistics(int handles, bool isFound)
    {
        string[] found = Check(State(100), $"proc 5\n  nodes: 100\n  refs: 0 s 0 w 0\nproc 6\n  refs: {handles} s 100 w 0\n");

        Assert.Equal(isFound ? [$"StatisticsMismatch 4 6: Process 6 (binder) has {handles} handles in the statistics and 100 in the state."] : [], found);
    }

    [Theory]
    [InlineData(1_020, false)]
    [InlineData(1_021, true)]
    public void A_process_may_have_two_percent_more_handles_in_the_statistics(int handles, bool isFound) => Assert.Equal(
        isFound, Check(State(1_000), $"proc 5\n  nodes: 1000\n  refs: 0 s 0 w 0\nproc 6\n  refs: {handles} s 1000 w 0\n").Length > 0);

    [Fact]
    public void A_state_that_lacks_much_of_the_statistics_is_an_anomaly()
    {
        string[] found = Check(State(100),
            "proc: active 50 total 50\nref: active 300 total 500\nnode: active 101 total 102\ndeath: active 40 total 90\n"
            + "proc 6\n  refs: 100 s 100 w 0\nproc 7\n  refs: 11 s 0 w 0\nproc 8\n  refs: 10 s 0 w 0\n  BC_REQUEST_DEATH_NOTIFICATION: 9\n");

        Assert.Equal(
            [
                "StatisticsMismatch 7 7: Process 7 (binder) has 11 handles in the statistics and is not in the state.",
                "StatisticsMismatch 1 : The statistics count 50 active of kind 'proc', and the state has 2.",
                "StatisticsMismatch 1 : The statistics count 300 active of kind 'ref', and the state has 100.",
                "StatisticsMismatch 1 : The statistics count 40 active of kind 'death', but the commands of all processes amount to 9 death notifications.",
            ], found);
    }

    [Fact]
    public void Commands_that_clear_what_was_never_requested_take_nothing_from_other_processes()
    {
        string[] found = Check(State(100),
            "death: active 1 total 1\nproc 5\n  nodes: 100\n  refs: 0 s 0 w 0\n  BC_CLEAR_DEATH_NOTIFICATION: 40\n"
            + "proc 6\n  refs: 100 s 100 w 0\n  BC_ACQUIRE: 100\n  BC_REQUEST_DEATH_NOTIFICATION: 1\n");

        Assert.Empty(found);
    }

    [Theory]
    [InlineData(10, 2)]
    [InlineData(11, 3)]
    public void A_state_that_lacks_much_gets_the_processes_that_it_lacks(int handles, int processes)
    {
        HandleSessionBuilder builder = State(100);
        StatisticsRecord record = new ParsedStatistics().Parse(FormattableString.Invariant($"proc 6\n  refs: 100 s 100 w 0\nproc 7\n  refs: {handles} s 0 w 0\n"))!;
        StatisticsCheck.SetStatistics(builder, record, "stats", isComplete: true);

        Assert.Equal(processes, builder.Build("checked").Processes);
    }

    [Theory]
    [InlineData(10, 2)]
    [InlineData(11, 4)]
    public void A_state_that_lacks_owners_of_many_nodes_gets_what_it_lacks(int nodes, int processes)
    {
        HandleSessionBuilder builder = State(100);
        StatisticsRecord record = new ParsedStatistics().Parse(FormattableString.Invariant(
            $"proc 6\n  refs: 100 s 100 w 0\nproc 7\n  nodes: {nodes}\n  refs: 0 s 0 w 0\nproc 8\n  refs: 2 s 2 w 0\n"))!;
        StatisticsCheck.SetStatistics(builder, record, "stats", isComplete: true);
        HandleSession session = builder.Build("checked");

        Assert.Equal(processes, session.Processes);
        Assert.Equal(
            processes == 2 ? [] : ["Process 7 (binder) has 11 nodes in the statistics and is not in the state."],
            session.Findings.Select(finding => finding.Message));
    }

    [Fact]
    public void A_process_of_more_than_ten_handles_that_the_statistics_lack_is_an_anomaly()
    {
        Assert.Empty(Check(State(10), "proc 5\n  nodes: 10\n"));
        Assert.Equal(
            ["StatisticsMismatch 1 6: Process 6 (binder) holds 11 handles and is not in the statistics."],
            Check(State(11), "proc 5\n  nodes: 11\n"));
    }

    [Fact]
    public void Handles_of_some_processes_are_compared_with_the_total() => Assert.Equal(
        ["StatisticsMismatch 1 : The statistics count 131 active of kind 'ref', but list 120 handles of processes. They may be cut off."],
        Check(new HandleSessionBuilder(), "proc: active 2 total 99\nref: active 131 total 999\nproc 6\n  refs: 120 s 120 w 0\nproc 7\n  nodes: 3\n", isComplete: false));

    [Fact]
    public void Commands_that_do_not_amount_to_the_counts_are_an_anomaly()
    {
        string[] found = Check(State(100),
            "proc 6\n  refs: 100 s 100 w 0\n  BC_ACQUIRE: 300\n  BC_RELEASE: 189\n  BC_INCREFS: 10\n");

        Assert.Equal(
            ["StatisticsMismatch 1 6: Process 6 (binder) has 100 strong counts in the statistics, but its commands amount to 111."], found);
    }

    [Theory]
    [InlineData(12, 120, "")]
    [InlineData(13, 120, "StatisticsMismatch 1 : The statistics count 13 active of kind 'proc', but list 2 processes. They may be cut off.")]
    [InlineData(2, 131, "StatisticsMismatch 1 : The statistics count 131 active of kind 'ref', but list 120 handles of processes. They may be cut off.")]
    public void Statistics_that_lack_processes_of_their_totals_are_an_anomaly(int processes, int references, string found) => Assert.Equal(
        found.Length == 0 ? [] : [found],
        Check(new HandleSessionBuilder(), $"proc: active {processes} total 99\nref: active {references} total 999\n"
            + "proc 6\n  refs: 100 s 100 w 0\nproc 7\n  refs: 20 s 20 w 0\n", isComplete: false));

    [Fact]
    public void With_an_incomplete_state_the_statistics_add_the_processes_that_it_lacks()
    {
        HandleSessionBuilder builder = State(100);
        StatisticsRecord record = new ParsedStatistics().Parse("proc 6\ncontext binder\n  refs: 100 s 100 w 0\nproc 7 (camera)\ncontext hwbinder\n  refs: 301 s 0 w 0\n")!;

        HandleProcess added = Assert.Single(StatisticsCheck.SetStatistics(builder, record, "stats", isComplete: false));
        HandleSession session = builder.Build("both");

        Assert.Empty(session.Findings);
        Assert.Equal(("camera", 301, HandleCountSource.Statistics), (added.Name, added.HandleCount, added.CountSource));
        Assert.Equal((100, HandleCountSource.State), (session.GetProcess(6).HandleCount, session.GetProcess(6).CountSource));
    }

    /// <summary>A state in which process 6 holds nodes of process 5.</summary>
    private static HandleSessionBuilder State(int handles)
    {
        HandleSessionBuilder builder = new();
        HandleProcess owner = builder.AddProcess(5, "binder", null), holder = builder.AddProcess(6, "binder", null);
        for (int handle = 1; handle <= handles; handle++)
        {
            builder.AddNode(handle, owner);
            Assert.True(builder.TryAddReference(holder, handle, handle, 1, 0, out _, out _, out _));
        }

        return builder;
    }

    private static string[] Check(HandleSessionBuilder builder, string statistics, bool isComplete = true)
    {
        ParsedStatistics parsed = new();
        StatisticsCheck.SetStatistics(builder, parsed.Parse(statistics)!, "stats", isComplete);
        parsed.Clean();
        return [.. builder.Build("checked").Findings.Select(finding => $"{finding.Kind} {finding.Line} {finding.Process?.Id}: {finding.Message}")];
    }
}
