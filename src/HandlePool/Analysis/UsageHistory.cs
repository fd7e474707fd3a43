namespace HandlePool.Analysis;

/// <summary>Represents the counts of pairs, holders or owners over a series of sessions.</summary>
internal sealed class UsageHistory
{
    private readonly IReadOnlyList<HandleSession> _sessions;
    private readonly IReadOnlyList<HandleUsage>[] _counts;
    private readonly Dictionary<UsageKey, HandleUsage>?[] _usages;
    private readonly ProcessMatching[] _matchings;
    private readonly CancellationToken _cancellationToken;

    // Whether some of the handles of a session are known by the statistics only.
    private readonly bool[] _isCounted;

    // Whether a session tells the owners of nodes, as the text of a single process does not.
    private readonly bool[] _tellsOwners;

    /// <summary>Counts the pairs of a series.</summary>
    internal UsageHistory(IReadOnlyList<HandleSession> sessions, CancellationToken cancellationToken)
        : this(sessions, HandleUsageGrouping.Pair, MatchAll(sessions, cancellationToken), [.. sessions.Select(session => IncompleteState.TellsOwners(session, cancellationToken))],
            [.. sessions.Select(session => (UsageMeasurement.MeasurePairs(session, out KnownReferences known, cancellationToken), known))], cancellationToken)
    {
    }

    /// <summary>Sums up pairs by holder or by owner.</summary>
    internal UsageHistory(UsageHistory pairs, HandleUsageGrouping by, CancellationToken cancellationToken)
        : this(pairs._sessions, by, pairs._matchings, pairs._tellsOwners, [.. pairs._counts.Select((counts, index) => (UsageMeasurement.Sum(counts, by, cancellationToken), pairs.Known[index]))],
            cancellationToken) =>
        EndsWithCounters = pairs.EndsWithCounters;

    private UsageHistory(IReadOnlyList<HandleSession> sessions, HandleUsageGrouping by, ProcessMatching[] matchings, bool[] tellsOwners,
        (IReadOnlyList<HandleUsage> Counts, KnownReferences Known)[] counted, CancellationToken cancellationToken)
    {
        _sessions = sessions;
        By = by;
        _matchings = matchings;
        _counts = Array.ConvertAll(counted, each => each.Counts);
        Known = Array.ConvertAll(counted, each => each.Known);
        _usages = new Dictionary<UsageKey, HandleUsage>?[counted.Length];
        _cancellationToken = cancellationToken;
        _tellsOwners = tellsOwners;
        _isCounted = Array.ConvertAll(_counts, usages => usages.Any(usage => usage.Source == HandleCountSource.Statistics));
    }

    /// <summary>Gets the grouping.</summary>
    internal HandleUsageGrouping By { get; }

    /// <summary>Gets the sessions.</summary>
    internal IReadOnlyList<HandleSession> Sessions => _sessions;

    /// <summary>Gets the sums over the known references of each session.</summary>
    internal IReadOnlyList<KnownReferences> Known { get; }

    /// <summary>Gets the matches of each session but the first with the one before.</summary>
    internal IReadOnlyList<ProcessMatching> Matchings => _matchings;

    /// <summary>Gets whether a process whose commands are counted from the beginning again starts over as a restarted one does; false by default.</summary>
    internal bool EndsWithCounters { get; init; }

    /// <summary>Gets the counts of the last session, the most handles first.</summary>
    internal IReadOnlyList<HandleUsage> Last => _counts[^1];

    /// <summary>Returns the counts of the sessions in which the same processes were running, up to the last one.</summary>
    /// <param name="key">A key of the last session.</param>
    /// <param name="firstKey">The key in the first of these sessions, whose index is the number of sessions minus the number of
    /// counts.</param>
    internal int[] CountsOf(UsageKey key, out UsageKey firstKey)
    {
        int[] counts = new int[_sessions.Count];
        HandleUsage? last = Usages(counts.Length - 1).GetValueOrDefault(key);
        int first, index = counts.Length - 1;
        do
        {
            counts[index] = Usages(index).TryGetValue(key, out HandleUsage? usage) ? usage.Handles : 0;
            (first, firstKey) = (index, key);
        }
        while (TryStepBack(last, ref index, ref key));
        return first == 0 ? counts : counts[first..];
    }

    /// <summary>Returns whether some of these counts are from statistics or from texts that tell no owners, and not all: pairs are not comparable then.</summary>
    /// <param name="key">A key of the last session.</param>
    internal bool IsOfSeveralSources(UsageKey key) => StepsBack(key)
        .Select(step => (step.Index, Usage: Usages(step.Index).GetValueOrDefault(step.Key)))
        .Where(step => step.Usage is not null)
        .Select(step => step.Usage!.Source == HandleCountSource.Statistics || !_tellsOwners[step.Index])
        .Distinct()
        .Count() > 1;

