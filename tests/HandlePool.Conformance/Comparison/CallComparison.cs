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
/// Compares the driver's logs of transactions at a moment with the calls of the rows, the calls under way in its state with the one that the rows
/// have, and its list of calls and buffers with those in its state.
/// </summary>
/// <param name="calls">The calls up to the moment.</param>
/// <param name="underWay">The call that waits for its reply; null if none does.</param>
/// <param name="pids">The processes of the scenario. The logs may have calls of others, which are older.</param>
/// <param name="folder">The folder of the moment.</param>
internal sealed class CallComparison(IReadOnlyList<Call> calls, Call? underWay, IReadOnlySet<int> pids, string folder)
{
    private const int LoggedCalls = 32;

    private readonly List<string> _differences = [];

    internal IReadOnlyList<string> Differences => _differences;

    /// <summary>Compares, and returns the number of calls in the logs that are those of the rows.</summary>
    internal int Compare()
    {
        string state = File.ReadAllText(Path.Combine(folder, "state")), transactions = Path.Combine(folder, "transactions");
        Compare("the driver", PrintedLines.OfCallsUnderWay(state), "the rows", underWay is null ? []
            : [FormattableString.Invariant($"incoming {underWay.From} -> {underWay.To}"), FormattableString.Invariant($"outgoing {underWay.From} -> {underWay.To}")]);

        // Some recorded runs have neither.
        if (!File.Exists(transactions))
            return 0;
        Compare("transactions", PrintedLines.OfCalls(File.ReadAllText(transactions)), "state", PrintedLines.OfCalls(state));
        return CompareLog("transaction_log", calls) + CompareLog("failed_transaction_log", [.. calls.Where(call => call.Refusal.Length > 0)]);
    }

    private void Compare(string one, IEnumerable<string> left, string other, IEnumerable<string> right)
    {
        List<string> rest = [.. right];
        _differences.AddRange(left.Where(line => !rest.Remove(line)).Select(line => $"only {one}: {line}"));
        _differences.AddRange(rest.Select(line => $"only {other}: {line}"));
    }

    /// <summary>Compares a log, which keeps the last 32 calls: those of the scenario, and before them, if they are fewer, some of others.</summary>
    private int CompareLog(string name, IReadOnlyList<Call> expected)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            _differences.Add($"there is no {name}");
            return 0;
        }

        IReadOnlyList<HandleTransaction> all = new FileInfo(path).Length == 0 ? [] : TransactionFinder.Find(DumpReader.ReadFile(path).Single().Session);

        // Empty replies have no rows.
        List<Call> logged = [.. all.Where(call => call is not { Kind: HandleTransactionKind.Reply, Size: 0 }).OrderBy(call => call.Id).Select(Of)
            .Where(call => pids.Contains(call.From))];
        bool isCut = all.Count >= LoggedCalls && all.All(call => pids.Contains(call.FromId ?? 0));
        if (isCut ? logged.Count > expected.Count : logged.Count != expected.Count)
            _differences.Add($"{name} has {logged.Count} calls, and the rows have {expected.Count}");
        int count = Math.Min(logged.Count, expected.Count);
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
