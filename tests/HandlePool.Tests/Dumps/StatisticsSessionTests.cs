using System.Text;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

/// <summary>Sessions of files that have statistics, or nodes that list holders whose references no file shows.</summary>
public class StatisticsSessionTests
{
    private const string Listing = """
        binder proc state:
        proc 6100
        context binder
          node 9001: u0000000000001000 c0000000000002000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 2 iw 2 tr 1 proc 1411 1500
          node 9002: u0000000000001000 c0000000000002000 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 1411

        """;

    [Fact]
    public void A_file_of_statistics_is_a_session_of_counts()
    {
        HandleSession session = Assert.Single(DumpReader.ReadFile(DumpSource.DataFile("real/stats/2-full.txt"))).Clean().Session;

        Assert.Equal((9, 30, 42), (session.Processes, session.Nodes, session.GetProcesses().Sum(process => process.HandleCount)));
        Assert.All(session.GetProcesses(), process => Assert.Equal(HandleCountSource.Statistics, process.CountSource));
    }

    [Theory]
    [InlineData("2-full")]
    [InlineData("10-handle0")]
    public void Statistics_merged_with_the_state_of_their_moment_change_nothing(string moment)
    {
        string state = DumpSource.DataFile($"real/small/{moment}.txt"), statistics = DumpSource.DataFile($"real/stats/{moment}.txt");
        HandleSession alone = Assert.Single(DumpReader.ReadFile(state)).Clean().Session;

        HandleSession merged = DumpReader.Merge([statistics, state]).Clean().Session;

        Assert.Equal(alone.Describe(), merged.Describe());
        Assert.Equal(alone.Processes, merged.Statistics!.Processes.Count);
        Assert.All(merged.GetProcesses(), process => Assert.Equal(HandleCountSource.State, process.CountSource));
    }

    [Fact]
    public void A_state_that_was_cut_gets_the_processes_that_its_statistics_have()
    {
        string state = File.ReadAllText(DumpSource.DataFile("real/small/2-full.txt")), statistics = File.ReadAllText(DumpSource.DataFile("real/stats/2-full.txt"));

        foreach (int end in new[] { state.IndexOf("proc 155\n", StringComparison.Ordinal), state.IndexOf("desc 7 ", StringComparison.Ordinal) })
        {
            HandleSession session = DumpSource.Read(statistics + state[..end]).Session;

            Assert.Equal(9, session.Processes);
            Assert.Contains(session.GetProcesses(), process => process.CountSource == HandleCountSource.Statistics);
            Assert.Contains(session.GetProcesses(), process => process.CountSource == HandleCountSource.State && process.HandleCount > 0);
            Assert.NotEmpty(session.Findings);
        }
    }

    [Fact]
    public void Holders_that_nodes_list_become_processes_with_names_from_the_list_of_processes()
    {
        HandleSession session = DumpSource.Read(Listing, new DumpReaderOptions { ProcessNames = new Dictionary<int, string> { [1411] = "app" } }).Clean().Session;

        Assert.Equal([("app", 2, HandleCountSource.HolderList), ("1500", 1, HandleCountSource.HolderList), ("6100", 0, HandleCountSource.State)],
            session.GetProcesses().Select(process => (process.ToString(), process.HandleCount, process.CountSource)));
    }

