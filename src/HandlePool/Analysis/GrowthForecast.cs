namespace HandlePool.Analysis;

/// <summary>Represents the lines of best fit through the counts of a series, and when they reach a limit.</summary>
internal sealed class GrowthForecast
{
    internal GrowthForecast(IReadOnlyList<int> counts, IReadOnlyList<double>? hours, HandleLimit? limit)
    {
        PerDump = TrendLine.Of([.. Enumerable.Range(0, counts.Count).Select(index => (double)index)], counts) ?? default;
        PerHour = hours is null ? null : TrendLine.Of(hours, counts);
        Limit = limit;
        if (limit is null || counts[^1] >= limit.Handles)
            return;
        int left = limit.Handles - counts[^1];
        Left = left;
        (DumpsToLimit, EarliestDumpsToLimit, LatestDumpsToLimit) = PerDump.Until(left);
        if (PerHour is { } perHour)
        {
            (double? expected, double? earliest, double? latest) = perHour.Until(left);
            (TimeToLimit, EarliestTimeToLimit, LatestTimeToLimit) = (Time(expected), Time(earliest), Time(latest));
        }
    }

    /// <summary>Gets the growth per dump.</summary>
    internal TrendLine PerDump { get; }

    /// <summary>Gets the growth per hour; null if a time is unknown.</summary>
    internal TrendLine? PerHour { get; }

    internal HandleLimit? Limit { get; }

    /// <summary>Gets the number of handles until the limit; null if there is none, or if it is reached.</summary>
    internal int? Left { get; }

    internal double? DumpsToLimit { get; }

    internal double? EarliestDumpsToLimit { get; }

    internal double? LatestDumpsToLimit { get; }

    internal TimeSpan? TimeToLimit { get; }

    internal TimeSpan? EarliestTimeToLimit { get; }

    internal TimeSpan? LatestTimeToLimit { get; }

    /// <summary>Returns a number of hours as a time; null also if it is too long for one.</summary>
    internal static TimeSpan? Time(double? hours) => hours < TimeSpan.MaxValue.TotalHours / 2 ? TimeSpan.FromHours(hours.Value) : null;
}
