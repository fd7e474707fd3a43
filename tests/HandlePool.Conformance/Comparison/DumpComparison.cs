using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Dumps;

namespace HandlePool.Conformance;

/// <summary>
/// Compares what the driver printed at a moment with the model, with what the rows add up to (held.tsv), and with itself: the state with the
/// statistics, and with the files of proc.
/// </summary>
/// <param name="session">The session that the rows have led to.</param>
/// <param name="folder">The folder of the moment.</param>
internal sealed partial class DumpComparison(HandleSession session, string folder)
{
    private readonly List<string> _differences = [];

    internal IReadOnlyList<string> Differences => _differences;

    /// <summary>Compares, and returns the number of references that the state has.</summary>
    internal int Compare()
    {
        string statePath = Path.Combine(folder, "state");
        string printed = File.ReadAllText(statePath);
        HandleSession state = Import("state", () => DumpReader.ReadFile(statePath).Single());
        string[] references = References(state, isNewestFirst: true);
        Compare("the driver", references, "the model", References(session, isNewestFirst: false));

        string writtenText = Write(session);
        Compare("the driver prints", NodeLines(printed), "the model prints", NodeLines(writtenText));
        Compare("the driver prints", WorkLines(printed), "the model prints", WorkLines(writtenText));
        Compare("the driver prints", WorkLines(printed), "the import prints", WorkLines(Write(state)));

        Compare("the driver", Counts(state), "the rows", File.ReadAllLines(Path.Combine(folder, "held.tsv")));
        HandleSession whole = Import("state and stats", () => DumpReader.Merge([statePath, Path.Combine(folder, "stats")]));
        Compare("state alone", references, "state with stats", References(whole, isNewestFirst: true));
        string proc = Path.Combine(folder, "proc");
        if (Directory.Exists(proc) && Directory.EnumerateFiles(proc).Any())
            Compare("state", references, "proc", References(Import("proc", () => DumpReader.Merge([proc])), isNewestFirst: true));
        return state.GetProcesses().Sum(process => process.HandleCount);
    }

    private HandleSession Import(string what, Func<ImportedDump> read)
    {
        ImportedDump imported = read();
        _differences.AddRange(imported.Problems.Select(problem => $"{what}: {problem.Message}: {problem.Text}"));
        _differences.AddRange(imported.UnknownLines.Select(line => $"{what}: unknown line {line}"));

        // Two opens of a device by a process are what the scenario did.
        _differences.AddRange(imported.Session.Findings.Where(finding => finding.Kind != HandleFindingKind.DuplicateProcess)
            .Select(finding => $"{what}: {finding.Message}"));
        return imported.Session;
    }

    private void Compare(string one, IEnumerable<string> left, string other, IEnumerable<string> right)
    {
        // Equal lines count: an owner can have two nodes with the same counts and holders.
        List<string> rest = [.. right];
        foreach (string line in left)
        {
            if (!rest.Remove(line))
                _differences.Add($"only {one}: {line}");
        }

        _differences.AddRange(rest.Select(line => $"only {other}: {line}"));
    }

