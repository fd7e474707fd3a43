using System.Text.RegularExpressions;

namespace HandlePool.Conformance;

/// <summary>Represents what a kernel did in a scenario, compared with the model.</summary>
internal sealed partial class ScenarioResult
{
    private ScenarioResult(Scenario scenario, IReadOnlyList<DriverRow> rows, ModelReplay replay, TraceComparison trace, string failure) =>
        (Scenario, Rows, Replay, Trace, Failure) = (scenario, rows, replay, trace, failure);

    internal Scenario Scenario { get; }

    internal IReadOnlyList<DriverRow> Rows { get; }

    internal ModelReplay Replay { get; }

    /// <summary>Gets the comparison of the trace; empty if there is none.</summary>
    internal TraceComparison Trace { get; }

    /// <summary>Gets why the guest did not play the scenario to its end; empty if it did.</summary>
    internal string Failure { get; }

    /// <summary>Gets the failure, from which others may follow, and the differences.</summary>
    internal IReadOnlyList<Difference> Differences =>
        [.. Failure.Length == 0 ? (Difference[])[] : [new Difference(0, 0, "failure", $"the guest did not finish: {Failure}")], .. Replay.Differences, .. Trace.Differences];

    /// <summary>
    /// Returns whether this differs as another result does: the guest has failed for the same reason, or it has not failed and there is a difference
    /// like the first one, with the same command or the same message.
    /// </summary>
    internal bool DiffersLike(ScenarioResult other) => ReasonOf(Failure) == ReasonOf(other.Failure)
        && (Failure.Length > 0 || Differences.Any(difference => difference.Kind == other.Differences[0].Kind));

    /// <summary>Returns why a guest has failed, without the scenario and the numbers.</summary>
    private static string ReasonOf(string failure) => Place().Replace(failure, "");

    /// <summary>Reads what the guest wrote, and plays it in the model.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="folder">The folder of its results.</param>
    /// <param name="driver">The rules of the model.</param>
    /// <exception cref="InvalidDataException">The rows are not whole.</exception>
    internal static ScenarioResult Read(Scenario scenario, string folder, HandleDriver driver)
    {
        IReadOnlyList<DriverRow> rows = DriverRow.ReadAll(Path.Combine(folder, "rows.csv"));
        ModelReplay replay = new(driver, folder);
        TraceComparison traced = new(driver, folder);
        string trace = Path.Combine(folder, "trace.txt"), failure = Path.Combine(folder, "failure.txt");
        if (File.Exists(trace))
        {
            using StreamReader text = File.OpenText(trace);
            replay.Play(rows, BitmapTrace.Read(text));
            traced.Compare(rows);
        }
        else
        {
            replay.Play(rows);
        }

        return new ScenarioResult(scenario, rows, replay, traced, File.Exists(failure) ? File.ReadAllText(failure).Trim() : "");
    }

    [GeneratedRegex("^conform: [^ ]*: |[0-9]+")]
    private static partial Regex Place();
}
