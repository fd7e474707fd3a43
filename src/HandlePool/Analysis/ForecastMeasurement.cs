using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Measures how fast handles grow over a series of sessions of one device, and when they reach Android's limits. Static and thread-safe.</summary>
public static class ForecastMeasurement
{
    // Up to this number, all whole numbers are exact, and their squares are finite.
    private const double MostEvents = 1L << 53;

    /// <summary>Measures the rates. Costs O(handles of all sessions).</summary>
    /// <param name="sessions">Two sessions or more, as <see cref="LeakFinder"/> takes and selects them; of one, there are no rates.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The rates, what reaches its next limit first before the others, then by the rate; and notes on what was left out or not counted.</returns>
    /// <exception cref="ArgumentException">There is no session, one is given twice, or the options are not as they say.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static ForecastResult Measure(IEnumerable<HandleSession> sessions, ForecastOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        options ??= new ForecastOptions();
        if (options.By is not (HandleUsageGrouping.Holder or HandleUsageGrouping.Owner or HandleUsageGrouping.Pair))
            throw new ArgumentException($"Handles are not forecast by {options.By}. Use Holder, Owner or Pair.", nameof(options));
        HandleSession[] given = [.. sessions];
        CheckEvents(options, given.Length);
        List<string> notes = [];
        HandleSession[] series = SeriesSelection.Select(given, notes, cancellationToken);
        UsageHistory history = new(series, cancellationToken) { EndsWithCounters = true };
        if (options.By != HandleUsageGrouping.Pair)
            history = new UsageHistory(history, options.By, cancellationToken);
        double[]? events = ArrangeEvents(options, given, series);
        CountedEvents? counted = options.Counter is { } counter ? new CountedEvents(series, counter, cancellationToken) : null;
        List<HandleForecast> forecasts = [];
        foreach (HandleUsage usage in history.Last)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] counts = history.CountsOf(usage.Key, out _);
            HandleSession[] window = series[^counts.Length..];
            forecasts.Add(new HandleForecast(usage, counts, GrowthRules.HoursOf(window), events?[^counts.Length..] ?? counted?.Of(usage, counts.Length)));
        }

        notes.AddRange(counted?.Notes ?? []);
        if (series.Length == 1)
            notes.Add("One dump shows no growth. Give a series.");
        return new ForecastResult([.. forecasts.OrderBy(forecast => forecast.IsGrowing ? forecast.TimeToLimit ?? TimeSpan.MaxValue : TimeSpan.MaxValue)
            .ThenByDescending(forecast => forecast.IsGrowing)
            .ThenByDescending(forecast => forecast.PerHour ?? forecast.PerDump ?? 0)
            .ThenByDescending(forecast => forecast.Handles)], notes);
    }

    private static void CheckEvents(ForecastOptions options, int sessions)
    {
        if (options.EventCounts is not { } counts)
            return;
        if (options.Counter is not null)
            throw new ArgumentException("A counter and numbers of events were given. Events are counted by one of them: omit the other.", nameof(options));
        if (counts.Count != sessions)
        {
            throw new ArgumentException($"There {(counts.Count == 1 ? "is" : "are")} {Phrase.Count(counts.Count, "number")} of events for "
                + $"{Phrase.Count(sessions, "session")}. Give one for each.", nameof(options));
        }

        foreach (double count in counts)
        {
            if (count is not (>= 0 and <= MostEvents))
                throw new ArgumentException($"{Shown(count)} is not a number of events. Give numbers from 0 to {(long)MostEvents}.", nameof(options));
        }
    }

    /// <summary>Returns the given numbers of events in the order of the series; null if none are given.</summary>
    private static double[]? ArrangeEvents(ForecastOptions options, HandleSession[] given, HandleSession[] series)
    {
        if (options.EventCounts is not { } counts)
            return null;
        Dictionary<HandleSession, double> bySession = [];
        for (int i = 0; i < given.Length; i++)
            bySession.Add(given[i], counts[i]);
        double[] events = Array.ConvertAll(series, session => bySession[session]);
        for (int i = 1; i < events.Length; i++)
        {
            if (events[i] < events[i - 1])
            {
                throw new ArgumentException($"There are {Shown(events[i - 1])} events up to '{series[i - 1]}', and {Shown(events[i])} up to '{series[i]}' after it. "
                    + "Give the number of all events up to each dump, which does not fall, in the order in which the dumps are given.", nameof(options));
            }
        }

        return events;
    }

    private static string Shown(double number) => number.ToString(CultureInfo.CurrentCulture);
}

/// <summary>Represents the options of a forecast. Immutable.</summary>
public sealed record ForecastOptions
{
    /// <summary>Gets whose handles are counted: those of holders by default, of owners or of pairs. Others are refused.</summary>
    public HandleUsageGrouping By { get; init; } = HandleUsageGrouping.Holder;

    /// <summary>Gets the driver's counter of the events, such as <c>BR_TRANSACTION</c>, in the statistics of the holder, or else of the owner; none by default.</summary>
    /// <remarks>It excludes <see cref="EventCounts"/>.</remarks>
    public string? Counter { get; init; }

    /// <summary>Gets the number of all events up to each of the sessions, in the order in which they are given; none by default.</summary>
    /// <remarks>The numbers are from 0 to 2^53, and do not fall from one session of the series to the next. They exclude <see cref="Counter"/>.</remarks>
    public IReadOnlyList<double>? EventCounts { get; init; }
}

/// <summary>Represents the rates of a series. Immutable.</summary>
public sealed class ForecastResult
{
    internal ForecastResult(HandleForecast[] forecasts, List<string> notes)
    {
        Forecasts = new HandleList<HandleForecast>(forecasts);
        Notes = new HandleList<string>(notes);
    }

    /// <summary>Gets the rates.</summary>
    public HandleList<HandleForecast> Forecasts { get; }

    /// <summary>Gets whole sentences on sessions that were left out, and on processes whose events are not counted.</summary>
    public HandleList<string> Notes { get; }
}