    private static string Write(HandleSession session)
    {
        using MemoryStream stream = new();
        DumpWriter.Write(stream, session, DumpForm.CMainline);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Returns the processes and references of a session. A node is identified by the references to it: its id differs.</summary>
    private static string[] References(HandleSession session, bool isNewestFirst)
    {
        List<FormattableString> lines = [];
        foreach (HandleProcess process in session.GetProcesses())
        {
            int open = OpenOf(process, isNewestFirst);
            lines.Add($"{process.Id} {process.Context} {open} {process.IsManager}");
            foreach (HandleReference held in process.GetReferences())
            {
                string holders = string.Join(' ', session.GetHolders(held.Node).Select(holder => $"{holder.Process.Id}:{holder.Handle}")
                    .Order(StringComparer.Ordinal));
                int? owner = held.IsDead ? null : held.Owner?.Id;
                string what = $"{held.Handle} s {held.Strong} w {held.Weak} {held.IsDead} {owner} {holders}";
                lines.Add($"{process.Id} {process.Context} {open} {what}");
            }
        }

        return [.. lines.Select(FormattableString.Invariant).Order(StringComparer.Ordinal)];
    }

    /// <summary>Returns which open of the device a process is, from the oldest. The driver lists the newest first.</summary>
    private static int OpenOf(HandleProcess process, bool isNewestFirst)
    {
        int[] numbers = [.. process.Session.FindProcesses(process.Id, process.Context).Select(open => open.OpenNumber).Order()];
        int at = Array.IndexOf(numbers, process.OpenNumber);
        return isNewestFirst ? numbers.Length - at : at + 1;
    }

    /// <summary>Returns the references of a state as the rows have them: by the name of the process, which the model knows. The rows do not follow the manager's node.</summary>
    private IEnumerable<string> Counts(HandleSession state)
    {
        foreach (HandleProcess process in state.GetProcesses())
        {
            int open = OpenOf(process, isNewestFirst: true);
            string? name = session.FindProcesses(process.Id, process.Context).FirstOrDefault(known => OpenOf(known, isNewestFirst: false) == open)?.Name;
            foreach (HandleReference held in process.GetReferences().Where(held => held.Node.ListedPointer != 0))
                yield return FormattableString.Invariant($"{name}\t{held.Handle}\t{held.Strong}\t{held.Weak}");
        }
    }

    /// <summary>Returns the counts and holders of each node that is held or is a manager's, with the pid of its owner.</summary>
    private static string[] NodeLines(string dump)
    {
        List<string> lines = [];
        string owner = "";
        foreach (string line in dump.Split('\n'))
        {
            if (line.StartsWith("proc ", StringComparison.Ordinal))
                owner = line.Split(' ')[1];
            else if (line.StartsWith("dead nodes", StringComparison.Ordinal))
                owner = "";
            else if (NodeLine().Match(line) is { Success: true } node && (IsManagers(node) || node.Groups["holders"].Length > 0))
                lines.Add($"node of '{owner}' {CountsOf(node, isDead: owner.Length == 0)} {InOrder(node.Groups["holders"].Value)}");
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    /// <summary>Returns the counts in the line of a node that the model has.</summary>
    /// <remarks>
    /// Transactions, and owners that have not answered yet, add local counts. The flags of a dead node are those from when it died.
    /// </remarks>
    private static string CountsOf(Match node, bool isDead)
    {
        string counts = node.Groups["counts"].Value;
        if (isDead)
            return counts[counts.IndexOf(" is ", StringComparison.Ordinal)..];
        return IsManagers(node) ? counts : LocalCounts().Replace(counts, "");
    }

    private static bool IsManagers(Match node) => node.Groups["pointer"].Value.Trim('0').Length == 0;

    private static string InOrder(string pids) => string.Join(' ', pids.Split(' ').Order(StringComparer.Ordinal));

    /// <summary>Returns the notifications of each process: what is queued, what is delivered, and which references have one of a death.</summary>
    private static string[] WorkLines(string dump)
    {
        List<string> lines = [];
        string process = "";
        foreach (string line in dump.Split('\n'))
        {
            if (line.StartsWith("proc ", StringComparison.Ordinal))
                process = line.Split(' ')[1];
            else if (line.TrimStart().StartsWith("has ", StringComparison.Ordinal))
                lines.Add($"{process}:{line}");
            else if (ReferenceLine().Match(line) is { Success: true } reference)
                lines.Add($"{process}:{reference.Groups[1].Value}{(reference.Groups[2].Value.Trim('0').Length > 0 ? " d" : "")}");
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    [GeneratedRegex(" ls [0-9]+ lw [0-9]+")]
    private static partial Regex LocalCounts();

    [GeneratedRegex("^  node [0-9]+: u(?<pointer>[0-9a-f]+) c[0-9a-f]+ (?<counts>.*?)(?: proc (?<holders>[0-9 ]+))?$")]
    private static partial Regex NodeLine();

    [GeneratedRegex(" (desc [0-9]+ (?:dead )?)node [0-9]+ s [0-9]+ w [0-9]+ d ([0-9a-f]+)")]
    private static partial Regex ReferenceLine();
}
