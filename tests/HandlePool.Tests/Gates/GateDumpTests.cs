using System.Text;
using HandlePool.Dumps;
using HandlePool.Gates;
using HandlePool.Tests.Dumps;
using HandlePool.Text;
using static HandlePool.Tests.Gates.GateSeriesBuilder;

namespace HandlePool.Tests.Gates;

public class GateDumpTests
{
    private const string State = "binder state:\nproc 1 (server)\ncontext binder\n  node 1: u1 c1 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 20\n"
        + "proc 20 (app)\ncontext binder\n  ref 2: desc 1 node 1 s 1 w 1 d 0\n";

    [Fact]
    public void Evidence_has_the_file_and_the_line_on_which_the_process_begins()
    {
        HandleGrowthResult result = Only([Read(State, "first.txt"), Read(State, "second.txt")], Pair(limit: 0));

        Assert.Equal((HandleGrowthOutcome.Failed, "first.txt", 5), (result.Outcome, result.Path, result.Line));
        HandleGrowthResult growth = Only([Read(State, "first.txt"), Read(State, "second.txt")], Pair(perSample: 0));
        Assert.Equal((HandleGrowthOutcome.Passed, "second.txt", 5), (growth.Outcome, growth.Path, growth.Line));
    }

    [Fact]
    public void A_copy_of_a_session_keeps_file_and_line()
    {
        HandleGrowthResult result = Only([Read(State, "first.txt").Copy("copy")], Pair(limit: 0));

        Assert.Equal(("first.txt", 5), (result.Path, result.Line));
    }

    [Fact]
    public void Statistics_have_lines_and_tell_totals_buffers_and_threads()
    {
        string text = "binder stats:\nproc 7\ncontext binder\n  threads: 3\n  buffers: 4\n  refs: 9 s 8 w 9\n  nodes: 2\n"
            + "  BC_INCREFS: 9\n  BC_REQUEST_DEATH_NOTIFICATION: 5\n";

        foreach ((HandleGrowthMetric metric, double measured) in new[]
        {
            (HandleGrowthMetric.Handles, 9.0), (HandleGrowthMetric.Strong, 8), (HandleGrowthMetric.Buffers, 4), (HandleGrowthMetric.Threads, 3),
            (HandleGrowthMetric.DeathLinks, 5),
        })
        {
            HandleGrowthResult result = Only([Read(text, "stats")], new HandleGrowthRule { Name = "r", Holder = "7", Metric = metric, Limit = 0 });
            Assert.Equal((HandleGrowthOutcome.Failed, measured, "stats", 2), (result.Outcome, result.Measured, result.Path, result.Line));
        }

        Assert.Equal(2, Only([Read(text, "stats")], new HandleGrowthRule { Name = "r", Owner = "7", Metric = HandleGrowthMetric.Nodes, Limit = 0 }).Measured);
        HandleGrowthResult weak = Only([Read(text, "stats")], new HandleGrowthRule { Name = "r", Holder = "7", Metric = HandleGrowthMetric.WeakOnly, Limit = 0 });
        Assert.Equal(HandleGrowthOutcome.Undecidable, weak.Outcome);
    }

    [Fact]
    public void Statistics_whose_commands_begin_again_are_of_another_process_of_the_pid()
    {
        HandleSession[] series = [Read(Stats(50, 90), "a"), Read(Stats(60, 100), "b"), Read(Stats(900, 950), "c"), Read(Stats(20, 30), "d"), Read(Stats(21, 31), "e")];

        HandleGrowthResult result = Only(series[2..], new HandleGrowthRule { Name = "r", Holder = "7", GrowthPerSample = 5 });

        Assert.Equal((HandleGrowthOutcome.Passed, "d", "e"), (result.Outcome, result.FirstSample, result.LastSample));
        Assert.Contains("so that pid 7 is of another process", result.Evidence);
        Assert.Equal(HandleGrowthOutcome.Undecidable, Only(series[2..4], new HandleGrowthRule { Name = "r", Holder = "7", GrowthPerSample = 5 }).Outcome);

        static string Stats(int handles, int commands) => $"binder stats:\nproc 7\ncontext binder\n  refs: {handles} s {handles} w {handles}\n  BC_INCREFS: {commands}\n";
    }

