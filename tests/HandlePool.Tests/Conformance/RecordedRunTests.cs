using HandlePool.Conformance;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Conformance;

/// <summary>The model does what real drivers did: tests/data/conformance/README.md.</summary>
public class RecordedRunTests(ITestOutputHelper output)
{
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
    [InlineData("S1.5,,,,,,binder,,,,BR,,BR_RELEASE\n", "S1.5,,,,,,binder,,,,BR,,BR_ACQUIRE\n", "the owner of S1.5 read 'BR_INCREFS BR_ACQUIRE BR_ACQUIRE BR_DECREFS'")]
    public void A_driver_that_had_done_something_else_would_have_been_noticed(string real, string other, string expected)
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
        string rows = Path.Combine(run.Folder, "rows.csv"), text = File.ReadAllText(rows);
        int at = text.IndexOf(real, StringComparison.Ordinal);
        Assert.True(at >= 0);
        File.WriteAllText(rows, text[..at] + other + text[(at + real.Length)..]);

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
        string path = Path.Combine(run.Folder, file), text = File.ReadAllText(path);
        int at = text.IndexOf(real, StringComparison.Ordinal);
        Assert.True(at >= 0);
        File.WriteAllText(path, text[..at] + other + text[(at + real.Length)..]);

        Assert.Contains(run.Read().Differences, difference => difference.Text.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_that_were_cut_are_not_taken_for_all()
    {
        using TemporaryRun run = new("7.3.4+deb13-amd64", "references");
        string rows = Path.Combine(run.Folder, "rows.csv"), text = File.ReadAllText(rows);
        File.WriteAllText(rows, text[..(text.Length / 2)]);

        Assert.Contains("is not whole", Assert.Throws<InvalidDataException>(run.Read).Message, StringComparison.Ordinal);
    }

    private static ScenarioResult Read(string release, string scenario) => ScenarioResult.Read(new Scenario(scenario, []), Path.Combine(Folder, release, scenario),
        new KernelImage("", null, release).Driver);

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

        internal ScenarioResult Read() => ScenarioResult.Read(new Scenario("", []), Folder, new KernelImage("", null, _release).Driver);

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
