using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Represents all data of a report, collected before its first line is written.</summary>
internal sealed class ReportData
{
    internal ReportData(IReadOnlyList<HandleSession> series, HandleReportOptions options, CancellationToken cancellationToken)
    {
        Series = LeakFinder.InOrder(series);
        Options = options;
        Created = options.Created ?? DateTimeOffset.Now;
        Totals = [.. Series.Select(session => new SessionTotals(session))];
        Pairs = UsageMeasurement.Measure(Last, HandleUsageGrouping.Pair, cancellationToken: cancellationToken);
        Holders = UsageMeasurement.Measure(Last, HandleUsageGrouping.Holder, cancellationToken: cancellationToken);
        Owners = UsageMeasurement.Measure(Last, HandleUsageGrouping.Owner, cancellationToken: cancellationToken);
        Suspects = LeakFinder.Find(Series, cancellationToken: cancellationToken).Suspects;
        Pools = [.. Last.GetProcesses()
            .Select(process => new PoolPicture(process))
            .OrderByDescending(pool => pool.Bitmap.InUse)
            .ThenBy(pool => pool.Process.ToString(), StringComparer.OrdinalIgnoreCase)
            .ThenBy(pool => pool.Process.Id)
            .ThenBy(pool => pool.Process.Context, StringComparer.Ordinal)];
        IsOfManyContexts = Pools.Select(pool => pool.Process.Context).Distinct().Skip(1).Any();
        if (IsSeries)
        {
            Comparison = SessionComparison.Compare(First, Last, cancellationToken: cancellationToken);
            Growth = GrowthLines.Of(Series, Suspects, Comparison);
        }
    }

    internal HandleReportOptions Options { get; }

    internal DateTimeOffset Created { get; }

    /// <summary>Gets the sessions in time order; one or more.</summary>
    internal HandleSession[] Series { get; }

    internal HandleSession First => Series[0];

    /// <summary>Gets the session that all sections but growth are about.</summary>
    internal HandleSession Last => Series[^1];

    internal bool IsSeries => Series.Length > 1;

    internal bool HasTimes => Array.TrueForAll(Series, session => session.Time is not null);

    /// <summary>Gets the counts of the sessions, in the same order.</summary>
    internal IReadOnlyList<SessionTotals> Totals { get; }

    internal IReadOnlyList<HandleUsage> Pairs { get; }

    internal IReadOnlyList<HandleUsage> Holders { get; }

    internal IReadOnlyList<HandleUsage> Owners { get; }

    internal IReadOnlyList<HandleLeakSuspect> Suspects { get; }

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
}
