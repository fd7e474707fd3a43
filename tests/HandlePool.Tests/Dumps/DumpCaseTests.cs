using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

/// <summary>Reads the texts of tests/data/cases: one test for each, or for each group of the same content.</summary>
public class DumpCaseTests
{
    [Fact]
    public void Statistics_alone_give_the_handles_of_each_holder()
    {
        HandleSession session = ReadClean("s1_stats").Session;

        Assert.Equal([(7001, 0), (7002, 301)], session.GetProcesses().Select(process => (process.Id, process.HandleCount)));
        Assert.Equal(301, session.Statistics!.Processes.Single(each => each.ProcessId == 7002).Handles);
        Assert.Empty(session.GetProcess(7002).GetReferences());
        Assert.Equal(HandleSourceKind.Statistics, Assert.Single(session.Sources).Kind);
    }

    [Fact]
    public void Transactions_are_no_dump_of_handles()
    {
        HandleSession session = ReadClean("s2_transactions").Session;

        Assert.Empty(session.GetProcesses());
        Assert.Equal(HandleSourceKind.Transactions, Assert.Single(session.Sources).Kind);
    }

    [Theory]
    [InlineData("h1_state_nopath")]
    [InlineData("h4_su")]
    [InlineData("h6_tinno")]
    public void A_state_under_any_heading_is_read(string name)
    {
        HandleSession session = ReadClean(name).Session;

        Assert.Equal(2, session.Processes);
        Assert.Equal(7001, Assert.Single(session.GetProcess(7002).GetReferences()).Owner!.Id);
        Assert.Equal([HandleSourceKind.State], session.Sources.Select(source => source.Kind));
    }

    [Theory]
    [InlineData("h2_procstate_dollar")]
    [InlineData("h3_procstate_pid")]
    [InlineData("h7_mtk_all")]
    public void The_state_of_a_process_under_any_heading_is_read(string name)
    {
        HandleSession session = ReadClean(name).Session;

        Assert.Equal([7002], session.GetProcesses().Select(process => process.Id));
        Assert.Equal(40, Assert.Single(session.GetProcess(7002).GetReferences()).Node.Id);
    }

