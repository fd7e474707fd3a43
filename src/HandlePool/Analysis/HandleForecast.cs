namespace HandlePool.Analysis;

/// <summary>Represents how fast the handles of a holder, an owner or a pair grow over a series, and when they reach Android's limits. Immutable.</summary>
/// <remarks>
/// <para><see cref="ForecastMeasurement"/> returns these. The rates are those of lines of best fit, with the 90% range. It takes into account that leaks add
/// up, whose counts never come back to a line; docs/analysis.md says how, and how often it covers the truth.</para>
/// <para>Counts are those of the sessions in which the same processes were running, up to the last one. Where the driver counts the commands of a
/// process from the beginning again, its pid is of another process.</para>
/// </remarks>
public sealed class HandleForecast : ISessionMember
{
    private readonly HandleUsage _usage;

    internal HandleForecast(HandleUsage usage, int[] counts, double[]? hours, double[]? events)
    {
        _usage = usage;
        Counts = new HandleList<int>(counts);
        TrendLine? perDump = TrendLine.Of([.. Enumerable.Range(0, counts.Length).Select(index => (double)index)], counts);
        TrendLine? perHour = hours is null ? null : TrendLine.Of(hours, counts);
        TrendLine? perEvent = events is null ? null : TrendLine.Of(events, counts);
        Span = hours is null ? null : TimeSpan.FromHours(hours[^1]);
        EventCount = events?[^1] - events?[0];
        (PerDump, LowestPerDump, HighestPerDump) = (perDump?.Slope, perDump?.Low, perDump?.High);
        (PerHour, LowestPerHour, HighestPerHour) = (perHour?.Slope, perHour?.Low, perHour?.High);
        (PerEvent, LowestPerEvent, HighestPerEvent) = (perEvent?.Slope, perEvent?.Low, perEvent?.High);
        bool isTimeUnknown = perHour is null && perDump is null or { Slope: > 0 };
        IReadOnlyList<HandleLimit> limits = HandleLimit.For(usage.By, usage.Key) ?? [];
        Limits = new HandleList<HandleLimitForecast>([.. limits.Select(limit => Of(limit, counts[^1], perHour, perEvent, isTimeUnknown))]);
        Next = Limits.FirstOrDefault(limit => limit.Left > 0);
    }

    /// <summary>Gets the grouping.</summary>
    public HandleUsageGrouping By => _usage.By;

    /// <summary>Gets the context of the holders.</summary>
    public string Context => _usage.Context;

    /// <summary>Gets the holder; null if holders are counted together.</summary>
    public HandleProcess? Holder => _usage.Holder;

    /// <summary>Gets the owner of the nodes; null if owners are counted together, or if it is unknown.</summary>
    public HandleProcess? Owner => _usage.Owner;

    /// <summary>Gets the holder's name, or its pid if it has none; <c>(all)</c> if holders are counted together.</summary>
    public string HolderName => _usage.HolderName;

    /// <summary>Gets the owner's name, or its pid if it has none; <c>(dead)</c>, <c>(unknown)</c>, or <c>(all)</c> if owners are counted together.</summary>
    public string OwnerName => _usage.OwnerName;

    /// <summary>Gets the number of handles in the last session.</summary>
    public int Handles => Counts[^1];

    /// <summary>Gets the number of handles in each session, in time order.</summary>
    public HandleList<int> Counts { get; }

    /// <summary>Gets the last count less the first.</summary>
    public int Growth => Counts[^1] - Counts[0];

    /// <summary>Gets the time from the first session to the last; null if a time is unknown.</summary>
    public TimeSpan? Span { get; }

    /// <summary>Gets the number of events from the first session to the last; null if they were not counted.</summary>
    public double? EventCount { get; }

    /// <summary>Gets the handles that were gained per dump; null for a single session.</summary>
    public double? PerDump { get; }

    /// <summary>Gets the lowest rate per dump; null also for two sessions.</summary>
    public double? LowestPerDump { get; }

    /// <summary>Gets the highest rate per dump; null also for two sessions.</summary>
    public double? HighestPerDump { get; }

    /// <summary>Gets the handles that were gained per hour; null for a single session, and if a time is unknown.</summary>
    public double? PerHour { get; }

    /// <summary>Gets the lowest rate per hour; null also for two sessions.</summary>
    public double? LowestPerHour { get; }

    /// <summary>Gets the highest rate per hour; null also for two sessions.</summary>
    public double? HighestPerHour { get; }

    /// <summary>Gets the handles that were gained per event; null if events were not counted, or if there were none.</summary>
    public double? PerEvent { get; }

    /// <summary>Gets the lowest rate per event; null also for two sessions.</summary>
    public double? LowestPerEvent { get; }

    /// <summary>Gets the highest rate per event; null also for two sessions.</summary>
    public double? HighestPerEvent { get; }

    /// <summary>Gets whether it grows with 95% confidence: the lowest rate is above 0. False for less than three sessions.</summary>
    public bool IsGrowing => (LowestPerHour ?? LowestPerDump) > 0;

    /// <summary>Gets all limits that apply, in ascending order; empty if none does.</summary>
    public HandleList<HandleLimitForecast> Limits { get; }

    /// <summary>Gets the next limit; null if none is ahead.</summary>
    public HandleLimit? Limit => Next?.Limit;

    /// <summary>Gets the time from the last session until the next limit, at the present rate; null if it does not grow, or if a time is unknown.</summary>
    public TimeSpan? TimeToLimit => Next?.Time;

    /// <summary>Gets the earliest time until the next limit; null also for two sessions.</summary>
    public TimeSpan? EarliestTimeToLimit => Next?.EarliestTime;

    /// <summary>Gets the latest time until the next limit; null also for two sessions, or if it may not be reached at all.</summary>
    public TimeSpan? LatestTimeToLimit => Next?.LatestTime;

    HandleSession ISessionMember.Session => _usage.Session;

    private HandleLimitForecast? Next { get; }

    /// <inheritdoc/>
    public override string ToString() => _usage.ToString();

    private static HandleLimitForecast Of(HandleLimit limit, int count, TrendLine? perHour, TrendLine? perEvent, bool isTimeUnknown)
    {
        int left = Math.Max(0, limit.Handles - count);
        if (left == 0)
            return new HandleLimitForecast(limit, 0, null, null, null, null, null, null);
        (double? expected, double? earliest, double? latest) = perHour?.Until(left) ?? default;
        (double? events, double? fewest, double? most) = perEvent?.Until(left) ?? default;
        return new HandleLimitForecast(limit, left, GrowthForecast.Time(expected), GrowthForecast.Time(earliest), GrowthForecast.Time(latest), events, fewest, most)
        {
            IsTimeUnknown = isTimeUnknown,
        };
    }
}
