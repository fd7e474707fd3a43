using System.Globalization;
using System.Text;
using HandlePool.Analysis;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class MissingLineTests
{
    private const string Counts = "u0000000000000001 c0000000000000002 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1";

    [Theory]
    [InlineData("  thread 9: l 12 need_return 0 tr 0\n  node 5: " + Counts + " proc 4\n  ref 60: desc 0 node 1 s 1 w 1 d 0\n")]
    [InlineData("  thread 9: l 12\n  ref 60: desc 3 node 1 s 1 w 1 d 0\n")]
    [InlineData("  node 5: " + Counts + " proc 4\n  ref 60: desc 3 node 1 s 1 w 1 d 0\n")]
    [InlineData("  ref 60: desc 0 node 1 s 1 w 1 d 0\n")]
    public void Lines_out_of_the_order_of_the_driver_are_of_another_process(string lines)
    {
        HandleSession session = DumpSource.Read(State("proc 7 (innocent)\ncontext binder\n  thread 7: l 12\n  node 8: " + Counts
            + " proc 4\n  ref 50: desc 0 node 1 s 1 w 1 d 0\n  ref 51: desc 1 node 2 s 1 w 1 d 0\n" + lines)).Session;

        HandleProcess innocent = session.GetProcess(7);
        HandleProcess unknown = session.GetProcess(0);
        Assert.Equal((2, 1), (innocent.HandleCount, innocent.NodeCount));
        Assert.Equal((1, lines.Contains("node 5:", StringComparison.Ordinal) ? 1 : 0), (unknown.HandleCount, unknown.NodeCount));
        Assert.Contains(session.GetFindings(), finding => finding.Kind == HandleFindingKind.PidMissing && finding.Process == unknown);
        Assert.Contains(session.GetFindings(), finding => finding.Kind == HandleFindingKind.LinesMissing && finding.Process == unknown);
        Assert.DoesNotContain(session.GetFindings(), finding => finding.Kind == HandleFindingKind.DuplicateHandle);
    }

    [Fact]
    public void Threads_after_the_dead_nodes_are_of_a_process_without_a_first_line()
    {
        HandleSession session = DumpSource.Read("binder state:\ndead nodes:\n  node 3: " + Counts + "\n  thread 9: l 12\n  node 5: " + Counts + "\nproc 6\ncontext binder\n").Session;

        Assert.True(session.GetNode(3).IsDead);
        Assert.Equal(0, session.GetNode(5).Owner!.Id);
    }

    [Fact]
    public void The_same_reference_printed_twice_begins_no_process()
    {
        const string Line = "  ref 50: desc 0 node 1 s 1 w 1 d 0\n";
        HandleSession session = DumpSource.Read(State("proc 7\ncontext binder\n" + Line + Line)).Session;

        Assert.Equal([4, 7], session.GetProcesses().Select(process => process.Id));
        Assert.Equal(HandleFindingKind.DuplicateHandle, Assert.Single(session.GetFindings(), finding => finding.Kind != HandleFindingKind.HolderMismatch).Kind);
    }

    [Theory]
    [InlineData("\n proc 7\n")]
    [InlineData("\nproc 7\n")]
    [InlineData(" \nproc 7\n")]
    [InlineData("\n  proc\t7 \n")]
    public void A_wrapped_list_of_one_holder_is_no_process(string rest)
    {
        string node = $"  node 5: {Counts}";
        string text = State($"{node} proc 7\n  node 6: {Counts} proc 7\nproc 7\ncontext binder\n"
            + string.Concat(((int[])[1, 2, 5, 6]).Select(node => $"  ref {node + 50}: desc {node} node {node} s 1 w 1 d 0\n")));
        HandleSession expected = DumpSource.Read(text).Clean().Session;

        HandleSession wrapped = DumpSource.Read(text.Replace(" proc 7\n", rest, StringComparison.Ordinal)).Clean().Session;

        Assert.Equal(expected.Describe(), wrapped.Describe());
        Assert.Equal([4, 7], wrapped.GetProcesses().Select(process => process.Id));
    }

    [Theory]
    [InlineData("hs true hw true cs 1 cw 1", "context binder\n")]
    [InlineData("hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1", "context binder\n")]
    [InlineData("hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1", "  thread 7: l 12\n")]
    [InlineData("hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1", "  node 6: u1 c1 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 1\n")]
    public void A_process_after_a_node_without_its_list_stays_one(string counts, string next)
    {
        HandleSession session = DumpSource.Read(State($"  node 5: u1 c1 {counts}\nproc 7\n{next}")).Session;

        Assert.Equal([4, 7], session.GetProcesses().Select(process => process.Id));
    }

    [Fact]
    public void An_old_kernel_without_contexts_has_a_process_after_a_node_without_its_list()
    {
        HandleSession session = DumpSource.Read($"binder state:\nproc 4\n  node 5: {Counts}\nproc 7\n  ref 50: desc 1 node 5 s 1 w 1 d 0\n").Clean().Session;

        Assert.Equal([4, 7], session.GetProcesses().Select(process => process.Id));
    }

    [Fact]
    public void A_process_without_a_context_where_others_have_one_is_an_anomaly()
    {
        HandleFinding finding = Assert.Single(DumpSource.Read(State("proc 7\n  thread 7: l 12\n  ref 50: desc 1 node 1 s 1 w 1 d 0\nproc 8\ncontext hwbinder\n")).Session.GetFindings(),
            finding => finding.Kind == HandleFindingKind.LinesMissing);

        Assert.Equal((7, 8L), (finding.Process!.Id, finding.Line));
        Assert.Equal("Process 7 has no line with its context, which others have. It is read in context 'binder', and may be of another.", finding.Message);
    }

    [Theory]
    [InlineData("  thread 7: l 12\n", 0, 0)]
    [InlineData("  node 5: " + Counts + "\n", 1, 0)]
    [InlineData("  ref 50: desc 1 node 1 s 1 w 1 d 0\n", 0, 1)]
    public void A_line_that_follows_the_context_without_a_line_feed_is_read(string next, int nodes, int handles)
    {
        HandleProcess process = DumpSource.Read(State("proc 7\ncontext hwbinder" + next)).Session.GetProcess(7);

        Assert.Equal(("hwbinder", nodes, handles), (process.Context, process.NodeCount, process.HandleCount));
    }

    [Theory]
    [InlineData("handles", 10, "")]
    [InlineData("handles", 11, "Process 7 (binder) has 11 handles or nodes again that it or another process has.")]
    [InlineData("opens", 9, "")]
    [InlineData("opens", 10, "11 lines begin process 7 (binder).")]
    [InlineData("lists", 10, "")]
    [InlineData("lists", 11, "11 of 11 nodes are held by processes that their lines do not list.")]
    public void Lines_that_contradict_each_other_often_make_the_verdict_uncertain(string fault, int count, string said)
    {
        string context = fault == "opens" ? "" : "context binder\n";
        StringBuilder text = new($"binder state:\nproc 4\n{context}");
        for (int node = 1; node <= count; node++)
            text.Append(CultureInfo.InvariantCulture, $"  node {node}: {Counts}{(fault == "lists" ? " proc 9" : "")}\n");
        text.Append(CultureInfo.InvariantCulture, $"proc 7\n{context}");
        for (int node = 1; node <= count; node++)
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"  ref {node + 50}: desc {node} node {node} s 1 w 1 d 0\n");
            text.Append(line).Append(fault == "handles" ? line : "");
        }

        for (int open = 0; fault == "opens" && open < count; open++)
            text.Append("proc 7\n");
        HandleSession session = DumpSource.Read(text.ToString()).Session;

        Assert.StartsWith(said, session.GetFindings().SingleOrDefault(finding => finding.Kind == HandleFindingKind.LinesMissing)?.Message ?? "", StringComparison.Ordinal);
        Assert.Equal(said.Length == 0 ? [] : ["'state.txt' seems to lack lines, so that holders and owners are uncertain: handles may be of other processes than those "
            + "named. Take the dump again."], LeakFinder.Find([session]).Notes);
    }

    [Fact]
    public void Blanks_between_the_words_of_any_line_do_not_matter()
    {
        const string Text = "binder state:\ndead nodes:\n  node 9: u1 c1 hs 0 hw 0 ls 0 lw 0 is 1 iw 1 tr 0 proc 7\nproc 4 (owner)\ncontext binder\n"
            + "  thread 4: l 12 need_return 0 tr 0\n  node 5: " + Counts + " proc 7\nproc 7\ncontext binder\n  ref 50: desc 0 node 5 s 1 w 1 d 0000000000000000\n"
            + "  ref 51: desc 1 dead node 9 s 1 w 1 d (null)\n";
        HandleSession expected = DumpSource.Read(Text).Clean().Session;

        Assert.Equal(expected.Describe(), DumpSource.Read(Text.Replace(" ", "  ", StringComparison.Ordinal)).Clean().Session.Describe());
        Assert.True(expected.GetNode(9).IsDead);
    }

    private static string State(string rest) =>
        $"binder state:\nproc 4\ncontext binder\n  node 1: {Counts} proc 7\n  node 2: {Counts} proc 7\n{rest}";
}
