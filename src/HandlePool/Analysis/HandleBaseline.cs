using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents the handles that pairs of processes hold in healthy dumps. Immutable.</summary>
/// <remarks>
/// Processes are known by name, because pids change. Besides each pair of names there is a pair for each combination of the roles
/// <c>(system)</c>, <c>(busy)</c>, <c>(manager)</c> and <c>(other)</c>, so that processes that were not running are judged by their likes. A name in
/// parentheses is always a role. Processes without a name count by their role only.
/// </remarks>
public sealed class HandleBaseline
{
    /// <summary>The multiple of the highest healthy count that is suspicious.</summary>
    public const double Margin = 2;

    private readonly Dictionary<(string Context, string Holder, string Owner), HandleBaselinePair> _pairs;

    /// <summary>Initializes a baseline from its pairs.</summary>
    /// <param name="dumps">The number of healthy dumps, 1 or more.</param>
    /// <param name="pairs">The pairs, each once.</param>
    /// <exception cref="ArgumentException">A pair is there twice, or a count is less or more than it can be.</exception>
    public HandleBaseline(int dumps, IEnumerable<HandleBaselinePair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (dumps < 1)
            throw new ArgumentException($"A baseline of {dumps} dumps says nothing. Use at least one dump.", nameof(dumps));
        _pairs = [];
        foreach (HandleBaselinePair pair in pairs)
        {
            if (pair.FaultIn(dumps) is { } fault)
                throw new ArgumentException($"The pair '{pair}' is wrong: {fault}.", nameof(pairs));
            if (!_pairs.TryAdd((pair.Context, pair.Holder, pair.Owner), pair))
                throw new ArgumentException($"The pair '{pair}' is in the baseline twice.", nameof(pairs));
        }

        Dumps = dumps;
        Pairs = new HandleList<HandleBaselinePair>([.. _pairs.Values
            .OrderBy(pair => pair.Context, StringComparer.Ordinal)
            .ThenByDescending(pair => pair.Maximum)
            .ThenBy(pair => pair.Holder, StringComparer.Ordinal)
            .ThenBy(pair => pair.Owner, StringComparer.Ordinal)]);
    }

    /// <summary>Gets the number of healthy dumps.</summary>
    public int Dumps { get; }

    /// <summary>Gets the pairs, by context and then the highest count first.</summary>
    public HandleList<HandleBaselinePair> Pairs { get; }

    /// <summary>Creates a baseline from healthy sessions. O(handles).</summary>
    /// <param name="sessions">The sessions, one or more. Those that were cut off are left out, because their counts are too low.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ArgumentException">There is no session, or all were cut off.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static HandleBaseline Of(IEnumerable<HandleSession> sessions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        Dictionary<(string, string, string), List<int>> counts = [];
        int dumps = 0;
        foreach (HandleSession session in sessions)
        {
            if (IncompleteState.IsIncomplete(session, cancellationToken))
                continue;
            dumps++;
            IReadOnlyList<HandleUsage> pairs = UsageMeasurement.Measure(session, cancellationToken: cancellationToken);
            ProcessRoles roles = new(pairs, cancellationToken);
            Dictionary<(string, string, string), int> highest = [];
            foreach (HandleUsage pair in pairs.WithCancellation(cancellationToken))
            {
                if (pair.IsDead || pair.Holder is not { } holder || pair.Owner is not { } owner)
                    continue;
                if (holder.Name is { } holderName && owner.Name is { } ownerName)
                    Raise(highest, (pair.Context, holderName, ownerName), pair.Handles);
                Raise(highest, (pair.Context, NameOf(roles.RoleOf(holder)), NameOf(roles.RoleOf(owner))), pair.Handles);
            }

            foreach (((string, string, string) key, int count) in highest.WithCancellation(cancellationToken))
            {
                if (!counts.TryGetValue(key, out List<int>? seen))
                    counts.Add(key, seen = []);
                seen.Add(count);
            }
        }

        return new HandleBaseline(dumps, counts.Select(each =>
        {
            int[] sorted = [.. each.Value.Order()];
            return new HandleBaselinePair(each.Key.Item1, each.Key.Item2, each.Key.Item3, sorted.Length, sorted[(sorted.Length - 1) / 2], sorted[^1]);
        }));

        static void Raise(Dictionary<(string, string, string), int> highest, (string, string, string) key, int count) =>
            highest[key] = Math.Max(highest.GetValueOrDefault(key), count);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Phrase.Count(Dumps, "dump")}, {Phrase.Count(Pairs.Count, "pair")}";

    /// <summary>Returns what was seen of a pair of names; of its roles otherwise; null if neither was seen.</summary>
    internal HandleBaselinePair? Find(HandleUsage pair, ProcessRoles roles) =>
        pair.Holder?.Name is { } holder && pair.Owner?.Name is { } owner && _pairs.TryGetValue((pair.Context, holder, owner), out HandleBaselinePair? exact)
            ? exact
            : _pairs.GetValueOrDefault((pair.Context, NameOf(roles.RoleOf(pair.Holder)), NameOf(roles.RoleOf(pair.Owner))));

    private static string NameOf(ProcessRole role) => role switch
    {
        ProcessRole.System => "(system)",
        ProcessRole.Busy => "(busy)",
        ProcessRole.Manager => "(manager)",
        _ => "(other)",
    };
}

/// <summary>Represents the handles that one process holds of another in healthy dumps. Immutable.</summary>
/// <param name="Context">The context.</param>
/// <param name="Holder">The name of the holder, or a role in parentheses.</param>
/// <param name="Owner">The name of the owner, or a role in parentheses.</param>
/// <param name="Dumps">The number of dumps that have the pair.</param>
/// <param name="Median">The median of its counts.</param>
/// <param name="Maximum">The highest of its counts.</param>
public sealed record HandleBaselinePair(string Context, string Holder, string Owner, int Dumps, int Median, int Maximum)
{
    /// <summary>Returns how the counts contradict each other or the number of dumps, as a clause; null if they do not.</summary>
    internal string? FaultIn(int dumps) =>
        Dumps < 1 || Dumps > dumps ? string.Create(CultureInfo.InvariantCulture, $"it is in {Dumps} of {dumps} dumps, which contradict each other")
        : Median < 0 || Maximum < Median ? string.Create(CultureInfo.InvariantCulture, $"its median {Median} and its maximum {Maximum} contradict each other")
        : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Text.VisibleText.Name(Holder)} -> {Text.VisibleText.Name(Owner)} ({Text.VisibleText.Name(Context)}): {Maximum}");
}