    /// <summary>Returns the counts of all sessions; null where one of the processes was not running, or where the count is unknown.</summary>
    /// <param name="key">A key of the last session.</param>
    /// <param name="withLast">The matchings of each earlier session with the last one.</param>
    /// <param name="isJoined">Whether each count continues the one before it: the same processes were running, not restarted ones.</param>
    internal int?[] CountsWithGaps(UsageKey key, IReadOnlyList<ProcessMatching> withLast, out bool[] isJoined)
    {
        int?[] counts = new int?[_sessions.Count];
        isJoined = new bool[_sessions.Count];
        HandleUsage? last = Usages(_usages.Length - 1).GetValueOrDefault(key);
        UsageKey? before = null;
        for (int index = 0; index < counts.Length; index++)
        {
            UsageKey? now = index == counts.Length - 1 ? key : withLast[index].Earlier(key);
            if (now is { } known && IsComparable(last, index, known))
            {
                counts[index] = Usages(index).TryGetValue(known, out HandleUsage? usage) ? usage.Handles : 0;
                isJoined[index] = before is { } earlier && earlier.Holder?.Id == known.Holder?.Id && earlier.Owner?.Id == known.Owner?.Id;
            }

            before = now;
        }

        return counts;
    }

    /// <summary>Returns the counts of a session by key. The table is made when it is first needed: in a single session, few counts are looked up.</summary>
    private Dictionary<UsageKey, HandleUsage> Usages(int index)
    {
        if (_usages[index] is { } made)
            return made;
        Dictionary<UsageKey, HandleUsage> usages = new(_counts[index].Count);
        foreach (HandleUsage usage in _counts[index].WithCancellation(_cancellationToken))
            usages.Add(usage.Key, usage);
        return _usages[index] = usages;
    }

    /// <summary>Returns the sessions in which the same processes were running and counted alike, the last one first.</summary>
    private IEnumerable<(int Index, UsageKey Key)> StepsBack(UsageKey key)
    {
        HandleUsage? last = Usages(_usages.Length - 1).GetValueOrDefault(key);
        int index = _sessions.Count - 1;
        do
            yield return (index, key);
        while (TryStepBack(last, ref index, ref key));
    }

    private bool TryStepBack(HandleUsage? last, ref int index, ref UsageKey key) => --index >= 0 && TryGoBack(_matchings[index], ref key) && IsComparable(last, index, key);

    /// <summary>
    /// Returns whether a session tells the count of a key as the last one does. Statistics tell no owners, so that the handles to one
    /// owner are unknown there, and not zero. Nor do the texts of single processes: what is of unknown owners there has known ones elsewhere.
    /// </summary>
    private bool IsComparable(HandleUsage? last, int index, UsageKey key)
    {
        if (last is null || last.By is HandleUsageGrouping.Holder or HandleUsageGrouping.Context)
            return true;
        if (key is { Owner: null, IsDead: false } && last.Source != HandleCountSource.Statistics && _tellsOwners[index] != _tellsOwners[^1] && key.Holder is not { HandleCount: 0 })
            return false;
        if (Usages(index).TryGetValue(key, out HandleUsage? usage))
            return (usage.Source == HandleCountSource.Statistics) == (last.Source == HandleCountSource.Statistics);
        bool isCounted = key.Holder is { } holder
            ? holder.CountSource == HandleCountSource.Statistics
            : _isCounted[index];
        bool tellsOwners = !isCounted || key.Owner is { IsInferred: false };
        return tellsOwners == (last.Source != HandleCountSource.Statistics);
    }

    private bool TryGoBack(ProcessMatching matching, ref UsageKey key)
    {
        if (!TryGoBack(matching, key.Holder, out HandleProcess? holder) || !TryGoBack(matching, key.Owner, out HandleProcess? owner))
            return false;
        key = key with { Holder = holder, Owner = owner };
        return true;
    }

    /// <summary>Finds the same running process in the session before; a restarted one starts over.</summary>
    private bool TryGoBack(ProcessMatching matching, HandleProcess? process, out HandleProcess? earlier)
    {
        earlier = matching.Other(process);
        return process is null || (earlier is not null && matching.IsSameRun(process) && !(EndsWithCounters && matching.HasBegunAgain(process)));
    }

    private static ProcessMatching[] MatchAll(IReadOnlyList<HandleSession> sessions, CancellationToken cancellationToken) =>
        [.. Enumerable.Range(1, sessions.Count - 1).Select(index => new ProcessMatching(sessions[index - 1], sessions[index], cancellationToken))];
}
