using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Represents all data of a report, collected before its first line is written.</summary>
internal sealed class ReportData
{
    private readonly Dictionary<(HandleUsageGrouping By, UsageKey Key), HandleLeakSuspect> _suspects = [];
    private readonly Dictionary<HandleProcess, HandleLeakSuspect> _suspectsByHolder = [];
    private readonly Dictionary<HandleProcess, HandleLeakSuspect> _suspectsByOwner = [];

    internal ReportData(IReadOnlyList<HandleSession> series, HandleReportOptions options, CancellationToken cancellationToken)
    {
        Search = LeakFinder.Find(series, options.Leaks, cancellationToken);
        Series = [.. Search.Sessions];
        Incidents = [.. Series.SelectMany(session => IncidentFinder.Find(session, Search, cancellationToken))
            .DistinctBy(incident => (incident.Kind, incident.Time, incident.Record.Subject, incident.Count))
            .OrderByDescending(incident => incident.Record.EndsVictim)];
        StuckCalls = [.. TransactionFinder.Find(Last, cancellationToken).Where(TransactionFinder.IsStuck)];
        IsIncomplete = IncompleteState.IsIncomplete(Last, cancellationToken);
        Interfaces = Last.Interfaces.IsEmpty ? [] : UsageMeasurement.Measure(Last, HandleUsageGrouping.Interface, cancellationToken: cancellationToken);
        Options = options;
        Created = options.Created ?? DateTimeOffset.Now;
        Totals = [.. Series.Select((session, index) => new SessionTotals(session, Search.Pairs.Known[index], cancellationToken))];
        Near = [.. Pairs.Where(pair => pair.Owner is not null).Concat(Holders).WithCancellation(cancellationToken)
            .Where(usage => usage.IsNearLimit)
            .OrderByDescending(usage => usage.LimitShare).ThenByDescending(usage => usage.Handles)];
        foreach (HandleLeakSuspect suspect in Suspects.WithCancellation(cancellationToken))
        {
            _suspects.TryAdd((suspect.Usage.By, suspect.Usage.Key), suspect);
            if (suspect.Holder is { } holder)
                _suspectsByHolder.TryAdd(holder, suspect);
            if (suspect.Owner is { } owner)
                _suspectsByOwner.TryAdd(owner, suspect);
        }

        Pools = Last.GetProcesses()
            .Select(process => new PoolPicture(process))
            .OrderByDescending(pool => pool.Process.HandleCount, cancellationToken)
            .ThenBy(pool => pool.Process.ToString(), StringComparer.OrdinalIgnoreCase)
            .ThenBy(pool => pool.Process.Id)
            .ThenBy(pool => pool.Process.Context, StringComparer.Ordinal)
            .ToArray(cancellationToken);
        IsOfManyContexts = Pools.WithCancellation(cancellationToken).Select(pool => pool.Process.Context).Distinct().Skip(1).Any();
        if (IsSeries)
        {
            // The search has matched the processes of the last two.
            ProcessMatching[] withLast = [.. Series.SkipLast(2).Select(session => new ProcessMatching(session, Last, cancellationToken)), Search.Pairs.Matchings[^1]];
            Comparison = SessionComparison.Compare(withLast[0], HandleUsageGrouping.Pair, cancellationToken);
            Growth = new GrowthLines(this, withLast, Comparison);
        }
    }

    internal HandleReportOptions Options { get; }

    /// <summary>Gets the incidents of the bug reports, each once: later reports may have the same. Those that ended a process come first.</summary>
    internal IReadOnlyList<HandleIncident> Incidents { get; }

    /// <summary>Gets the calls of the last session that are stuck, the oldest first.</summary>
    internal IReadOnlyList<HandleTransaction> StuckCalls { get; }

    /// <summary>Gets the counts by holder and interface; empty if the report says nothing of interfaces.</summary>
    internal IReadOnlyList<HandleUsage> Interfaces { get; }

    internal DateTimeOffset Created { get; }

    /// <summary>Gets the sessions of one device in time order; one or more.</summary>
    internal HandleSession[] Series { get; }

    internal HandleSession First => Series[0];

    /// <summary>Gets the session that all sections but growth are about.</summary>
    internal HandleSession Last => Series[^1];

    internal bool IsSeries => Series.Length > 1;

    internal bool HasTimes => Array.TrueForAll(Series, session => session.Time is not null);

    /// <summary>Gets the counts of the sessions, in the same order.</summary>
    internal IReadOnlyList<SessionTotals> Totals { get; }

    internal IReadOnlyList<HandleUsage> Pairs => Search.Pairs.Last;

    internal IReadOnlyList<HandleUsage> Holders => Search.Holders.Last;

    internal IReadOnlyList<HandleUsage> Owners => Search.Owners.Last;

    /// <summary>Gets the pairs and holders near a limit, the nearest first.</summary>
    internal IReadOnlyList<HandleUsage> Near { get; }

    /// <summary>Gets the search for leaks, which left out sessions that were cut off or are not of the same device.</summary>
    internal LeakSearch Search { get; }

    internal IReadOnlyList<HandleLeakSuspect> Suspects => Search.Suspects;

    /// <summary>Gets whether the last session has handles, without which nothing can be said about leaks.</summary>
    internal bool HasHandles => Totals[^1].Handles > 0;

    /// <summary>Gets whether the owners of most handles are known: statistics and the states of single processes do not tell them.</summary>
    internal bool HasOwners => Search.HasOwners;

    /// <summary>Gets whether the last session was cut off, as all others were: a complete one would have been judged instead.</summary>
    internal bool IsIncomplete { get; }

    /// <summary>Gets whether something was judged: with the totals of holders alone, only a series shows anything.</summary>
    internal bool IsJudged => Suspects.Count > 0 || (HasHandles && Search.NoVerdict is null);

    /// <summary>Gets the number of anomalies in all sessions.</summary>
    internal int Anomalies => Series.Sum(session => session.Findings.Count);

    /// <summary>Gets the pools of the last session, the one with the most handles first.</summary>
    internal IReadOnlyList<PoolPicture> Pools { get; }

    /// <summary>Gets whether a name needs its context beside it.</summary>
    internal bool IsOfManyContexts { get; }

    /// <summary>Gets the changes from the first session to the last; null for one session.</summary>
    internal SessionComparison? Comparison { get; }

    /// <summary>Gets the lines of the growth chart; null for one session.</summary>
    internal GrowthLines? Growth { get; }

    internal HandleLeakSuspect? SuspectOf(HandleUsageGrouping by, UsageKey key) => _suspects.GetValueOrDefault((by, key));

    /// <summary>Returns the strongest suspect in which a process is the holder.</summary>
    internal HandleLeakSuspect? SuspectWithHolder(HandleProcess? holder) =>
        holder is null ? null : _suspectsByHolder.GetValueOrDefault(holder.FirstOpen);

    /// <summary>Returns the strongest suspect in which a process is the owner.</summary>
    internal HandleLeakSuspect? SuspectWithOwner(HandleProcess? owner) =>
        owner is null ? null : _suspectsByOwner.GetValueOrDefault(owner.FirstOpen);
}
