using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Measures how fast handles grow over a series of sessions of one device, and when they reach Android's limits. Static and thread-safe.</summary>
public static class ForecastMeasurement
{
    /// <summary>Measures the rates. Costs O(handles of all sessions).</summary>
    /// <param name="sessions">Two sessions or more, as <see cref="LeakFinder"/> takes and selects them; of one, there are no rates.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The rates, what reaches its next limit first before the others, then by the rate; and notes on sessions that were left out.</returns>
    /// <exception cref="ArgumentException">There is no session, one is given twice, or the options are not as they say.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static ForecastResult Measure(IEnumerable<HandleSession> sessions, ForecastOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        options ??= new ForecastOptions();
        if (options.By is not (HandleUsageGrouping.Holder or HandleUsageGrouping.Owner or HandleUsageGrouping.Pair))
            throw new ArgumentException($"Handles are not forecast by {options.By}. Use Holder, Owner or Pair.", nameof(options));
        HandleSession[] given = [.. sessions];
        if (options.EventCounts is { } counted && counted.Count != given.Length)
        {
            throw new ArgumentException($"There {(counted.Count == 1 ? "is" : "are")} {Phrase.Count(counted.Count, "number")} of events for "
                + $"{Phrase.Count(given.Length, "session")}. Give one for each.", nameof(options));
        }

        List<string> notes = [];
        HandleSession[] series = SeriesSelection.Select(given, notes, cancellationToken);
        UsageHistory history = new(series, cancellationToken) { EndsWithCounters = true };
        if (options.By != HandleUsageGrouping.Pair)
            history = new UsageHistory(history, options.By, cancellationToken);
        List<HandleForecast> forecasts = [];
        foreach (HandleUsage usage in history.Last)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] counts = history.CountsOf(usage.Key, out _);
            HandleSession[] window = series[^counts.Length..];
            forecasts.Add(new HandleForecast(usage, counts, GrowthRules.HoursOf(window), EventsOf(usage, window, given, options)));
        }

        if (series.Length == 1)
            notes.Add("One dump shows no growth. Give a series.");
        return new ForecastResult([.. forecasts.OrderBy(forecast => forecast.IsGrowing ? forecast.TimeToLimit ?? TimeSpan.MaxValue : TimeSpan.MaxValue)
            .ThenByDescending(forecast => forecast.IsGrowing)
            .ThenByDescending(forecast => forecast.PerHour ?? forecast.PerDump ?? 0)
            .ThenByDescending(forecast => forecast.Handles)], notes);
    }

    /// <summary>Returns the events up to each session of a window; null if they were not counted.</summary>
    private static double[]? EventsOf(HandleUsage usage, HandleSession[] window, HandleSession[] given, ForecastOptions options)
    {
        if (options.EventCounts is { } counts)
            return Ascending(Array.ConvertAll(window, session => counts[Array.IndexOf(given, session)]));
        if (options.Counter is not { } counter || (usage.Holder ?? usage.Owner) is not { } process)
            return null;
        double[] events = new double[window.Length];
        uint? before = null;
        for (int i = 0; i < window.Length; i++)
        {
            // The drivers' counters have 32 bits, and may overflow.
            if (CountOf(window[i], process, counter) is not { } now)
                return null;
            events[i] = (i == 0 ? 0 : events[i - 1]) + (before is { } known ? unchecked(now - known) : 0);
            before = now;
        }

        return Ascending(events);
    }

    private static double[]? Ascending(double[] events)
    {
        for (int i = 1; i < events.Length; i++)
        {
            if (events[i] < events[i - 1])
                return null;
        }

        return events;
    }

    private static uint? CountOf(HandleSession session, HandleProcess process, string counter)
    {
        uint? sum = null;
        foreach (HandleStatistic statistic in session.Statistics?.Processes ?? Enumerable.Empty<HandleStatistic>())
        {
            if (statistic.ProcessId == process.Id && statistic.Context == process.Context)
                sum = unchecked((sum ?? 0) + (uint)statistic.Counters.CountOf(counter));
        }

        return sum;
    }
}

/// <summary>Represents the options of a forecast. Immutable.</summary>
public sealed record ForecastOptions
{
    /// <summary>Gets whose handles are counted: those of holders by default, of owners or of pairs. Others are refused.</summary>
    public HandleUsageGrouping By { get; init; } = HandleUsageGrouping.Holder;

    /// <summary>Gets the driver's counter of the events, such as <c>BR_TRANSACTION</c>, in the statistics of the holder, or else of the owner; none by default.</summary>
    public string? Counter { get; init; }

    /// <summary>Gets the number of events up to each of the sessions, in the order in which they are given; none by default.</summary>
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

    /// <summary>Gets whole sentences on sessions that were left out, and on restarts.</summary>
    public HandleList<string> Notes { get; }
}
