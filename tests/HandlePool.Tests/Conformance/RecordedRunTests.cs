using HandlePool.Conformance;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Conformance;

/// <summary>The model does what real drivers did: tests/data/conformance/README.md.</summary>
public class RecordedRunTests(ITestOutputHelper output)
{
    // As many steps as the recorded run of references on 7.3.4 has, in which the last one is a dump.
    private static readonly Scenario Whole = new("references", ["trace", .. Enumerable.Repeat("read C1", 66), "dump dead"]);

    private static readonly string Folder = DumpSource.DataFile("conformance");

    public static TheoryData<string, string> Runs =>
        new(from kernel in Directory.GetDirectories(Folder)
            from scenario in Directory.GetDirectories(kernel)
            orderby scenario
            select (Path.GetFileName(kernel), Path.GetFileName(scenario)));

    [Theory]
    [MemberData(nameof(Runs))]
    public void The_model_agrees_with_the_recorded_run_of_a_real_driver(string release, string scenario)
    {
        ScenarioResult result = Read(release, scenario);

        ModelReplay replay = result.Replay;
        output.WriteLine($"{replay.Operations} operations, {replay.Handles} handles, {replay.Answers} answers, {replay.Messages} messages, {replay.Dumps} dumps, "
            + $"{replay.DumpedReferences} references");
        Assert.Equal([], result.Differences.Select(difference => difference.ToString()));
        Assert.All([replay.Operations, replay.Handles, replay.Answers, replay.Messages, replay.Dumps, replay.DumpedReferences], count => Assert.True(count > 0));
        Assert.Empty(replay.LeftOut);
    }

    [Fact]
    public void The_trace_and_the_logs_of_a_recorded_run_are_those_of_the_model()
    {
        ScenarioResult result = Read("7.3.4+deb13-amd64", "references");

        Assert.Empty(result.Differences);
        output.WriteLine($"{result.Replay.Logged} logged calls, {result.Trace.Handles} traced handles, {result.Trace.Predicted} predictions");
        Assert.Equal((139, 34), (result.Replay.Logged, result.Trace.Handles));
        Assert.True(result.Trace.Predicted > 20, $"{result.Trace.Predicted}");
    }

    [Fact]
    public void Recorded_runs_are_of_drivers_with_a_tree_and_with_a_bitmap()
    {
        HandleDriver[] drivers = [.. Runs.Select(run => new KernelImage("", null, run.Data.Item1).Driver).Distinct().Order()];

        Assert.Equal([HandleDriver.C, HandleDriver.CTree], drivers);
    }

    [Theory]
    [InlineData("AddReference,C1,S1.2,4,", "AddReference,C1,S1.2,5,", "the driver has '5', and the model has '4'")]
    [InlineData("BC_TRANSACTION,BR_FAILED_REPLY,", "BC_TRANSACTION,,", "the driver has '', and the model has 'BR_FAILED_REPLY'")]
    [InlineData("S1.5,,,,,,binder,,,,BR,,BR_RELEASE\n", "S1.5,,,,,,binder,,,,BR,,BR_ACQUIRE\n", "the owner of S1.5 has read 'BR_INCREFS BR_ACQUIRE BR_ACQUIRE BR_DECREFS'")]
    public void A_driver_that_had_done_something_else_would_have_been_noticed(string real, string other, string expected)
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
        run.Change("rows.csv", real, other);