    [Fact]
    public void A_dump_that_was_cut_off_fails_what_is_too_much_and_passes_nothing()
    {
        HandleSession cut = Read(State + "  ref 3: desc 2 node 9 s 1", "cut.txt");

        Assert.Equal(HandleGrowthOutcome.Failed, Only([cut], Pair(limit: 0)).Outcome);
        HandleGrowthResult result = Only([cut], Pair(limit: 5));
        Assert.Equal(HandleGrowthOutcome.Undecidable, result.Outcome);
        Assert.StartsWith("at least 1 handle in 'cut.txt', and 5 are allowed. There may be more: its dump was cut off.", result.Evidence);
    }

    [Theory]
    [InlineData("  rfe 3: desc 2 node 9 s 1 w 1 d 0")]
    [InlineData("  ref 3: dsec 2 node 9 s 1 w 1 d 0")]
    [InlineData("what is this?")]
    public void A_dump_with_a_line_that_was_not_read_fails_what_is_too_much_and_passes_nothing(string line)
    {
        HandleSession damaged = Read(State + line + "\n", "bad\u0007.txt");

        Assert.Equal(HandleGrowthOutcome.Failed, Only([damaged], Pair(limit: 0)).Outcome);
        HandleGrowthResult result = Only([damaged], Pair(limit: 5));
        Assert.Equal(HandleGrowthOutcome.Undecidable, result.Outcome);
        int number = State.Count(character => character == '\n') + 1;
        Assert.Contains($"There may be more: lines of its dump could not be read, from line {number} of 'bad[U+0007].txt' on.", result.Evidence);
        HandleGrowthResult growth = Only([Read(State, "a"), Read(State + "\n", "b"), damaged], new HandleGrowthRule { Name = "r", Holder = "app", GrowthPerSample = 5 });
        Assert.Equal(HandleGrowthOutcome.Undecidable, growth.Outcome);
        Assert.Contains($"the growth is unknown: in 'bad[U+0007].txt', lines of its dump could not be read, from line {number} of", growth.Evidence);
    }

    [Fact]
    public void Statistics_with_a_line_that_was_not_read_pass_nothing()
    {
        const string Text = "binder stats:\nproc 7\ncontext binder\n  refs: 9 s 8 w 9\nproc 8\ncontext binder\n  refs: x s 8 w 9\n";

        Assert.Equal(HandleGrowthOutcome.Undecidable, Only([Read(Text, "stats")], new HandleGrowthRule { Name = "r", Holder = "7", Limit = 9 }).Outcome);
    }

    [Fact]
    public void One_cut_off_among_others_fails_what_it_shows_to_be_too_much()
    {
        string cut = State + string.Concat(Enumerable.Range(10, 9).Select(id => $"  ref {id}: desc {id} node {id} s 1 w 1 d 0\n")).TrimEnd();
        HandleSession[] series = [Read(State, "a"), Read(State + "\n", "b"), Read(cut, "cut")];

        HandleGrowthResult result = Only(series, new HandleGrowthRule { Name = "r", Holder = "app", Limit = 5 });
        Assert.Equal((HandleGrowthOutcome.Failed, "cut"), (result.Outcome, result.LastSample));
        Assert.StartsWith("at least ", result.Evidence);
        Assert.Equal(HandleGrowthOutcome.Passed, Only(series, new HandleGrowthRule { Name = "r", Holder = "app", Limit = 500 }).Outcome);
        Assert.Equal(HandleGrowthOutcome.Failed, Only(series, new HandleGrowthRule { Name = "r", Holder = "app", GrowthPerSample = 1 }).Outcome);
    }