    [Fact]
    public void A_section_that_the_device_refused_is_named()
    {
        HandleException error = Refuse("h5_denied");

        Assert.Contains("h5_denied.txt:9:", error.Message, StringComparison.Ordinal);
        Assert.Contains("/dev/binderfs/binder_logs/state: Permission denied", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_under_bare_paths_is_one_session()
    {
        HandleSession session = ReadClean("h8_hidumper").Session;

        Assert.Equal([7001, 7002], session.GetProcesses().Select(process => process.Id));
        Assert.Equal(7001, Assert.Single(session.GetProcess(7002).GetReferences()).Owner!.Id);
        Assert.Equal(2, session.Statistics!.Processes.Count);
        Assert.Equal(
            [HandleSourceKind.Statistics, HandleSourceKind.State, HandleSourceKind.FailedTransactionLog, HandleSourceKind.TransactionLog, HandleSourceKind.Transactions],
            session.Sources.Select(source => source.Kind));
    }

    [Fact]
    public void The_time_of_a_section_is_that_of_its_report()
    {
        HandleSession session = ReadClean("h9_mtime").Session;

        Assert.Equal([7001, 7002], session.GetProcesses().Select(process => process.Id));
        Assert.Equal(new DateTime(2024, 5, 6, 7, 8, 9), session.Time!.Value.DateTime);
    }

    [Fact]
    public void A_refused_section_is_named_where_others_were_read()
    {
        ImportedDump result = ReadClean("h10_bugreport_stats_only");

        Assert.Equal(301, result.Session.GetProcess(7002).HandleCount);
        DumpProblem refusal = Assert.Single(result.Refusals);
        Assert.Equal((33L, "/dev/binderfs/binder_logs/state", "Permission denied"), (refusal.Line, refusal.Text, refusal.Message));
    }

    [Theory]
    [InlineData("b1_boot1", 144, 628)]
    [InlineData("b2_boot2", 151, 600)]
    public void Lists_of_holders_that_the_references_confirm_are_dropped(string name, int server, int app)
    {
        HandleSession session = ReadClean(name).Session;

        Assert.Equal(30, session.GetProcess(server).GetReferences().Count(reference => reference.Owner!.Id == app));
        Assert.All(session.GetNodes(), node => Assert.Empty(node.ListedHolders));
    }

    [Theory]
    [InlineData("g1", 100)]
    [InlineData("g2", 200)]
    [InlineData("g3", 300)]
    public void The_nodes_of_one_process_tell_who_holds_them(string name, int count)
    {
        HandleNode[] nodes = ReadClean(name).Session.GetProcess(6100).GetNodes();

        Assert.Equal(count, nodes.Length);
        Assert.All(nodes, node => Assert.Equal([1411], node.ListedHolders));
        Assert.All(nodes, node => Assert.Equal(1, node.HolderCount));
        HandleNodeCounts counts = nodes[0].ListedCounts!;
        Assert.Equal((true, true, 0, 0), (counts.HasStrong, counts.HasWeak, counts.LocalStrong, counts.LocalWeak));
        Assert.Equal((1, 1, 1, 0, 139), (counts.StrongHolders, counts.Holders, counts.Temporary, counts.Policy, counts.Priority));
        Assert.Equal((null, null), (counts.Strong, counts.Weak));
        Assert.Equal((0x1000UL, 0x2000UL), (nodes[0].ListedPointer, nodes[0].ListedCookie));
        Assert.Same(counts, nodes[^1].ListedCounts);
    }

    [Theory]
    [InlineData("w2_wrapped_col0", 300, 410, 5, new[] { 520, 630 })]
    [InlineData("w3_more_80col", 200, 310, 1, new[] { 320, 330 })]
    public void A_node_line_that_a_terminal_wrapped_is_one(string name, int first, int second, long node, int[] holders)
    {
        ImportedDump result = Read(name);
        HandleSession session = result.Session;

        Assert.Equal([(first, null), (second, null)], session.GetProcesses().Select(process => (process.Id, process.Name)));
        Assert.Equal(second, Assert.Single(session.GetProcess(first).GetReferences()).Owner!.Id);
        Assert.Equal(first, Assert.Single(session.GetProcess(second).GetReferences()).Owner!.Id);
        Assert.Equal(holders, session.GetNode(node).ListedHolders);
        Assert.Equal((3, 3, 1), (session.GetNode(node).ListedCounts!.StrongHolders, session.GetNode(node).ListedCounts!.Holders, session.GetNode(node).ListedCounts!.Temporary));
        Assert.Equal((0L, 0L, 0L), (result.ProblemCount, result.UnknownLineCount, result.IgnoredTextCount));

        // The two other holders are not in the state.
        HandleFinding finding = Assert.Single(session.GetFindings());
        Assert.Equal((HandleFindingKind.HolderMismatch, node), (finding.Kind, finding.Node!.Value));
        Assert.Contains($"1 of 2 nodes lists other holders than the references show: node {node} lists {holders[0]}, {holders[1]}", finding.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_remark_behind_a_line_is_no_name()
    {
        ImportedDump result = Read("c1_trailing_comment");

        HandleProcess process = result.Session.GetProcess(300);
        Assert.Equal((300, null, "binder"), (process.Id, process.Name, process.Context));
        Assert.Equal([7], process.GetReferences().Select(reference => reference.Node.Id));
        Assert.Equal([410], result.Session.GetNode(5).ListedHolders);
        Assert.Equal([(2L, "//1"), (3, "//2"), (5, "//4"), (6, "//5")], result.IgnoredTexts.Select(text => (text.Line, text.Text)));
        Assert.Equal((4L, 0L, 0L), (result.IgnoredTextCount, result.UnknownLineCount, result.ProblemCount));
    }

    [Fact]
    public void A_state_that_the_driver_failed_to_print_is_incomplete()
    {
        ImportedDump result = Read("ru1_rust_failed");

        HandleFinding finding = Assert.Single(result.Session.GetFindings(), finding => finding.Kind == HandleFindingKind.Truncated);
        Assert.Contains("ENOMEM", finding.Message, StringComparison.Ordinal);
        Assert.Equal((0L, 0L), (result.UnknownLineCount, result.ProblemCount));
    }

    [Fact]
    public void A_process_directly_after_a_reference_is_read()
    {
        HandleSession session = Read("ru2_rust_glued_proc").Session;

        Assert.Equal([(60, 1), (61, 1)], session.GetProcesses().Select(process => (process.Id, process.HandleCount)));
    }

    [Fact]
    public void The_manager_of_an_old_kernel_has_null_pointers()
    {
        HandleSession session = ReadClean("n1_null_mgr").Session;

        Assert.Equal([109], session.GetProcesses().Where(process => process.IsManager).Select(process => process.Id));
        Assert.Equal((0UL, 0x15e790UL), (session.GetNode(1).ListedPointer, session.GetNode(7).ListedPointer));
    }

    [Fact]
    public void A_node_whose_pointers_were_left_out_is_read()
    {
        HandleSession session = ReadClean("n2_elided").Session;

        HandleReference reference = Assert.Single(session.GetProcess(151).GetReferences());
        Assert.Equal((5L, 109), (reference.Node.Id, reference.Owner!.Id));
        Assert.Equal((null, null, 1), (reference.Node.ListedPointer, reference.Node.ListedCookie, reference.Node.ListedCounts!.LocalStrong));
    }

    [Fact]
    public void Unknown_words_of_a_changed_driver_do_not_hide_the_rest()
    {
        ImportedDump result = Read("n3_refpid");

        Assert.Equal([(0, 1L)], result.Session.GetProcess(6320).GetReferences().Select(reference => (reference.Handle, reference.Node.Id)));
        Assert.Equal(6320, result.Session.GetNode(40117).Owner!.Id);
        Assert.Equal([(3L, "desc12:4410"), (4, "refPid:4410")], result.IgnoredTexts.Select(text => (text.Line, text.Text)));
        Assert.Equal((2L, 0L, 0L), (result.IgnoredTextCount, result.UnknownLineCount, result.ProblemCount));
    }

    [Fact]
    public void The_path_in_a_command_tells_a_missing_pid()
    {
        HandleSession session = ReadClean("n4_noproc").Session;

        HandleProcess process = session.GetProcess(812);
        Assert.Equal((812, 1, 1), (process.Id, process.NodeCount, process.HandleCount));
        Assert.Equal([230, 179], session.GetNode(66).ListedHolders);
    }

    [Fact]
    public void A_quoted_dump_is_read()
    {
        HandleSession session = ReadClean("q1_mail_quote").Session;

        Assert.Equal([(820, 1), (830, 1)], session.GetProcesses().Select(process => (process.Id, process.HandleCount)));
    }

    private static ImportedDump Read(string name) => Assert.Single(DumpReader.ReadFile(PathOf(name)));

    private static ImportedDump ReadClean(string name)
    {
        ImportedDump result = Read(name).Clean();
        Assert.Equal(0, result.IgnoredTextCount);
        return result;
    }

    private static HandleException Refuse(string name) => Refused.With(HandleErrorIds.DumpFormat, Errno.EINVAL, () => DumpReader.ReadFile(PathOf(name)));

    private static string PathOf(string name) => DumpSource.DataFile($"cases/{name}.txt");
}
