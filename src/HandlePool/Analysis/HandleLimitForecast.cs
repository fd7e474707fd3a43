using System.Globalization;

namespace HandlePool.Analysis;

/// <summary>Represents when a growing count reaches a limit, with the 90% range of it. Immutable.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Left">The number of handles until then; 0 if it is reached.</param>
/// <param name="Time">The time from the last count until then, at the present rate; null if it does not grow, or if a time is unknown.</param>
/// <param name="EarliestTime">The earliest time; null also for a series of two.</param>
/// <param name="LatestTime">The latest time; null also for a series of two, or if it may not be reached at all.</param>
/// <param name="Events">The number of further events until then; null if events were not counted, or if handles do not grow with them.</param>
/// <param name="FewestEvents">The lowest number of events; null also for a series of two.</param>
/// <param name="MostEvents">The highest number of events; null also for a series of two, or if it may not be reached at all.</param>
public sealed record HandleLimitForecast(HandleLimit Limit, int Left, TimeSpan? Time, TimeSpan? EarliestTime, TimeSpan? LatestTime, double? Events,
    double? FewestEvents, double? MostEvents)
{
    /// <summary>Gets whether it may be ahead, but not when: a time of the dumps is unknown, or they are less than two.</summary>
    internal bool IsTimeUnknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Left == 0 ? $"{Limit.Handles}: reached"
        : IsTimeUnknown ? $"{Limit.Handles}: time unknown"
        : Time is not { } time ? $"{Limit.Handles}: not ahead"
        : string.Create(CultureInfo.CurrentCulture, $"{Limit.Handles}: in {LeakWords.Duration(time)}{LeakWords.Range(EarliestTime, LatestTime, LeakWords.Duration)}");
}