        Assert.Contains(run.Read().Differences, difference => difference.Text.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dead/state", " s 1 w 0 ", " s 2 w 0 ", "only the driver: ")]
    [InlineData("dead/state", " s 1 w 0 ", " s 2 w 0 ", "only the rows: ")]
    [InlineData("dead/held.tsv", "\t1\t0\n", "\t1\t7\n", "only the rows: ")]
    [InlineData("dead/transaction_log", "async from 249:249 to 250:0 context binder node", "async from 249:249 to 251:0 context binder node", "dead: transaction_log has OneWay 249 -> 251 ")]
    [InlineData("dead/transaction_log", " ret 0/0 l=0\n", " ret 29201/-22 l=0\n", " BR_FAILED_REPLY, and the model has ")]
    [InlineData("held/transactions", "  buffer ", "  buffer 1", "held: only state: buffer ")]
    [InlineData("trace.txt", "dest_desc=4\n", "dest_desc=5\n", ": the trace has no such handle of process ")]
    [InlineData("trace.txt", "dest_desc=7\n", "dest_desc=17\n", ": the trace has handle 17 at line ")]
    public void A_text_that_had_shown_something_else_would_have_been_noticed(string file, string real, string other, string expected)
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
        run.Change(file, real, other);

        Assert.Contains(run.Read().Differences, difference => difference.Text.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("returns/rows.csv", "returns,,held\n", "returns,,\n", "step 23: the owner of S1.1 has read ")]
    [InlineData("returns/rows.csv", "S1.7,,,,,,binder,,,,BR,,BR_RELEASE\n", "S1.7,,,,,,binder,,,,left out,,\n", "the owner of S1.7 has read 'BR_INCREFS BR_ACQUIRE', and the model says ")]
    [InlineData("returns/rows.csv", "S1.10,,,,,,binder,,,,BR,,BR_DECREFS\n", "S1.10,,,,,,binder,,,,BR,,BR_INCREFS\n", "the owner of S1.10 has read ")]
    [InlineData("returns/dropped/state", " hs 1 hw 1 ls 1 lw 0 is 0 iw 0 tr 1\n", " hs 0 hw 1 ls 1 lw 0 is 0 iw 0 tr 1\n", "dropped: only the driver prints: node of ")]
    [InlineData("returns/end/state", "  node ", "  node 1: u0000700001000fff c0000700001000fff hs 0 hw 0 ls 0 lw 0 is 0 iw 0 tr 1\n  node ", "end: only the driver prints: node of ")]
    [InlineData("freezes/rows.csv", "BR_TRANSACTION_PENDING_FROZEN", "", ": the driver has '', and the model has 'BR_TRANSACTION_PENDING_FROZEN'")]
    [InlineData("freezes/rows.csv", "BC_TRANSACTION,,one-way", "BC_TRANSACTION,BR_TRANSACTION_PENDING_FROZEN,one-way", ": the driver has 'BR_TRANSACTION_PENDING_FROZEN', and the model has ''")]
    [InlineData("calls/called/state", " outgoing transaction ", " pending transaction ", "called: only the rows: outgoing 143 -> 142")]
    [InlineData("calls/held/transactions", "  buffer 1714: 0 size 24:8:0 delivered\n", "  buffer 1714: 0 size 24:8:0 delivered\n  buffer 1714: 0 size 24:8:0 delivered\n", "held: only transactions: buffer 1714: ")]
    [InlineData("calls/refused/failed_transaction_log", "1719: ", "1718: async from 143:143 to 0:0 context binder node 0 handle 900 size 0:0 ret 29201/-22 l=3160\n1719: ", "failed_transaction_log has 2 calls, and the rows have 1")]
    public void What_is_read_or_printed_otherwise_would_have_been_noticed(string file, string real, string other, string expected)
    {
        string scenario = file[..file.IndexOf('/', StringComparison.Ordinal)];
        using TemporaryRun run = new("6.12.117+deb12-amd64", scenario);
        run.Change(file[(scenario.Length + 1)..], real, other);

        Assert.Contains(run.Read().Differences, difference => difference.Text.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_log_or_proc_that_is_missing_is_noticed()
    {
        using TemporaryRun run = new("6.12.117+deb12-amd64", "calls");
        File.Delete(Path.Combine(run.Folder, "called", "failed_transaction_log"));
        Directory.Delete(Path.Combine(run.Folder, "held", "proc"), recursive: true);
        Directory.CreateDirectory(Path.Combine(run.Folder, "held", "proc"));

        Assert.Equal(["called: there is no failed_transaction_log", "held: proc has no files"],
            run.Read().Differences.Select(difference => difference.Text));
    }

    [Fact]
    public void A_failed_log_that_has_calls_which_the_rows_lack_is_noticed()
    {
        using TemporaryRun run = new("6.12.117+deb12-amd64", "calls");
        File.WriteAllText(Path.Combine(run.Folder, "before", "failed_transaction_log"),
            "1: async from 143:143 to 0:0 context binder node 0 handle 900 size 0:0 ret 29201/-22 l=3160\n"
            + "2: async from 99:99 to 0:0 context binder node 0 handle 900 size 0:0 ret 29201/-22 l=3160\n");

        Assert.Equal(["before: failed_transaction_log has 1 calls, and the rows have 0"], run.Read().Differences.Select(difference => difference.Text));
    }

    [Fact]
    public void Steps_that_were_left_out_are_known()
    {
        using TemporaryRun run = new("6.12.117+deb12-amd64", "refused");
        string rows = Path.Combine(run.Folder, "rows.csv");
        File.AppendAllText(rows, $"{File.ReadLines(rows).Count()},77,,,,,,,,,,,,,left out,,\n");

        ScenarioResult result = run.Read();

        Assert.Empty(result.Differences);
        Assert.Equal([77], result.Replay.LeftOut);
    }

    [Fact]
    public void A_trace_of_which_the_model_predicts_nothing_is_no_success()
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
        string trace = Path.Combine(run.Folder, "trace.txt");
        string[] lines = File.ReadAllLines(trace);
        int last = Array.FindLastIndex(lines, line => line.Contains("binder_transaction_ref_to_ref", StringComparison.Ordinal));
        int sent = Array.FindLastIndex(lines, last, line => line.Contains(": binder_transaction: ", StringComparison.Ordinal));
        File.WriteAllLines(trace, lines.TakeWhile(line => line.StartsWith('#')).Concat([lines[sent], lines[last]]));
        Directory.GetDirectories(run.Folder).ToList().ForEach(moment => Directory.Delete(moment, recursive: true));
        TraceComparison comparison = new(HandleDriver.C, run.Folder);

        comparison.Compare([]);

        Assert.Equal(1, comparison.Handles);
        Assert.Contains(comparison.Differences, difference => difference.Text == "the model predicts none of the 1 handles in the trace");
    }

    [Fact]
    public void A_shortened_scenario_differs_in_the_same_way()
    {
        ScenarioResult handle = Changed("rows.csv", "AddReference,C1,S1.2,4,", "AddReference,C1,S1.2,5,");
        ScenarioResult other = Changed("rows.csv", "AddReference,C2,S1.1,", "AddReference,C2,S1.1,7");
        ScenarioResult answer = Changed("rows.csv", "BC_TRANSACTION,BR_FAILED_REPLY,", "BC_TRANSACTION,,");
        ScenarioResult dump = Changed("dead/held.tsv", "\t1\t0\n", "\t1\t7\n");

        Assert.True(other.DiffersLike(handle));
        Assert.False(answer.DiffersLike(handle));
        Assert.False(dump.DiffersLike(answer));
        Assert.False(Read("7.3.4+deb13-amd64", "references").DiffersLike(handle));

        static ScenarioResult Changed(string file, string real, string other)
        {
            using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
            run.Change(file, real, other);
            return run.Read();
        }
    }

    [Fact]
    public void Rows_that_were_cut_are_not_taken_for_all()
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
        string rows = Path.Combine(run.Folder, "rows.csv"), text = File.ReadAllText(rows);
        File.WriteAllText(rows, text[..(text.Length / 2)]);

        Assert.Contains("is not whole", Assert.Throws<InvalidDataException>(run.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_whole_is_compared()
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");

        run.Finish();

        PlayedScenario played = run.Play(Whole);

        Assert.Equal("", played.Failure);
        Assert.Empty(played.Result!.Differences);
    }

    [Theory]
    [InlineData("failure.txt", "conform: /scenarios/references:7: process S1 is gone\n", "the guest did not finish it: conform: /scenarios/references:7: process S1 is gone")]
    [InlineData("end.txt", null, "the guest did not finish it: there is no end.txt")]
    [InlineData("end.txt", "many\n", "end.txt is not a number of rows: 'many'")]
    [InlineData("end.txt", "229\n", "rows.csv has 228 of 229 rows")]
    [InlineData("rows.csv", DriverRow.Header + "\n", "rows.csv has 0 of 228 rows")]
    [InlineData("rows.csv", null, "its results are not whole: ")]
    [InlineData("dead/state", null, "the dump 'dead' has no state, or an empty one")]
    [InlineData("dead/state", "", "the dump 'dead' has no state, or an empty one")]
    [InlineData("dead/held.tsv", null, "the dump 'dead' has no held.tsv")]
    [InlineData("dead/transaction_log", null, "the dump 'dead' has no transaction_log")]
    [InlineData("trace.txt", null, "there is no trace.txt, and step ")]
    [InlineData("trace.txt", "# tracer: nop\n", "trace.txt ends before step 68")]
    public void A_run_that_lacks_something_is_a_failure_and_neither_agrees_nor_differs(string file, string? text, string expected)
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
        run.Finish();
        string path = Path.Combine(run.Folder, file);
        File.Delete(path);
        if (text is not null)
            File.WriteAllText(path, text);

        PlayedScenario played = run.Play(Whole);

        Assert.Null(played.Result);
        Assert.StartsWith(expected, played.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dump_without_a_row_and_rows_without_an_operation_are_failures()
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
        string rows = Path.Combine(run.Folder, "rows.csv");
        string[] lines = File.ReadAllLines(rows);
        File.WriteAllLines(rows, lines[..^1]);
        run.Finish();
        Assert.Equal("no row tells of the dump of step 68", run.Play(Whole).Failure);

        File.WriteAllLines(rows, lines[..1]);
        run.Finish();
        Assert.Equal("nothing was compared: its rows have no operation", run.Play(new Scenario("nothing", ["read C1"])).Failure);
    }

    private static ScenarioResult Read(string release, string scenario) =>
        Compare(new Scenario(scenario, []), Path.Combine(Folder, release, scenario), release);

    private static ScenarioResult Compare(Scenario scenario, string folder, string release) =>
        ScenarioResult.Compare(scenario, DriverRow.ReadAll(Path.Combine(folder, "rows.csv")), folder, new KernelImage("", null, release).Driver);

    /// <summary>A copy of a recorded run, to be changed.</summary>
    private sealed class TemporaryRun : IDisposable
    {
        private readonly string _release;

        internal TemporaryRun(string release, string scenario)
        {
            _release = release;
            string source = Path.Combine(RecordedRunTests.Folder, release, scenario);
            foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            {
                string target = Path.Combine(Folder, Path.GetRelativePath(source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }

        internal string Folder { get; } = Directory.CreateTempSubdirectory("handlepool-").FullName;

        /// <summary>Replaces the first of a text in a file, which must have it.</summary>
        internal void Change(string file, string real, string other)
        {
            string path = Path.Combine(Folder, file), text = File.ReadAllText(path);
            int at = text.IndexOf(real, StringComparison.Ordinal);
            Assert.True(at >= 0);
            File.WriteAllText(path, text[..at] + other + text[(at + real.Length)..]);
        }

        /// <summary>Adds what the guest's program writes last.</summary>
        internal void Finish()
        {
            string rows = Path.Combine(Folder, "rows.csv");
            File.WriteAllText(Path.Combine(Folder, ResultCheck.End), FormattableString.Invariant($"{File.ReadLines(rows).Count() - 1}\n"));
        }

        internal PlayedScenario Play(Scenario scenario) => PlayedScenario.Read(scenario, Folder, new KernelImage("", null, _release).Driver);

        internal ScenarioResult Read() => Compare(new Scenario("", []), Folder, _release);

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
