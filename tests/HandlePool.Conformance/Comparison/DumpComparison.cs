using System.Globalization;
using System.Text;
using HandlePool.Dumps;

namespace HandlePool.Conformance;

/// <summary>
/// Compares what the driver printed at a moment with the model, with what the rows add up to (held.tsv), and with itself: the state with the
/// statistics, and with the files of proc.
/// </summary>
/// <param name="session">The session that the rows have led to.</param>
/// <param name="folder">The folder of the moment.</param>
/// <param name="told">The nodes of which their owners know something else than what is so, in that nobody has read it or that a buffer delays it.</param>
internal sealed class DumpComparison(HandleSession session, string folder, IReadOnlyList<ToldNode> told)
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
        Compare("the driver prints", PrintedLines.OfNodes(printed), "the model prints", AsTold(PrintedLines.OfNodes(writtenText)));
        Compare("the driver prints", PrintedLines.OfWork(printed), "the model prints", PrintedLines.OfWork(writtenText));
        Compare("the driver prints", PrintedLines.OfWork(printed), "the import prints", PrintedLines.OfWork(Write(state)));

        Compare("the driver", Counts(state), "the rows", File.ReadAllLines(Path.Combine(folder, "held.tsv")));
        HandleSession whole = Import("state and stats", () => DumpReader.Merge([statePath, Path.Combine(folder, "stats")]));
        Compare("state alone", references, "state with stats", References(whole, isNewestFirst: true));
        string proc = Path.Combine(folder, "proc");
        if (Directory.Exists(proc) && !Directory.EnumerateFiles(proc).Any())
            _differences.Add("proc has no files");
        else if (Directory.Exists(proc))
            Compare("state", references, "proc", References(Import("proc", () => DumpReader.Merge([proc])), isNewestFirst: true));
        return state.GetProcesses().Sum(process => process.HandleCount);
    }

    /// <summary>Returns the lines of nodes as the driver prints them: with what their owners know, and with nodes that wait for their owner alone.</summary>
    private List<string> AsTold(string[] lines)
    {
        // The model's nodes without holders do not end, and the driver's do.
        List<string> printed = [.. lines.Where(line => !PrintedLines.IsWithoutHolders(line))];
        foreach (ToldNode each in told)
        {
            HandleReference[] holders = [.. session.GetHolders(each.Node)];
            if (holders.Length > 0 && !printed.Remove(Line(each.Node, holders.Any(holder => holder.Strong > 0), isHeld: true, holders)))
                _differences.Add($"the model prints no line for {each.Node.Name}");
            if (holders.Length > 0 || each.IsHeld)
                printed.Add(Line(each.Node, each.IsStrong, each.IsHeld, holders));
        }

        return printed;
    }

    private static string Line(HandleNode node, bool isStrong, bool isHeld, HandleReference[] holders) =>
        PrintedLines.OfNode(node.Owner!.Id, isStrong, isHeld, holders.Count(holder => holder.Strong > 0), [.. holders.Select(holder => holder.Process.Id)]);

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
}
