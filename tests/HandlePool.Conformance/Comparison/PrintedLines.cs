using System.Text.RegularExpressions;

namespace HandlePool.Conformance;

/// <summary>Reads from the text of a state what the driver and the model must print alike. Ids of nodes differ.</summary>
internal static partial class PrintedLines
{
    /// <summary>Returns the counts and holders of each node, with the pid of its owner.</summary>
    internal static string[] OfNodes(string dump)
    {
        List<string> lines = [];
        string owner = "";
        foreach (string line in dump.Split('\n'))
        {
            if (line.StartsWith("proc ", StringComparison.Ordinal))
                owner = line.Split(' ')[1];
            else if (line.StartsWith("dead nodes", StringComparison.Ordinal))
                owner = "";
            else if (NodeLine().Match(line) is { Success: true } node)
                lines.Add($"node of '{owner}' {CountsOf(node, isDead: owner.Length == 0)} {InOrder(node.Groups["holders"].Value)}");
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    /// <summary>Returns the line of a node with certain counts.</summary>
    internal static string OfNode(int owner, bool isStrong, bool isHeld, int strongHolders, int[] holders) => FormattableString.Invariant(
        $"node of '{owner}' hs {(isStrong ? 1 : 0)} hw {(isHeld ? 1 : 0)} is {strongHolders} iw {holders.Length} tr 1 {InOrder(string.Join(' ', holders))}");

    /// <summary>Returns whether a line is of a node without holders that is no manager's.</summary>
    internal static bool IsWithoutHolders(string line) => line.EndsWith(' ') && !line.Contains(" ls ", StringComparison.Ordinal);

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
    internal static string[] OfWork(string dump)
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

    /// <summary>Returns the calls under way and the buffers, without the time since they were sent.</summary>
    internal static string[] OfCalls(string dump) => [.. dump.Split('\n').Where(line => CallLine().IsMatch(line)).Select(line => Elapsed().Replace(line.Trim(), "")).Order(StringComparer.Ordinal)];

    /// <summary>Returns the calls under way, as those who wait for a reply have them, and as those who owe it do.</summary>
    internal static string[] OfCallsUnderWay(string dump) =>
        [.. dump.Split('\n').Select(line => UnderWay().Match(line)).Where(match => match.Success)
            .Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value} -> {match.Groups[3].Value}").Order(StringComparer.Ordinal)];

    [GeneratedRegex("^ +(outgoing|incoming|bad|pending|pending async) transaction [0-9]+: .*from ([0-9]+):[0-9]+ to ([0-9]+):")]
    private static partial Regex UnderWay();

    [GeneratedRegex("^ +(?:(?:outgoing|incoming|bad|pending|pending async) transaction|buffer) [0-9]+: ")]
    private static partial Regex CallLine();

    [GeneratedRegex(" elapsed [0-9]+ms")]
    private static partial Regex Elapsed();

    [GeneratedRegex(" ls [0-9]+ lw [0-9]+")]
    private static partial Regex LocalCounts();

    [GeneratedRegex("^  node [0-9]+: u(?<pointer>[0-9a-f]+) c[0-9a-f]+ (?<counts>.*?)(?: proc (?<holders>[0-9 ]+))?$")]
    private static partial Regex NodeLine();

    [GeneratedRegex(" (desc [0-9]+ (?:dead )?)node [0-9]+ s [0-9]+ w [0-9]+ d ([0-9a-f]+)")]
    private static partial Regex ReferenceLine();
}
