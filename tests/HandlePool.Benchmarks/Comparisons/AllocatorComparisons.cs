using HandlePool.Benchmarks.IdSources;
using HandlePool.Measurements;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>The default allocator against the flat bitmap, and against itself by size. Each side is a process of its own.</summary>
internal static class AllocatorComparisons
{
    private const int Rounds = 31;
    private const int Launches = 7;
    private const int RoundsOfLaunch = 9;
    private const string Ours = nameof(HandleAllocator.SegmentedBitmap);
    private const string Flat = nameof(HandleAllocator.Bitmap);

    // The sides are warm; this is for the caches and the clock rate.
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(100);

    internal static IEnumerable<Comparison> Measure()
    {
        foreach ((int live, double append, double churn) in new[] { (100_000, 50.0, 25.0), (1_000_000, 450.0, 110.0) })
        {
            using IdSourceSide ours = new(Ours, live), flat = new(Flat, live), vector = new(IdSourceCase.Vectorized, live);
            yield return Faster($"append at {live:N0} live: default against flat, scanned a word at a time", flat.Append, ours.Append, append);
            yield return Faster($"append at {live:N0} live: default against flat, scanned with vectors", vector.Append, ours.Append, null);
            yield return Faster($"release at random + acquire at {live:N0} live: default against flat", flat.Churn, ours.Churn, churn);
            yield return Faster($"release at random + acquire at {live:N0} live: default against vectors", vector.Churn, ours.Churn, null);
            yield return Faster($"{IdSourceTimer.Many} releases at random + {IdSourceTimer.Many} acquires at {live:N0} live: default against flat",
                flat.ChurnMany, ours.ChurnMany, null);
        }

        foreach (int live in new[] { 64, 1000 })
        {
            // At a few nanoseconds a step, a process in four or so is slower by half for as long as it lives. So several have their say.
            List<PairedMeasurement> fills = [], churns = [];
            for (int launch = 0; launch < Launches; launch++)
            {
                using IdSourceSide ours = new(Ours, live), flat = new(Flat, live);
                fills.Add(PairedMeasurement.Run(ours.Fill, flat.Fill, RoundsOfLaunch, WarmUp));
                churns.Add(PairedMeasurement.Run(ours.Churn, flat.Churn, RoundsOfLaunch, WarmUp));
            }

            yield return AtMost($"append up to {live:N0} live, growing included: default against flat", new PairedMeasurement(fills), 0.9);
            yield return AtMost($"release at random + acquire at {live:N0} live: default against flat", new PairedMeasurement(churns), 0.9);
        }

        using (IdSourceSide few = new(Ours, 1000), many = new(Ours, 10_000_000))
        {
            yield return AtMost("append at 10,000,000 live against 1,000: default", many.Append, few.Append, 1.3);
            yield return AtMost("release at random + acquire at 10,000,000 live against 1,000: default", many.Churn, few.Churn, 1.5);
            yield return AtMost($"{IdSourceTimer.Many} releases at random + {IdSourceTimer.Many} acquires at 10,000,000 live against 1,000: default",
                many.ChurnMany, few.ChurnMany, null);
        }

        PoolCostOptions options = new() { Allocators = [HandleAllocator.SegmentedBitmap, HandleAllocator.Bitmap], Live = [1_000_000], Rounds = 1 };
        HandleList<PoolCost> costs = PoolCostMeasurement.Run(options).Rows;
        yield return Longest("words", costs, cost => cost.LongestWords);
        yield return Longest("ns", costs, cost => cost.LongestTime);
    }

    private static Comparison Faster(string what, Func<double> slow, Func<double> fast, double? least)
    {
        PairedMeasurement result = PairedMeasurement.Run(slow, fast, Rounds, WarmUp);
        string? target = least is null ? null : $">= {least:N0}x faster";
        return new Comparison(what, target, result.RatioWithSpread, result.Ratio >= least, Times(result));
    }

    private static Comparison AtMost(string what, Func<double> first, Func<double> second, double? most) =>
        AtMost(what, PairedMeasurement.Run(first, second, Rounds, WarmUp), most);

    private static Comparison AtMost(string what, PairedMeasurement result, double? most) =>
        new(what, most is null ? null : $"<= {most:N1}x", result.RatioWithSpread, result.Ratio <= most, Times(result));

    private static Comparison Longest(string unit, HandleList<PoolCost> costs, Func<PoolCost, double> value)
    {
        double ratio = value(costs[0]) / value(costs[1]);
        return new Comparison($"longest operation under the lock, append to 1,000,000, churn and drain, in {unit}: default against flat", "<= 1/20",
            $"1/{1 / ratio:N1}", ratio <= 1 / 20.0,
            $"{value(costs[0]):N0} {unit} ({costs[0].LongestOperation}) against {value(costs[1]):N0} ({costs[1].LongestOperation})");
    }

    private static string Times(PairedMeasurement result) =>
        $"{PairedMeasurement.Number(result.MedianOfFirst)} ns against {PairedMeasurement.Number(result.MedianOfSecond)} ns"
        + $" (least {PairedMeasurement.Number(result.LeastOfFirst)} and {PairedMeasurement.Number(result.LeastOfSecond)})";
}
