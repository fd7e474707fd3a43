using HandlePool.Benchmarks.IdSources;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>The hierarchical bitmap against the flat one, and against itself by size.</summary>
internal static class AllocatorComparisons
{
    private const int Rounds = 41;
    private const HandleAllocator Ours = HandleAllocator.HierarchicalBitmap;
    private const HandleAllocator Flat = HandleAllocator.Bitmap;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(600);

    internal static IEnumerable<Comparison> Measure()
    {
        foreach ((int live, double append, double churn) in new[] { (100_000, 20.0, 10.0), (1_000_000, 150.0, 50.0) })
        {
            IdSourceTimer ours = new(Ours, live), flat = new(Flat, live), vector = new(new VectorScanIdSource(), live);
            IdSourceTimer oursKept = new(new PoolIdSource(Ours, shrinks: false), live);
            IdSourceTimer flatKept = new(new PoolIdSource(Flat, shrinks: false), live);
            string appending = $"append at {live:N0} live: hierarchical against flat";
            string churning = $"release at random + acquire at {live:N0} live: hierarchical against flat";
            yield return Faster(appending + ", scanned a word at a time", flat.Append, ours.Append, append);
            yield return Faster(appending + ", scanned with vectors", vector.Append, ours.Append, null);
            yield return Faster(churning, flat.Churn, ours.Churn, churn);
            yield return Faster(churning + ", scanned with vectors", vector.Churn, ours.Churn, null);
            yield return Faster(churning + ", neither asking if the pool may shrink", flatKept.Churn, oursKept.Churn, null);
        }

        IdSourceTimer few = new(Ours, 1_000), many = new(Ours, 10_000_000);
        yield return Slower("append at 10,000,000 live against 1,000: hierarchical", many.Append, few.Append);
        yield return Slower("release at random + acquire at 10,000,000 live against 1,000: hierarchical", many.Churn, few.Churn);
    }

    private static Comparison Faster(string what, Func<double> slow, Func<double> fast, double? least)
    {
        PairedMeasurement result = PairedMeasurement.Run(slow, fast, Rounds, WarmUp);
        string? target = least is null ? null : $">= {least:N0}x faster";
        return new Comparison(what, target, result.RatioWithSpread, result.Ratio >= least, Times(result));
    }

    private static Comparison Slower(string what, Func<double> many, Func<double> few)
    {
        // Batches of microseconds: there is time for more of them.
        PairedMeasurement result = PairedMeasurement.Run(many, few, 10 * Rounds, WarmUp);
        return new Comparison(what, "<= 3x", result.RatioWithSpread, result.Ratio <= 3, Times(result));
    }

    private static string Times(PairedMeasurement result) =>
        $"{PairedMeasurement.Number(result.MedianOfFirst)} ns against {PairedMeasurement.Number(result.MedianOfSecond)} ns"
        + $" (least {PairedMeasurement.Number(result.LeastOfFirst)} and {PairedMeasurement.Number(result.LeastOfSecond)})";
}
