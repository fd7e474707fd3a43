using System.Globalization;
using System.Text.RegularExpressions;
using HandlePool.Dumps;
using HandlePool.Traces;

namespace HandlePool.Conformance;

/// <summary>
/// Compares the trace of a scenario with the model: each handle in it with the one that the model gives out, from nothing and from the state of each
/// moment, and with those that arrived by the rows.
/// </summary>
/// <param name="driver">The rules of the model.</param>
/// <param name="folder">The folder of the scenario.</param>
internal sealed partial class TraceComparison(HandleDriver driver, string folder)
{
    private readonly List<Difference> _differences = [];

    // The lines at which steps begin, and their numbers.
    private readonly List<long> _lines = [];
    private readonly List<int> _steps = [];

    internal IReadOnlyList<Difference> Differences => _differences;

    /// <summary>Gets the number of handles in the trace.</summary>
    internal int Handles { get; private set; }

    /// <summary>Gets the number of handles that the model predicts, from nothing and from each moment.</summary>
    internal long Predicted { get; private set; }

    internal void Compare(IReadOnlyList<DriverRow> rows)
    {
        string path = Path.Combine(folder, "trace.txt");
        if (!ReadSteps(path))
            return;
        HandleTrace trace = TraceReader.ReadFiles([path]);
        Handles = trace.ReferenceCount;
        _differences.AddRange(trace.Problems.Select(problem => new Difference(StepOf(problem.Line), 0, "trace", $"trace: {problem.Message}: {problem.Text}")));
        if (trace.LostEvents + trace.OverwrittenEvents > 0)
            _differences.Add(new Difference(0, 0, "trace", $"the trace lacks {trace.LostEvents + trace.OverwrittenEvents} events: the guest's buffer is too small"));
        Test(trace, "nothing", session: null);
        foreach (string state in Directory.GetFiles(folder, "state", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            Test(trace, Path.GetFileName(Path.GetDirectoryName(state))!, DumpReader.ReadFile(state).Single().Session);
        if (Handles > 0 && Predicted == 0)
            _differences.Add(new Difference(0, 0, "trace", $"the model predicts none of the {Handles} handles in the trace"));
        CompareArrivals(trace, rows);
    }

    private void Test(HandleTrace trace, string from, HandleSession? session)
    {
        HandleTraceTest test = TraceTest.Run(trace, session, driver);
        Predicted += test.Predicted;
        _differences.AddRange(test.Divergences.Select(each => new Difference(StepOf(each.Line), 0, "traced handle",
            FormattableString.Invariant($"step {StepOf(each.Line)}: the trace has handle {each.Found} at line {each.Line}, and the model, from {from}, has {each.Expected}: {each.Reason}"))));
    }

    /// <summary>Compares the handles that arrived with those that the driver says it gave the process. Those of refused transactions do not arrive.</summary>
    private void CompareArrivals(HandleTrace trace, IReadOnlyList<DriverRow> rows)
    {
        Dictionary<(int Process, long Handle), int> given = [];
        foreach (HandleTraceEvent each in trace.GetEvents().Where(each => each is { Handle: not null, DestinationProcessId: not null }))
        {
            (int, long) key = (each.DestinationProcessId!.Value, each.Handle!.Value);
            given[key] = given.GetValueOrDefault(key) + 1;
        }

        Dictionary<string, int> pids = [];
        foreach (DriverRow row in rows)
        {
            if (row.Operation is { Operation: HandleOperationKind.NewProcess, Id: { } pid })
                pids[row.Process] = pid;
            if (row is not { Command: "arrives", Handle: { } handle })
                continue;
            (int, long) key = (pids[row.Process], handle);
            if ((given[key] = given.GetValueOrDefault(key) - 1) < 0)
                _differences.Add(new Difference(row.Step, row.Number, "traced arrival", $"{row}: the trace has no such handle of process {key.Item1}"));
        }
    }

    /// <summary>Reads at which lines the guest has marked the beginning of steps, and returns whether there are transactions.</summary>
    private bool ReadSteps(string path)
    {
        bool hasCalls = false;
        long number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            hasCalls |= line.Contains(": binder_transaction: ", StringComparison.Ordinal);
            if (Mark().Match(line) is { Success: true } mark)
            {
                _lines.Add(number);
                _steps.Add(int.Parse(mark.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            }
        }

        return hasCalls;
    }

    private int StepOf(long line)
    {
        int at = _lines.BinarySearch(line);
        at = at < 0 ? ~at - 1 : at;
        return at < 0 ? 0 : _steps[at];
    }

    [GeneratedRegex(": tracing_mark_write: step ([0-9]+)$")]
    private static partial Regex Mark();
}
