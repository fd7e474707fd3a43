using System.Text.RegularExpressions;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.SessionFiles;

/// <summary>Session files keep the driver's statistics, and what is known of processes by these or by lists of holders only.</summary>
public class StatisticsFileTests
{
    [Fact]
    public void The_statistics_of_a_session_survive_a_round_trip()
    {
        HandleSession session = ParsedStatistics.Read(File.ReadAllText(DumpSource.DataFile("real/stats/2-full.txt"))).Clean().Session;

        HandleSession read = IsKept(session);

        Assert.Equal((42, 30), (read.GetProcesses().Sum(process => process.HandleCount), read.Nodes));
        Assert.All(read.GetProcesses(), process => Assert.Equal(HandleCountSource.Statistics, process.CountSource));
        Assert.Equal(41, read.Statistics!.Counters.CountOf("BC_INCREFS"));
        HandleStatistic statistic = read.GetProcess(155).GetStatistic();
        Assert.Equal((16, 13L, 15L, 3, 15L), (statistic.Handles, statistic.Strong, statistic.Weak, statistic.Nodes, statistic.Counters.CountOf("BC_INCREFS")));
    }

    [Fact]
    public void Holders_that_nodes_list_survive_a_round_trip()
    {
        HandleSessionBuilder builder = new(isOfDump: true);
        HandleProcess owner = builder.AddProcess(6100, "binder", "media");
        builder.AddListedNode(9, owner, [1411, 1411, 1500]);
        builder.AddListedNode(10, owner, [1411]);
        builder.AddListedHolders("proc");
        HandleSession session = builder.Build("listed");

        HandleSession read = IsKept(session);

        Assert.Equal([(1411, 2, HandleCountSource.HolderList), (1500, 1, HandleCountSource.HolderList), (6100, 0, HandleCountSource.State)],
            read.GetProcesses().Select(process => (process.Id, process.HandleCount, process.CountSource)));
        Assert.Equal([1411, 1411, 1500], read.GetNode(9).ListedHolders);
    }

    [Fact]
    public void A_process_that_only_the_statistics_have_survives_a_round_trip()
    {
        ParsedStatistics parsed = new();
        StatisticsRecord record = parsed.Parse("proc 5\n  refs: 3 s 3 w 3\n")!;
        HandleSessionBuilder builder = new();
        builder.AddProcess(6, "binder", null);
        builder.SetStatistics(record, isComplete: true);

        HandleSession read = IsKept(builder.Build("missed"));

        Assert.Null(Assert.Single(read.Statistics!.Processes).Process);
        Assert.Equal([6], read.GetProcesses().Select(process => process.Id));
    }

    [Theory]
    [InlineData("\"process\":0,", "\"process\":7,", "$.statistics.processes[0].process: index 7 is out of range")]
    [InlineData("\"process\":0,\"id\":5", "\"process\":0,\"id\":6", "is not process 6")]
    [InlineData("\"process\":1,\"id\":6", "\"process\":0,\"id\":5", "$.processes[0] already has statistics")]
    [InlineData("\"handles\":3", "\"handles\":null", "must not be null")]
    [InlineData("\"handles\":3", "\"handles\":-3", "expected a whole number from 0")]
    [InlineData("{\"BC_INCREFS\":4}", "{\"BC_INCREFS\":4,\"BC_INCREFS\":5}", "the counter 'BC_INCREFS' is duplicated")]
    [InlineData("{\"BC_INCREFS\":4}", "{\"BC_INCREFS\":4294967296}", "expected a count from 0 to 4294967295")]
    [InlineData("{\"BC_INCREFS\":4}", "null", "expected an object")]
    [InlineData("\"isDead\":false,\"isFrozen\":false", "\"isDead\":true,\"isFrozen\":false", "holds nothing that could be inferred")]
    public void A_session_file_with_wrong_statistics_is_refused(string right, string wrong, string message)
    {
        string text = SessionText.Of(ParsedStatistics.Read("proc 5\n  refs: 3 s 3 w 3\n  BC_INCREFS: 4\nproc 6\n  refs: 4 s 3 w 3\n").Session);
        int at = text.IndexOf(right, StringComparison.Ordinal);

        SessionText.IsRefused(text.Remove(at, right.Length).Insert(at, wrong), message);
    }

    [Fact]
    public void A_dead_node_of_a_session_file_cannot_list_holders() => SessionText.IsRefused(
        Regex.Replace(SessionText.Of(new World().Session), "\"isDead\":false,\"listedHolders\":\\[]", "\"isDead\":true,\"listedHolders\":[5]"),
        "cannot list holders");

    [Fact]
    public void A_process_with_references_is_inferred_only_if_statistics_count_more()
    {
        const string State = "binder state:\nproc 5\ncontext binder\n  ref 8: desc 1 node 7 s 1 w 1 d 0";
        string text = SessionText.Of(DumpSource.Read(State).Session);
        SessionText.IsRefused(text.Replace("\"isInferred\":false", "\"isInferred\":true", StringComparison.Ordinal),
            "$.processes[0].isInferred: the process has 1 reference, and no statistics count more, so nothing is inferred; write false.");

        HandleSession cut = DumpSource.Read(State + "\n  ref 9: desc 2 node 9 s 1 w\nbinder stats:\nproc 5\ncontext binder\n  refs: 3 s 3 w 3\n").Session;
        IsKept(cut);
        HandleSession counted = ParsedStatistics.Read("proc 5\n  refs: 1 s 1 w 1\n").Session;
        counted.GetProcess(5).AddReference(counted.CreateNode(counted.CreateProcess("owner")));
        IsKept(counted);
    }

    private static HandleSession IsKept(HandleSession session)
    {
        string text = SessionText.Of(session);
        HandleSession read = SessionText.Read(text);
        Assert.Equal(text, SessionText.Of(read));
        return read;
    }
}
