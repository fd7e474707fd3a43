using HandlePool.Analysis;
using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class DumpLineFormTests
{
    private const string Pointers = "u00000000efdb9050 c00000000f0614870";

    [Theory]
    [InlineData("  node 7: u00000000efdb9050 c00000000f0614870 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5")]
    [InlineData("  node 7: u00000000efdb9050 c00000000f0614870 pri 1:98 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    [InlineData("  node 7: u00000000efdb9050 c00000000f0614870 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5")]
    [InlineData("  node 7: u00000000efdb9050 c00000000f0614870 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 proc 5")]
    [InlineData("  node 7: u00000000efdb9050 c00000000f0614870 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 proc 5")]
    [InlineData("  node 7: u00000000efdb9050 c00000000f0614870 hs 0 hw 0 ls 0 lw 0 is 0 iw 0")]
    [InlineData("  node 7: ub40000720a4cf130 cb40000720a4cf2e8 hs true hw true cs 1 cw 1 proc 5")]
    [InlineData("  node 7: u0000000000000000 c0000000000000000 hs false hw false cs 0 cw 0")]
    [InlineData("  node 7: ub40000720a4cf130 cb40000720a4cf2e8 pri 0:120 hs true hw true cs 1 cw 1 proc 5 6 7")]
    [InlineData("  node 7: uae9f1c20 cae9f1c24 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 proc 5")]
    [InlineData("  node 7: u(null) c(null) hs 1 hw 1 ls 1 lw 1 is 1 iw 1 proc 5")]
    [InlineData("  node 7: u  (null) c  (null) hs 1 hw 1 ls 1 lw 1 is 1 iw 1 proc 5")]
    public void Every_form_of_node_line_is_read(string line)
    {
        HandleSession session = DumpSource.Read($"binder proc state:\nproc 4\ncontext binder\n{line}\n").Clean().Session;

        HandleNode node = Assert.Single(session.GetNodes());
        Assert.Equal((7L, 4), (node.Id, node.Owner!.Id));
        Assert.Equal((0, false), (node.TableCount, node.IsDead));
        Assert.Equal(1, session.GetProcess(4).NodeCount);
    }

    [Fact]
    public void Ids_beyond_31_bits_are_negative_numbers_of_the_C_driver()
    {
        HandleSession session = DumpSource.Read("binder state:\nproc 4\ncontext binder\n  node -2147483646: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5\n"
            + "  node 7: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5\n    outgoing transaction -9: 0 from 4:4 to 5:5 code 1 flags 10 pri 0:120 r1 node -1 size 4:0\n"
            + "proc 5\ncontext binder\n  ref -2147483645: desc 1 node -2147483646 s 1 w 1 d 0\n  ref 8: desc 2 node 7 s 1 w 1 d 0\n").Clean().Session;

        Assert.Equal([(1, 2_147_483_650L), (2, 7L)], session.GetProcess(5).GetReferences().Select(reference => (reference.Handle, reference.NodeId)));
        Assert.Equal(4, session.GetNode(2_147_483_650).Owner!.Id);
        Assert.Equal((4_294_967_287L, 4_294_967_295L), TransactionFinder.Find(session).Select(call => (call.Id!.Value, call.Node!.Value)).Single());
        Assert.Equal(1, DumpSource.Read("binder state:\nproc 5\ncontext binder\n  ref -2147483649: desc 1 node 7 s 1 w 1 d 0\n  ref 8: desc 2 node 7 s 1 w 1 d 0\n").ProblemCount);
    }

    [Theory]
    [InlineData("$")]
    [InlineData("<br>")]
    [InlineData(" <br />")]
    [InlineData("^M$")]
    public void What_ends_each_line_after_the_heading_is_no_part_of_it(string ending)
    {
        string text = "binder state:\nproc 5 (app)\ncontext hwbinder\n  ref 8: desc 1 node 7 s 1 w 1 d 0\nproc 9\ncontext hwbinder\n"
            + "  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 5\nbinder stats:\nproc 5 (app)\ncontext hwbinder\n  refs: 1 s 1 w 1\n";

        ImportedDump result = DumpSource.Read(text.Replace("\n", ending + "\n", StringComparison.Ordinal));

        Assert.Equal(DumpSource.Read(text).Clean().Session.Describe(), result.Session.Describe());
        Assert.Equal((11, 0, 0), (result.IgnoredTextCount, result.UnknownLineCount, result.ProblemCount));
        Assert.Empty(result.Session.Findings);
        Assert.Equal(1, result.Session.Statistics!.Processes[0].Handles);
    }

    [Fact]
    public void Folded_lines_are_an_error_that_says_so()
    {
        ImportedDump result = DumpSource.Read("binder state:$\nproc 5$\n  node 7: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc \\\n6$\n  node 9: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc \\\n6$\n");

        Assert.Contains("folded, as by 'sed -n l'", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  ref 871: desc 3 node 7 s 1 w 2 d 0000000000000000")]
    [InlineData("  ref 871: desc 3 node 7 s 1 w 2 d 00000000c03e09a3")]
    [InlineData("  ref 871: desc 3 node 7 s 1 w 2 d (null)")]
    [InlineData("  ref 871: desc 3 node 7 s 1 w 2 d           (null)")]
    [InlineData("  ref 871: desc 3 node 7 s 1 w 2 d       12ab34cd")]
    [InlineData("  ref 871: desc 3 node 7 s 1 w 2 d dbe34f80")]
    [InlineData("  ref 871: desc 3 node 7 s 1 w 2")]
    [InlineData("  ref 871: desc 3 node 7 s 1 w 2  ")]
    public void Every_form_of_reference_line_is_read(string line)
    {
        HandleSession session = DumpSource.Read(WithNode(7) + $"proc 5\ncontext binder\n{line}\n").Clean().Session;

        HandleReference reference = Assert.Single(session.GetProcess(5).GetReferences());
        Assert.Equal((3, 7L, 1, 2), (reference.Handle, reference.Node.Id, reference.Strong, reference.Weak));
        Assert.Equal((4, false), (reference.Owner!.Id, reference.IsDead));
        Assert.Equal((1L, 2L, 1), (reference.Node.Strong, reference.Node.Weak, reference.Node.TableCount));
    }

    [Theory]
    [InlineData("  ref 871: desc 911 dead node 52494 s 1 w 1 d 0000000000000000")]
    [InlineData("  ref 871: desc 911 dead node 52494 s 1 w 1 d (null)")]
    [InlineData("  ref 871: desc 911 dead node 52494 s 1 w 1")]
    public void Every_form_of_reference_to_a_dead_node_is_read(string line)
    {
        HandleSession session = DumpSource.Read($"binder state:\nproc 5\ncontext binder\n{line}\n").Clean().Session;

        HandleReference reference = Assert.Single(session.GetProcess(5).GetReferences());
        Assert.Equal((911, 52494L), (reference.Handle, reference.Node.Id));
        Assert.True(reference.IsDead);
        Assert.True(reference.Node.IsDead);
        Assert.Null(reference.Owner);
    }

    [Theory]
    [InlineData("proc 1754", null)]
    [InlineData("proc 1754 (system_server)", "system_server")]
    [InlineData("proc 1754 system_server", "system_server")]
    [InlineData("proc 1754 (com.example.app:remote)", "com.example.app:remote")]
    [InlineData("proc 1754 Binder:1754_2", "Binder:1754_2")]
    [InlineData("  proc 1754 (system_server)  ", "system_server")]
    [InlineData("proc 1754 (größer)", "größer")]
    public void Every_form_of_process_line_is_read(string line, string? name)
    {
        HandleProcess process = Assert.Single(DumpSource.Read($"binder state:\n{line}\ncontext binder\n").Clean().Session.GetProcesses());

        Assert.Equal((1754, name, "binder"), (process.Id, process.Name, process.Context));
        Assert.Equal((0, 0, false, false), (process.HandleCount, process.NodeCount, process.IsManager, process.IsDead));
    }

    [Theory]
    [InlineData("context binder", "binder")]
    [InlineData("context hwbinder", "hwbinder")]
    [InlineData("context vndbinder", "vndbinder")]
    [InlineData("context binder-test", "binder-test")]
    [InlineData("  thread 5: l 12 need_return 0 tr 0", "binder")]
    public void The_context_is_read_and_defaults_to_binder(string line, string context)
    {
        HandleProcess process = Assert.Single(DumpSource.Read($"binder state:\nproc 5\n{line}\n").Clean().Session.GetProcesses());

        Assert.Equal(context, process.Context);
    }

    [Fact]
    public void The_same_pid_has_separate_handles_in_each_context()
    {
        HandleSession session = DumpSource.Read("""
            binder state:
            proc 1
            context binder
              node 10: u1 c1 hs 1 hw 1 ls 1 lw 1 is 1 iw 1 tr 1 proc 5
            proc 2
            context hwbinder
              node 20: u1 c1 hs 1 hw 1 ls 1 lw 1 is 1 iw 1 tr 1 proc 5
              node 21: u2 c2 hs 1 hw 1 ls 1 lw 1 is 1 iw 1 tr 1 proc 5
            proc 5
            context binder
              ref 30: desc 0 node 10 s 1 w 1 d 0
            proc 5
            context hwbinder
              ref 31: desc 0 node 20 s 1 w 1 d 0
              ref 32: desc 1 node 21 s 1 w 1 d 0

            """).Clean().Session;

        Assert.Equal(4, session.Processes);
        Assert.Equal(1, session.GetProcess(5, "binder").HandleCount);
        Assert.Equal(2, session.GetProcess(5, "hwbinder").HandleCount);
        Assert.Equal(10, session.GetProcess(5, "binder").GetReference(0)!.Node.Id);
        Assert.Equal(20, session.GetProcess(5, "hwbinder").GetReference(0)!.Node.Id);
        Assert.True(session.GetProcess(1).IsManager);
        Assert.True(session.GetProcess(2).IsManager);
        Assert.Equal(HandleErrorIds.ProcessAmbiguous, Assert.Throws<HandleException>(() => session.GetProcess(5)).ErrorId);
    }

    [Theory]
    [InlineData("  thread 5: l 12 need_return 0 tr 0")]
    [InlineData("  thread 5: l 00")]
    [InlineData("  thread 5: l 11 need_return false")]
    [InlineData("  thread 5: l 11 need_return true")]
    [InlineData("  buffer 412: 0 size 48:0:0 delivered")]
    [InlineData("  buffer 412: 2a0 size 84:8:16 active")]
    [InlineData("  buffer 412: ffffff8012345678 size 84:8 active")]
    [InlineData("  buffer 0: 128 size 88 pid 2310 oneway false allocated")]
    [InlineData("    outgoing transaction 98211: 00000000d2b0e6c5 from 5:6 to 7:8 code 1f flags 12 pri 0:120 r1 elapsed 3ms")]
    [InlineData("    incoming transaction 98211: 00000000d2b0e6c5 from 5:6 to 7:8 code 1f flags 12 pri 0 r1 node 99 size 84:0 data (null)")]
    [InlineData("    outgoing transaction 414: from 2310:2322 to 1302 code 1f flags 12 elapsed 3ms node 99 size 84:0")]
    [InlineData("    pending transaction 98211: 00000000d2b0e6c5 from 5:6 to 7:0 code 1f flags 12 pri 0 r1 node 99 size 84:0 offset 2a0")]
    [InlineData("  pending transaction 98211: 00000000d2b0e6c5 from 0:0 to 7:0 code 5 flags 11 pri 0:120 r0 buffer free")]
    [InlineData("    pending async transaction 98211: 00000000d2b0e6c5 from 0:0 to 7:0 code 5 flags 11 pri 0 r0 node 99 size 1:0 offset 0")]
    [InlineData("    bad transaction 98211: 00000000d2b0e6c5 from 5:6 to 7:8 code 1f flags 12 pri 0:120 r1 elapsed 3ms")]
    [InlineData("    transaction complete")]
    [InlineData("    transaction error: 29201")]
    [InlineData("    node work 57057: u00000000efdb9050 c00000000f0614870")]
    [InlineData("  node work 57057: u00000000efdb9050 c00000000f0614870")]
    [InlineData("    has dead binder")]
    [InlineData("    has cleared dead binder")]
    [InlineData("    has cleared death notification")]
    [InlineData("  has delivered dead binder")]
    [InlineData("  has delivered freeze binder")]
    [InlineData("    has frozen binder")]
    [InlineData("  has cleared freeze notification")]
    [InlineData("  unknown work: type 11")]
    [InlineData("# adb shell cat /dev/binderfs/binder_logs/state")]
    [InlineData("  # a remark")]
    [InlineData("")]
    [InlineData("    ")]
    [InlineData("\t")]
    public void Known_lines_without_handles_are_ignored_silently(string line)
    {
        HandleSession session = DumpSource.Read(WithNode(7) + $"""
            proc 5
            context binder
            {line}
              ref 8: desc 1 node 7 s 1 w 1 d 0
            {(line.StartsWith("  thread", StringComparison.Ordinal) ? "" : line)}

            """).Clean().Session;

        Assert.Equal((2, 1), (session.Processes, session.Nodes));
        Assert.Equal(1, session.GetProcess(5).HandleCount);
    }

    [Fact]
    public void The_dump_of_an_old_kernel_is_read()
    {
        HandleSession session = DumpSource.Read("""
            binder state:
            dead nodes:
              node 40: ub1 cb1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 proc 5
            proc 5
              thread 5: l 12
              thread 6: l 11
              ref 9: desc 0 node 1 s 1 w 1 d   (null)
              ref 41: desc 1 dead node 40 s 1 w 1 d db1
              buffer 12: dc500028 size 8:0 delivered
            proc 1
              thread 1: l 02
              node 1: u00000000 c00000000 hs 1 hw 1 ls 1 lw 1 is 1 iw 1 proc 5

            """).Clean().Session;

        Assert.Equal(["binder", "binder"], session.GetProcesses().Select(process => process.Context));
        Assert.Equal([0, 1], session.GetProcess(5).GetReferences().Select(reference => reference.Handle));
        Assert.True(session.GetProcess(1).IsManager);
        Assert.True(session.GetNode(40).IsDead);
    }

    [Fact]
    public void Nodes_after_the_heading_of_dead_nodes_are_dead()
    {
        HandleSession session = DumpSource.Read("""
            binder state:
            dead nodes:
              node 40: ub1 cb1 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 2 iw 2 tr 0 proc 6 5
              node 41: ub2 cb2 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5
            proc 5
            context binder
              node 42: ub3 cb3 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 6
              ref 50: desc 1 dead node 40 s 1 w 1 d 0
              ref 51: desc 2 dead node 41 s 2 w 1 d 0
            proc 6
            context binder
              ref 52: desc 1 dead node 40 s 1 w 0 d 0
              ref 53: desc 2 node 42 s 1 w 1 d 0

            """).Clean().Session;

        Assert.Equal([40L, 41], session.GetNodes().Where(node => node.IsDead).Select(node => node.Id));
        Assert.Equal((2, 2L, 1L), (session.GetNode(40).TableCount, session.GetNode(40).Strong, session.GetNode(40).Weak));
        Assert.Null(session.GetNode(41).Owner);
        Assert.Equal(5, session.GetNode(42).Owner!.Id);
        Assert.Equal([true, false], session.GetProcess(6).GetReferences().Select(reference => reference.IsDead));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("  buffer 0: 0 size 88 pid 2310 oneway false allocated\n")]
    [InlineData("  has delivered dead binder\n")]
    [InlineData("  pending transaction 414: from 2310:2322 to 1302 code 1f flags 12 elapsed 3ms node 7 size 84:0\n")]
    [InlineData("  node work 57057: u00000000efdb9050 c00000000f0614870\n")]
    [InlineData("proc 6\ncontext binder\n")]
    [InlineData("\n\n\nproc 6\ncontext binder\n")]
    public void Run_on_references_and_what_directly_follows_them_are_read(string next)
    {
        HandleSession session = DumpSource.Read(WithNode(7, 8, 9) + """
            proc 5
            context binder
              ref 20: desc 1 node 7 s 1 w 1  ref 21: desc 2 dead node 66 s 3 w 4  ref 22: desc 3 node 8 s 1 w 0
            """ + "  ref 23: desc 12 node 9 s 0 w 12" + next).Clean().Session;

        HandleReference[] references = session.GetProcess(5).GetReferences();
        Assert.Equal([1, 2, 3, 12], references.Select(reference => reference.Handle));
        Assert.Equal([7L, 66, 8, 9], references.Select(reference => reference.Node.Id));
        Assert.Equal([1, 3, 1, 0], references.Select(reference => reference.Strong));
        Assert.Equal([1, 4, 0, 12], references.Select(reference => reference.Weak));
        Assert.Equal([false, true, false, false], references.Select(reference => reference.IsDead));
        Assert.Equal(next.Contains("proc", StringComparison.Ordinal), session.GetProcesses().Any(process => process.Id == 6));
    }

    [Fact]
    public void A_dump_directly_after_a_run_on_line_is_another_session()
    {
        IReadOnlyList<ImportedDump> results = DumpSource.ReadAll(WithNode(7) +
            "proc 5\ncontext binder\n  ref 20: desc 1 node 7 s 1 w 1  ref 21: desc 2 dead node 9 s 1 w 1" + WithNode(7) + "proc 6\n");

        Assert.Equal(2, results.Count);
        Assert.All(results, result => result.Clean());
        Assert.Equal(2, results[0].Session.GetProcess(5).HandleCount);
        Assert.Equal([4, 6], results[1].Session.GetProcesses().Select(process => process.Id));
    }

    [Fact]
    public void Sixty_thousand_references_on_one_line_are_all_read()
    {
        const int Count = 60_000;
        string runOn = string.Concat(Enumerable.Range(1, Count).Select(i => $"  ref {i + 100_000}: desc {i} dead node {i} s 1 w 1"));

        HandleSession session = DumpSource.Read($"binder state:\nproc 5\ncontext binder\n{runOn}\n\nproc 6\n").Clean().Session;

        Assert.True(runOn.Length > 2_000_000);
        Assert.Equal(Count, session.GetProcess(5).HandleCount);
        Assert.Equal(65_536, session.GetProcess(5).Capacity);
        Assert.Equal(2, session.Processes);
    }

    [Fact]
    public void A_holder_may_come_before_the_owner()
    {
        HandleSession session = DumpSource.Read($"""
            binder state:
            proc 5
            context binder
              ref 8: desc 1 node 7 s 1 w 1 d 0
            proc 4
            context binder
              node 7: {Pointers} hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5

            """).Clean().Session;

        Assert.Equal(4, session.GetProcess(5).GetReference(1)!.Owner!.Id);
    }

    /// <summary>A state in which process 4 has these nodes.</summary>
    private static string WithNode(params long[] nodes) => "binder state:\nproc 4\ncontext binder\n" +
        string.Concat(nodes.Select(node => $"  node {node}: {Pointers} hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0\n"));
}
