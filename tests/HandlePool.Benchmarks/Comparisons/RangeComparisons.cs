using HandlePool.Measurements;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>The latency table: what a step takes in the last range against the first.</summary>
internal static class RangeComparisons
{
    internal static IEnumerable<Comparison> Measure()
    {
        yield return Growth(HandleAllocator.SegmentedBitmap, 9, "<= 1.5x", growth => growth <= 1.5);
        yield return Growth(HandleAllocator.TreeScan, 3, ">= 5x", growth => growth >= 5);
        yield return Growth(HandleAllocator.Bitmap, 5, null, _ => true);
        yield return Growth(HandleAllocator.DBitmap, 5, null, _ => true);
        yield return Growth(HandleAllocator.AugmentedTree, 5, null, _ => true);
    }

    private static Comparison Growth(HandleAllocator allocator, int rounds, string? target, Func<double, bool> isMet)
    {
        PoolMeasurementOptions options = new() { Allocators = [allocator] };
        List<double> first = [], last = [], growth = [];
        for (int round = 0; round < rounds; round++)
        {
            // Medians, which a pause of the process does not move. The means, in which a single growth may show, stand beside.
            PoolMeasurement measurement = PoolMeasurement.Run(options);
            first.Add(measurement.Rows[0].Median);
            last.Add(measurement.Rows[^1].Median);
            growth.Add(measurement.GrowthOf(allocator)!.Value);
        }

        PairedMeasurement result = new(last, first);
        growth.Sort();
        return new Comparison($"100,000 appended, last range of 10,000 against the first: {allocator}", target,
            result.RatioWithSpread, isMet(result.Ratio),
            $"{PairedMeasurement.Number(result.MedianOfFirst)} ns against {PairedMeasurement.Number(result.MedianOfSecond)} ns"
            + $" in the median; by the means of the ranges {PairedMeasurement.Number(growth[growth.Count / 2])}x");
    }
}
