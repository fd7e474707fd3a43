using HandlePool.Analysis;
using HandlePool.Tests.Dumps;

namespace HandlePool.Tests.Analysis;

/// <summary>What a forecast takes for one process, and what it says of what it cannot tell.</summary>
public class ForecastTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(HandleUsageGrouping.Holder)]
    [InlineData(HandleUsageGrouping.Pair)]
    public void A_forecast_starts_over_where_commands_are_counted_from_the_beginning(HandleUsageGrouping by)
    {
        HandleSession[] series = [Stats(0, 4_000, 9_000), Stats(1, 4_100, 9_500), Stats(2, 4_200, 10_000), Stats(3, 20, 30), Stats(4, 21, 31), Stats(5, 22, 32)];

        HandleForecast forecast = Assert.Single(Measure(series, new ForecastOptions { By = by, Counter = "BR_TRANSACTION" }).Forecasts);

        Assert.Equal([20, 21, 22], forecast.Counts);
        Assert.Equal(1, forecast.PerHour!.Value, 6);
        Assert.Equal(2, forecast.EventCount);
        Assert.Equal(TimeSpan.FromHours(2), forecast.Span);
    }

    [Fact]
    public void A_forecast_goes_on_where_commands_are_counted_as_before_or_more_often()
    {
        HandleSession[] series = [Stats(0, 10, uint.MaxValue - 1), Stats(1, 10, uint.MaxValue - 1), Stats(2, 12, 3, released: 4), Stats(3, 14, 3, released: 4)];

        Assert.Equal([10, 10, 12, 14], Assert.Single(Measure(series).Forecasts).Counts);
    }

    [Theory]
    [InlineData(HandleUsageGrouping.Context)]
    [InlineData(HandleUsageGrouping.Uid)]
    [InlineData(HandleUsageGrouping.Interface)]
    [InlineData((HandleUsageGrouping)99)]
    public void Groupings_without_a_history_are_not_forecast(HandleUsageGrouping by) =>
        Assert.Throws<ArgumentException>("options", () => Measure([Stats(0, 10, 1), Stats(1, 20, 2)], new ForecastOptions { By = by }));

    [Theory]
    [InlineData(null, double.NaN, 1)]
    [InlineData(null, 0, double.PositiveInfinity)]
    [InlineData(null, -1, 0)]
    [InlineData(null, 0, 1e300)]
    [InlineData(null, 8, 7)]
    [InlineData("BR_TRANSACTION", 7, 8)]
    public void Numbers_that_do_not_count_events_are_refused(string? counter, double first, double second) =>
        Assert.Throws<ArgumentException>("options",
            () => Measure([Stats(0, 10, 1), Stats(1, 20, 2)], new ForecastOptions { Counter = counter, EventCounts = [first, second] }));

    [Fact]
    public void Numbers_of_events_follow_their_sessions_into_the_order_of_time()
    {
        HandleSession[] series = [Stats(2, 30, 1), Stats(0, 10, 1), Stats(1, 20, 1)];

        Assert.Equal(2, Assert.Single(Measure(series, new ForecastOptions { EventCounts = [10, 0, 5] }).Forecasts).PerEvent!.Value, 6);
    }

    [Fact]
    public void Processes_whose_events_are_not_counted_are_named()
    {
        HandleSession[] series = [.. Enumerable.Range(0, 3).Select(hour => Read(hour,
            $"binder stats:\nproc 7\ncontext binder\n  refs: 9 s 9 w 9\n  BR_REPLY: {hour}\nproc 8\ncontext binder\n  refs: 9 s 9 w 9\n  BR_OK: 3\n"))];

        ForecastResult result = Measure(series, new ForecastOptions { Counter = "BR_REPLY" });

        Assert.Equal([("7", 2), ("8", 0)], result.Forecasts.Select(each => (each.HolderName, each.EventCount)).Order());
        Assert.Equal(["The statistics of these dumps do not count 'BR_REPLY' of 1 process: process 8."], result.Notes);
        Assert.Equal(["Some of these dumps have no statistics of 1 process, whose 'BR_REPLY' is unknown: (unknown)."],
            Measure(series, new ForecastOptions { By = HandleUsageGrouping.Owner, Counter = "BR_REPLY" }).Notes);
        Assert.StartsWith("The statistics of these dumps do not count 'BR_X[U+001B]'.", Assert.Single(Measure(series, new ForecastOptions { Counter = "BR_X\u001b" }).Notes),
            StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(20, "time unknown")]
    [InlineData(0, "not ahead")]
    public void Without_times_a_growing_count_reaches_its_limit_nobody_knows_when(int growth, string end)
    {
        HandleSession[] series = [Stats(0, 10, 1), Stats(1, 10 + growth, 2), Stats(2, 10 + (2 * growth), 3)];
        Array.ForEach(series, session => session.Time = null);

        Assert.EndsWith(end, Assert.Single(Measure(series).Forecasts).Limits[0].ToString(), StringComparison.Ordinal);
    }

    private static ForecastResult Measure(HandleSession[] series, ForecastOptions? options = null) =>
        ForecastMeasurement.Measure(series, options);

    /// <summary>Returns statistics of a process that has received a number of calls.</summary>
    private static HandleSession Stats(int hour, int handles, uint calls, int released = 3) => Read(hour,
        $"binder stats:\nproc 7\ncontext binder\n  refs: {handles} s {handles} w {handles}\n  BC_RELEASE: {released}\n  BR_TRANSACTION: {calls}\n");

    private static HandleSession Read(int hour, string text)
    {
        HandleSession session = DumpSource.Read(text).Session;
        (session.Name, session.Time) = ($"hour{hour}", Start.AddHours(hour));
        return session;
    }
}