    [Fact]
    public void A_process_whose_lines_may_be_those_that_were_not_read_does_not_pass()
    {
        const string Text = "binder stats:\nproc 7\ncontext binder\n  refs: 9 s 8 w 9\nproc 8\ncontext binder\n  refs: 3 s 8 w 9\n";

        HandleGrowthResult result = Only([Read(Text, "a"), Read(Text.Replace("refs: 3", "refs: x", StringComparison.Ordinal), "b")],
            new HandleGrowthRule { Name = "r", Holder = "8", Limit = 9 });
        Assert.Equal(HandleGrowthOutcome.Undecidable, result.Outcome);
        Assert.EndsWith("'b' does not show it: lines of its dump could not be read, from line 7 of 'b' on.", result.Evidence);
    }

    [Theory]
    [InlineData("*", "(dead)", HandleGrowthOutcome.Passed)]
    [InlineData("server", "app*", HandleGrowthOutcome.Passed)]
    [InlineData("*", "nobody", HandleGrowthOutcome.Undecidable)]
    public void A_rule_passes_where_processes_that_fit_hold_nothing(string holder, string owner, HandleGrowthOutcome outcome)
    {
        HandleGrowthRule rule = new() { Name = "r", Holder = holder, Owner = owner, Limit = 0 };

        Assert.Equal(outcome, Only([Read(State, "a")], rule).Outcome);
        Assert.Equal(HandleGrowthOutcome.Undecidable, Only([Read(State + "  what\n", "a")], rule).Outcome);
    }

    [Fact]
    public void One_cut_off_among_others_is_left_out_with_a_note()
    {
        HandleGrowthTest test = Judge([Read(State, "a"), Read(State + "  ref 3: desc 2 node 9 s 1", "cut"), Read(State.Replace("proc 20", "proc 20", StringComparison.Ordinal), "c")],
            Pair(limit: 5));

        Assert.Equal((HandleGrowthOutcome.Passed, 2), (test.Outcome, test.Samples.Count));
        Assert.Contains(test.Notes, note => note.StartsWith("1 of 3 dumps is cut off", StringComparison.Ordinal));
        Assert.Contains("'a' and 'c' have the same text, so that nothing grows between them.", test.Notes);
    }

    [Fact]
    public void A_rule_on_interfaces_without_a_report_is_undecidable()
    {
        HandleGrowthResult result = Only([Read(State, "a")], new HandleGrowthRule { Name = "r", Holder = "app", Interface = "*", Limit = 5 });

        Assert.Equal((HandleGrowthOutcome.Undecidable, "*"), (result.Outcome, result.Interface));
        Assert.Contains("interfaces", result.Evidence);
    }

    [Fact]
    public void Interfaces_of_a_report_are_judged_by_holder()
    {
        string path = DumpSource.DataFile("evidence/killed.txt");
        HandleSession session = Assert.Single(DumpReader.ReadFile(path)).Session;

        HandleGrowthTest test = Judge([session], new HandleGrowthRule { Name = "r", Holder = "*", Interface = "*", Limit = 0 });

        Assert.Contains(test.Results, result => result is { Outcome: HandleGrowthOutcome.Failed, Interface: not null, Owner: "(all)" });
    }

    [Fact]
    public void Hostile_names_are_shown_by_numbers()
    {
        HandleSession session = Read(State.Replace("(app)", "(a\u001bp]]>|`\"<&)", StringComparison.Ordinal), "a\u0007.txt");

        HandleGrowthResult result = Only([session], Pair(limit: 0, holder: "a*"));

        Assert.Equal(("a[U+001B]p]]>|`\"<&", "a[U+0007].txt"), (result.Holder, result.Path));
        foreach (string text in new[] { result.Evidence, result.ToString(), result.FirstSample! })
            Assert.Equal(VisibleText.Of(text), text);
    }

    private static HandleSession Read(string text, string path) =>
        Assert.Single(DumpReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), path)).Session;
}
