using HandlePool.Dumps;

namespace HandlePool.Tests.Dumps;

public class DumpBrokenLineTests
{
    private const int BrokenLine = 7;

    // Whether the context of a process that cannot be read is a problem of its own is the reader's to decide.
    private const int ContextLine = 8;

    [Theory]
    [InlineData("  ref 5: node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 9 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 9 node s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 9 dead node s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 9 node 7 w 1 d 0")]
    [InlineData("  ref 5: desc 9 node 7 s 1 d 0")]
    [InlineData("  ref 5: desc 9 node 7")]
    [InlineData("  ref 5: desc 9")]
    [InlineData("  ref 5:")]
    [InlineData("  ref 5 desc 9 node 7 s 1 w 1 d 0")]
    [InlineData("  ref x: desc 9 node 7 s 1 w 1 d 0")]
    [InlineData("  ref : desc 9 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc -1 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 0x9 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 9.5 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 1073741824 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 2147483647 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 2147483648 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 4294967295 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 4294967297 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 18446744073709551617 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 99999999999999999999999999 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 9 node -4294967303 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 9 node 99999999999999999999999999 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 9 node 7 s -1 w 1 d 0")]
    [InlineData("  ref 5: desc 9 node 7 s 1 w -1 d 0")]
    [InlineData("  ref 5: desc 9 node 7 s 4294967297 w 1 d 0")]
    [InlineData("  ref 5: desc 9 node 7 s 1 w 2147483648 d 0")]
    [InlineData("  ref 5: desc 9 node 7 s 1 w 99999999999999999999999999 d 0")]
    [InlineData("  ref 5: desc 9 node 7 s true w true d 0")]
    [InlineData("  node 9: hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    [InlineData("  node 9: ub1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    [InlineData("  node 9: u c hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    [InlineData("  node 9: ub1 cb1")]
    [InlineData("  node 9:")]
    [InlineData("  node 9 ub1 cb1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    [InlineData("  node x: ub1 cb1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    [InlineData("  node -4294967305: ub1 cb1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    [InlineData("  node 99999999999999999999999999: ub1 cb1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    public void A_broken_line_is_reported_and_the_rest_is_read(string line)
    {
        string whole = Around(line);

        ImportedDump result = DumpSource.Read(whole);

        AssertProblem(result, line);
        Assert.Equal(DumpSource.Read(Around("")).Clean().Session.Describe(), result.Session.Describe());
        Assert.Equal(HandleFindingKind.LinesNotRead, Assert.Single(result.Session.Findings).Kind);
    }

    [Theory]
    [InlineData("proc abc")]
    [InlineData("proc -5")]
    [InlineData("proc (system_server)")]
    [InlineData("proc 2147483648")]
    [InlineData("proc 99999999999999999999999999")]
    [InlineData("proc 5x")]
    [InlineData("proc 0x5")]
    public void Lines_after_a_process_without_a_pid_do_not_join_the_previous_one(string line)
    {
        ImportedDump result = DumpSource.Read(Around(line + "\ncontext binder\n  node 88: ub1 cb1 hs 1 hw 1 ls 0 lw 0 is 0 iw 0 tr 0"));

        Assert.All(result.Problems, problem => Assert.Equal(DumpSource.Name, problem.Path));
        Assert.Equal([0, 4, 6], result.Session.GetProcesses().Select(process => process.Id));
        Assert.Equal([1], result.Session.GetProcess(4).GetReferences().Select(reference => reference.Handle));
        Assert.Equal([1, 2], result.Session.GetProcess(6).GetReferences().Select(reference => reference.Handle));
        Assert.Equal(0, result.Session.GetNode(88).Owner!.Id);
        Assert.Equal([7L], result.Problems.Select(problem => problem.Line).Where(number => number != ContextLine));
        Assert.Equal(result.Problems.Count, result.ProblemCount);
    }

    [Theory]
    [InlineData("  ref 5: desc 1 node 7 s 1 w 1 d 0")]
    [InlineData("  ref 5: desc 1 dead node 7 s 1 w 1")]
    [InlineData("  node 7: ub1 cb1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 0 proc 5")]
    public void A_dump_line_outside_a_process_is_a_problem(string line)
    {
        ImportedDump result = DumpSource.Read($"binder state:\n{line}\nproc 5\ncontext binder\n");

        DumpProblem problem = Assert.Single(result.Problems);
        Assert.Equal((2, line), (problem.Line, problem.Text));
        Assert.Equal(1, result.Session.Processes);
        Assert.Equal((0, 0), (result.Session.Nodes, result.Session.GetProcess(5).HandleCount));
    }

    [Fact]
    public void A_reference_among_the_dead_nodes_is_a_problem()
    {
        ImportedDump result = DumpSource.Read("binder state:\nproc 5\ndead nodes:\n  ref 5: desc 1 dead node 7 s 1 w 1 d 0\nproc 6\n");

        Assert.Equal(4, Assert.Single(result.Problems).Line);
        Assert.All(result.Session.GetProcesses(), process => Assert.Equal(0, process.HandleCount));
    }

    [Fact]
    public void A_broken_reference_in_a_run_on_line_does_not_affect_the_others()
    {
        ImportedDump result = DumpSource.Read("binder state:\nproc 5\ncontext binder\n  ref 20: desc 1 dead node 7 s 1 w 1" +
            "  ref 21: desc x dead node 8 s 1 w 1  ref 22: desc 3 dead node 9 s 1 w 1  ref 23: desc 4294967295 dead node 10 s 1 w 1" +
            "  ref 24: desc 5 dead node 11 s 1 w 1\nproc 6\n");

        Assert.Equal(2, result.ProblemCount);
        Assert.All(result.Problems, problem => Assert.Equal(4, problem.Line));
        Assert.Equal([1, 3, 5], result.Session.GetProcess(5).GetReferences().Select(reference => reference.Handle));
        Assert.Equal(2, result.Session.Processes);
    }

    [Fact]
    public void A_handle_beyond_the_limit_of_the_session_is_a_problem()
    {
        ImportedDump result = DumpSource.Read(
            "binder state:\nproc 5\n  ref 20: desc 127 dead node 7 s 1 w 1 d 0\n  ref 21: desc 128 dead node 8 s 1 w 1 d 0\n",
            new DumpReaderOptions { Session = new HandleSessionOptions { MaxCapacity = 200 } });

        Assert.Equal(4, Assert.Single(result.Problems).Line);
        Assert.Equal((1, 128), (result.Session.GetProcess(5).HandleCount, result.Session.GetProcess(5).Capacity));
    }

    [Fact]
    public void Hostile_handles_in_a_dump_cost_no_memory()
    {
        string[] hostile = ["1073741824", "2147483647", "4294967295", "9999999999", "999999999999999999", "99999999999999999999"];
        string text = "binder state:\nproc 5\n" + string.Concat(
            hostile.Select(handle => $"  ref 20: desc {handle} dead node {handle} s 1 w 1 d 0\n"));
        DumpSource.Read(text);

        long before = GC.GetAllocatedBytesForCurrentThread();
        ImportedDump result = DumpSource.Read(text);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(6, result.ProblemCount);
        Assert.Equal(64, result.Session.GetProcess(5).Capacity);
        Assert.Equal(0, result.Session.Nodes);
        Assert.InRange(allocated, 0, 8_000_000);
    }

    [Fact]
    public void The_first_hundred_problems_are_kept_and_all_are_counted()
    {
        ImportedDump result = DumpSource.Read(
            "binder state:\nproc 5\n" + string.Concat(Enumerable.Range(1, 1500).Select(i => $"  ref {i}: desc x node 7 s 1 w 1\n")));

        Assert.Equal(1500, result.ProblemCount);
        Assert.Equal(DumpReader.MaxProblems, result.Problems.Count);
        Assert.Equal(Enumerable.Range(3, 100).Select(i => (long)i), result.Problems.Select(problem => problem.Line));
    }

    [Fact]
    public void Unknown_lines_are_counted_and_the_first_few_are_kept()
    {
        ImportedDump result = DumpSource.Read("binder state:\nvendor heading\nproc 5\n" +
            string.Concat(Enumerable.Range(1, 20).Select(i => $"  vendor: line {i}\n")) + "  ref 9: desc 1 dead node 7 s 1 w 1 d 0\n");

        Assert.Equal(21, result.UnknownLineCount);
        Assert.Equal(DumpReader.MaxUnknownLines, result.UnknownLines.Count);
        Assert.Equal([2L, 4, 5, 6, 7], result.UnknownLines.Select(line => line.Line));
        Assert.Equal("vendor heading", result.UnknownLines[0].Text);
        Assert.All(result.UnknownLines, line => Assert.Equal(DumpSource.Name, line.Path));
        Assert.Empty(result.Problems);
        Assert.Equal(1, result.Session.GetProcess(5).HandleCount);
    }

    [Fact]
    public void A_problem_becomes_an_error_that_names_file_and_line()
    {
        DumpProblem problem = Assert.Single(DumpSource.Read(Around("  ref 5: desc x node 7 s 1 w 1")).Problems);

        HandleException error = problem.ToException();

        Assert.Equal((HandleErrorIds.DumpFormat, Errno.EINVAL), (error.ErrorId, error.Errno));
        Assert.Contains(DumpSource.Name, error.Message, StringComparison.Ordinal);
        Assert.Contains("7", error.Message, StringComparison.Ordinal);
        Assert.Contains("desc x", error.Message, StringComparison.Ordinal);
        Assert.Same(problem, error.Target);
    }

    [Theory]
    [InlineData(0, "", "state.txt: it is odd")]
    [InlineData(7, "", "state.txt:7: it is odd")]
    [InlineData(7, "ref x", "state.txt:7: it is odd: 'ref x'.")]
    public void An_error_of_a_problem_has_no_line_and_no_text_that_it_lacks(long line, string text, string message) =>
        Assert.Equal(message, new DumpProblem("state.txt", line, "it is odd", text).ToException().Message);

    [Fact]
    public void Problem_texts_are_short_and_free_of_control_characters()
    {
        ImportedDump result = DumpSource.Read(Around("  ref 5: \u001b[31mdesc\u0000 \u202e" + new string('x', 500)));

        string text = Assert.Single(result.Problems).Text;
        Assert.InRange(text.Length, 20, 100);
        Assert.DoesNotContain(text, character => char.IsControl(character) || character == '\u202e');
    }

    [Fact]
    public void A_meaningless_line_of_three_megabytes_is_one_unknown_line()
    {
        string junk = new('x', 3_000_000);

        ImportedDump result = DumpSource.Read(Around(junk));

        Assert.Equal(1, result.UnknownLineCount + result.ProblemCount);
        DumpProblem line = Assert.Single(result.UnknownLines.Concat(result.Problems));
        Assert.Equal(BrokenLine, line.Line);
        Assert.InRange(line.Text.Length, 20, 100);
        Assert.Equal(DumpSource.Read(Around("")).Session.Describe(), result.Session.Describe());
    }

    [Fact]
    public void Line_numbers_stay_right_after_a_line_of_three_megabytes()
    {
        string runOn = string.Concat(Enumerable.Range(3, 70_000).Select(i => $"  ref {i + 100_000}: desc {i} dead node {i + 100} s 1 w 1"));

        ImportedDump result = DumpSource.Read(Around(runOn) + "  ref 5: desc x\n");

        Assert.True(runOn.Length > 3_000_000);
        Assert.Equal(Around("").Count(character => character == '\n') + 1, Assert.Single(result.Problems).Line);
        Assert.Equal(70_001, result.Session.GetProcess(4).HandleCount);
    }

    /// <summary>A dump whose seventh line, in process 4, is the one given.</summary>
    private static string Around(string line) => $"""
        binder state:
        dead nodes:
          node 7: ub1 cb1 hs 1 hw 1 ls 0 lw 0 is 2 iw 2 tr 0 proc 6 4
        proc 4
        context binder
          ref 20: desc 1 dead node 7 s 1 w 1 d 0
        {line}
          buffer 4: 0 size 88:8:0 delivered
        """ + (line.StartsWith("proc", StringComparison.Ordinal) ? "\n  ref 21: desc 2 dead node 7 s 1 w 1 d 0" : "") + """

        proc 6
        context binder
          ref 22: desc 1 dead node 7 s 1 w 1 d 0
          ref 23: desc 2 dead node 70 s 1 w 1 d 0

        """;

    private static void AssertProblem(ImportedDump result, string line)
    {
        DumpProblem problem = Assert.Single(result.Problems);
        Assert.Equal(1, result.ProblemCount);
        Assert.Equal((DumpSource.Name, BrokenLine), (problem.Path, problem.Line));
        Assert.StartsWith(problem.Text.Replace("...", "", StringComparison.Ordinal), line, StringComparison.Ordinal);
        Assert.InRange(problem.Text.Length, Math.Min(line.Length, 60), 100);
        Assert.NotEmpty(problem.Message);
        Assert.Empty(result.UnknownLines);
    }
}
