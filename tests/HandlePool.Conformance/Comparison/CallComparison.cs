using HandlePool.Analysis;
using HandlePool.Dumps;

namespace HandlePool.Conformance;

/// <summary>Represents a transaction as a row has it, with what the model says of its receiver.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="From">The pid of the sender.</param>
/// <param name="To">The pid of the receiver; 0 if the model finds none.</param>
/// <param name="Context">The context.</param>
/// <param name="Handle">The handle; 0 for a reply.</param>
/// <param name="Refusal">The reply that refused it; empty if it was sent.</param>
internal sealed record Call(HandleTransactionKind Kind, int From, int To, string Context, long Handle, string Refusal)
{
    public override string ToString() => FormattableString.Invariant($"{Kind} {From} -> {To} {Context} handle {Handle} {Refusal}").TrimEnd();
}

/// <summary>
/// Compares the driver's logs of transactions at a moment with the calls of the rows, and its list of those under way with the one in its state.
/// </summary>
/// <param name="calls">The calls up to the moment.</param>
/// <param name="folder">The folder of the moment.</param>
internal sealed class CallComparison(IReadOnlyList<Call> calls, string folder)
{
    private const int LoggedCalls = 32;

    private readonly List<string> _differences = [];

    internal IReadOnlyList<string> Differences => _differences;

    /// <summary>Compares, and returns the number of calls in the logs that are those of the rows.</summary>
    internal int Compare()
    {
        int compared = CompareLog("transaction_log", calls) + CompareLog("failed_transaction_log", [.. calls.Where(call => call.Refusal.Length > 0)]);
        string transactions = Path.Combine(folder, "transactions");
        if (File.Exists(transactions))
        {
            string[] listed = PrintedLines.OfCalls(File.ReadAllText(transactions)), printed = PrintedLines.OfCalls(File.ReadAllText(Path.Combine(folder, "state")));
            _differences.AddRange(listed.Except(printed).Select(line => $"only transactions: {line}"));
            _differences.AddRange(printed.Except(listed).Select(line => $"only state: {line}"));
        }

        return compared;
    }

    /// <summary>Compares the end of a log, which keeps 32 calls: before those of the rows, it may have some of another scenario.</summary>
    private int CompareLog(string name, IReadOnlyList<Call> expected)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path) || (new FileInfo(path).Length == 0 && expected.Count == 0))
            return 0;
        IReadOnlyList<HandleTransaction> all = TransactionFinder.Find(DumpReader.ReadFile(path).Single().Session);

        // Empty replies have no rows.
        List<Call> logged = [.. all.Where(call => call is not { Kind: HandleTransactionKind.Reply, Size: 0 }).OrderBy(call => call.Id).Select(Of)];
        int count = Math.Min(logged.Count, expected.Count);
        if (count < expected.Count && all.Count < LoggedCalls)
            _differences.Add($"{name} has {logged.Count} calls, and the rows have {expected.Count}");
        foreach ((Call one, Call other) in logged.Skip(logged.Count - count).Zip(expected.Skip(expected.Count - count)))
        {
            // The driver does not say whom a call that it refused was for, if it did not get that far.
            if (one != other && !(one.To == 0 && other.Refusal.Length > 0 && one == other with { To = 0 }))
                _differences.Add($"{name} has {one}, and the model has {other}");
        }

        return count;
    }

    private static Call Of(HandleTransaction logged) => new(logged.Kind, logged.FromId ?? 0, logged.ToId ?? 0, logged.Context ?? "",
        logged.Kind == HandleTransactionKind.Reply ? 0 : logged.Handle ?? 0, logged.Return ?? "");
}