    [Fact]
    public void Listed_holders_are_written_and_read_again()
    {
        HandleSession session = DumpSource.Read(Listing).Clean().Session;
        using MemoryStream stream = new();
        DumpWriter.Write(stream, session);
        string text = Encoding.UTF8.GetString(stream.ToArray());

        Assert.StartsWith("binder proc state:\nproc 6100\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("proc 1411\n", text.Replace(" proc 1411\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        HandleSession read = DumpSource.Read(text).Clean().Session;
        Assert.Equal(session.GetProcesses().Select(process => (process.Id, process.HandleCount, process.CountSource)),
            read.GetProcesses().Select(process => (process.Id, process.HandleCount, process.CountSource)));
    }

    [Fact]
    public void Processes_that_a_dump_cannot_have_are_returned_by_what_writes_it()
    {
        HandleSession session = DumpSource.Read(Listing + """
            binder stats:
            proc 6100
            context binder
              refs: 0 s 0 w 0
            proc 1411
            context binder
              refs: 2 s 2 w 2
            proc 7000
            context binder
              refs: 5 s 5 w 5

            """).Clean().Session;
        Assert.Equal([7000], LeftOut(session));

        // Nothing lists the holders of a dead node.
        session.RemoveNode(session.GetNode(9001));
        Assert.Equal([1500, 7000], LeftOut(session));

        Assert.Empty(LeftOut(new HandleSession()));
    }

    [Fact]
    public void A_process_whose_number_of_handles_is_lost_is_a_problem_unless_the_state_shows_it()
    {
        const string Counts = "binder stats:\nproc 6\ncontext binder\n  refs: 1 s 1 w 1\nproc 7\ncontext binder\n  nodes: 3\n";

        ImportedDump alone = DumpSource.Read(Counts);
        DumpProblem problem = Assert.Single(alone.Problems);
        Assert.Equal((5L, "proc 7"), (problem.Line, problem.Text));
        Assert.Equal("a process without the line 'refs: COUNT s COUNT w COUNT', which is left out", problem.Message);
        Assert.Equal([6], alone.Session.GetProcesses().Select(process => process.Id));

        Assert.Empty(DumpSource.Read("binder state:\nproc 6\ncontext binder\n  ref 8: desc 1 dead node 2 s 1 w 1 d 0\nproc 7\ncontext binder\n" + Counts).Problems);
    }

    [Theory]
    [InlineData("proc 1\ncontext binder stats:\n")]
    [InlineData("proc 1\ncontext bin")]
    public void Statistics_cut_in_their_first_context_leave_what_follows_them_readable(string cut)
    {
        const string Whole = "context lost\n  refs: 9 s 9 w 9\nproc 7\ncontext binder\n  refs: 1 s 1 w 1\n  BC_REPLY: 3\n";

        ImportedDump result = DumpSource.Read("binder stats:\n" + cut + (cut.EndsWith('\n') ? "" : "binder stats:\n") + Whole);

        Assert.Equal([7], result.Session.GetProcesses().Select(process => process.Id));
        Assert.Equal(3, Assert.Single(result.Session.Statistics!.Processes).Counters.CountOf("BC_REPLY"));
        Assert.Equal(
            ["the text ends in the middle of a line", "a context without a 'proc' line before it, so that the lines of its process are not read"],
            result.Problems.Select(problem => problem.Message));
    }

    [Fact]
    public void Statistics_of_another_device_beside_a_state_are_left_out()
    {
        ImportedDump result = DumpSource.Read("binder state:\nproc 6\ncontext binder\n  ref 8: desc 1 dead node 2 s 1 w 1 d 0\n"
            + "binder stats:\nproc 906\ncontext binder\n  refs: 900 s 900 w 900\n");

        Assert.Contains("have 0 of the 1 process beside them, so that they are of another device or another boot. They are left out.",
            Assert.Single(result.Problems).Message, StringComparison.Ordinal);
        Assert.Equal([6], result.Session.GetProcesses().Select(process => process.Id));
        Assert.Null(result.Session.Statistics);
        Assert.Equal(HandleSourceKind.State, Assert.Single(result.Session.Sources).Kind);
    }

    [Fact]
    public void A_session_of_statistics_alone_is_not_written_as_a_dump_without_handles()
    {
        HandleSession session = DumpSource.Read("binder stats:\nproc 5\n  refs: 3 s 3 w 3\n").Clean().Session;
        using MemoryStream stream = new();

        HandleException refused = Refused.With(HandleErrorIds.DumpFormat, Errno.EINVAL, () => DumpWriter.Write(stream, session));

        Assert.Contains("no references to write", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, stream.Length);
    }

    [Fact]
    public void More_listed_holders_than_a_device_has_processes_are_left_out_and_it_is_said()
    {
        StringBuilder text = new("binder proc state:\nproc 1\ncontext binder\n");
        for (int node = 0; node < 200; node++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"  node {node + 1}: u01 c02 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 600 iw 600 tr 1 proc");
            for (int pid = 0; pid < 600; pid++)
                text.Append(' ').Append(2 + (600 * node) + pid);
            text.Append('\n');
        }

        HandleSession session = DumpSource.Read(text.ToString()).Session;

        Assert.Equal(100_001, session.Processes);
        HandleFinding finding = Assert.Single(session.Findings);
        Assert.Equal((HandleFindingKind.HolderMismatch, "The nodes list more than 100000 holders whose references are unknown. The others are left out."),
            (finding.Kind, finding.Message));
    }

    private static IEnumerable<int> LeftOut(HandleSession session)
    {
        using MemoryStream stream = new();
        return DumpWriter.Write(stream, session).Select(process => process.Id);
    }
}
