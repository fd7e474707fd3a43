namespace HandlePool.Conformance;

/// <summary>Represents what a kernel did in a scenario, compared with the model.</summary>
internal sealed class ScenarioResult
{
    private ScenarioResult(Scenario scenario, IReadOnlyList<DriverRow> rows, ModelReplay replay, TraceComparison trace) =>
        (Scenario, Rows, Replay, Trace) = (scenario, rows, replay, trace);

    internal Scenario Scenario { get; }

    internal IReadOnlyList<DriverRow> Rows { get; }

    internal ModelReplay Replay { get; }

    /// <summary>Gets the comparison of the trace; empty if there is none.</summary>
    internal TraceComparison Trace { get; }

    internal IReadOnlyList<Difference> Differences => [.. Replay.Differences, .. Trace.Differences];

    /// <summary>Returns whether this differs as another result does: there is a difference like its first one, with the same command or the same message.</summary>
    internal bool DiffersLike(ScenarioResult other) => Differences.Any(difference => difference.Kind == other.Differences[0].Kind);

    /// <summary>Plays what the guest wrote in the model.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="folder">The folder of its other results.</param>
    /// <param name="driver">The rules of the model.</param>
    internal static ScenarioResult Compare(Scenario scenario, IReadOnlyList<DriverRow> rows, string folder, HandleDriver driver)
    {
        ModelReplay replay = new(driver, folder);
        TraceComparison traced = new(driver, folder);
        string trace = Path.Combine(folder, "trace.txt");
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

        return new ScenarioResult(scenario, rows, replay, traced);
    }
}
