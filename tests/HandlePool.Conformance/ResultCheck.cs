using System.Globalization;

namespace HandlePool.Conformance;

/// <summary>
/// Checks that the guest's program has played a scenario to its end, and that what its steps and rows lead to is there: what is missing could not differ.
/// </summary>
internal static class ResultCheck
{
    /// <summary>The file that the guest's program writes last: the number of its rows.</summary>
    internal const string End = "end.txt";

    // Of a dump: the first ones are never empty.
    private static readonly string[] Filled = ["state", "stats"], Others = ["transactions", "transaction_log", "failed_transaction_log", "proc", "held.tsv"];

    /// <summary>Returns what is wrong with the results of a scenario; null if nothing is.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="folder">The folder of its results.</param>
    /// <param name="rows">The rows; none if something is wrong before they are read.</param>
    /// <exception cref="InvalidDataException">The rows are not whole.</exception>
    /// <exception cref="IOException">There are no rows.</exception>
    internal static string? Find(Scenario scenario, string folder, out IReadOnlyList<DriverRow> rows)
    {
        rows = [];
        string failure = TextOf(Path.Combine(folder, "failure.txt"));
        if (failure.Length > 0)
            return $"the guest did not finish it: {failure}";
        string end = TextOf(Path.Combine(folder, End));
        if (!int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
            return end.Length == 0 ? $"the guest did not finish it: there is no {End}" : $"{End} is not a number of rows: '{end}'";
        rows = DriverRow.ReadAll(Path.Combine(folder, "rows.csv"));
        return rows.Count != count ? FormattableString.Invariant($"rows.csv has {rows.Count} of {count} rows")
            : FindDump(scenario, rows, folder) ?? FindTrace(scenario, Path.Combine(folder, "trace.txt"));
    }

    private static string? FindDump(Scenario scenario, IReadOnlyList<DriverRow> rows, string folder)
    {
        // A dump during a call that is refused has the row of the call alone.
        HashSet<int> done = [.. rows.Where(row => row is { Command: "dump" or "left out" } or { Command: "BC_TRANSACTION", Answer.Length: > 0 }).Select(row => row.Step)];
        if (Lines(scenario, "dump").FirstOrDefault(line => !done.Contains(line)) is var lost and > 0)
            return FormattableString.Invariant($"no row tells of the dump of step {lost}");
        foreach (string moment in rows.Where(row => row.Command == "dump").Select(row => row.Read))
        {
            string dump = Path.Combine(folder, moment);
            if (Array.Find(Filled, name => !FileKind.HasContent(Path.Combine(dump, name))) is { } empty)
                return $"the dump '{moment}' has no {empty}, or an empty one";
            if (Array.Find(Others, name => !Path.Exists(Path.Combine(dump, name))) is { } missing)
                return $"the dump '{moment}' has no {missing}";
        }

        return null;
    }

    /// <summary>The guest marks each step in a trace before it plays it.</summary>
    private static string? FindTrace(Scenario scenario, string path)
    {
        int start = Lines(scenario, "trace").FirstOrDefault(), last = Lines(scenario, null).LastOrDefault();
        if (start == 0)
            return null;
        if (!FileKind.HasContent(path))
            return FormattableString.Invariant($"there is no trace.txt, and step {start} starts a trace");
        string mark = FormattableString.Invariant($": tracing_mark_write: step {last}");
        return last == start || File.ReadLines(path).Any(line => line.EndsWith(mark, StringComparison.Ordinal)) ? null
            : FormattableString.Invariant($"trace.txt ends before step {last}");
    }

    /// <summary>Returns the lines, from 1, of the steps that have a word first; null for all steps.</summary>
    private static IEnumerable<int> Lines(Scenario scenario, string? word) => Enumerable.Range(1, scenario.Steps.Count).Where(line =>
        scenario.Steps[line - 1].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var first, ..] && first[0] != '#' && (word is null || first == word));

    private static string TextOf(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";
}
