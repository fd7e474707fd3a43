using HandlePool.Measurements;

namespace HandlePool.PowerShell.Views;

/// <summary>Rebuilds a measurement from its copy, whose rows are copies as well (see SerializationDepth in HandlePool.Types.ps1xml).</summary>
internal static class MeasurementCopy
{
    /// <summary>Returns the measurement, or null if something is missing, as in a copy that was made with less depth.</summary>
    internal static PoolMeasurement? Read(Shown copy)
    {
        if (!Enum.TryParse(copy.Text(nameof(PoolMeasurement.Workload)), out PoolWorkload workload)
            || !Enum.TryParse(copy.Text(nameof(PoolMeasurement.ShrinkPolicy)), out ShrinkPolicy policy)
            || copy.Value<int>(nameof(PoolMeasurement.Count)) is not { } count
            || copy.Value<int>(nameof(PoolMeasurement.RangeSize)) is not { } size
            || copy.Value<int>(nameof(PoolMeasurement.Seed)) is not { } seed)
        {
            return null;
        }

        List<PoolLatency> rows = [];
        foreach (Shown row in copy.Items(nameof(PoolMeasurement.Rows)))
        {
            if (ReadRow(row) is not { } latency)
                return null;
            rows.Add(latency);
        }

        // Each allocator has a row for each range.
        int allocators = rows.DistinctBy(row => row.Allocator).Count();
        int ranges = rows.DistinctBy(row => row.Range).Count();
        if (rows.Count != (long)allocators * ranges || rows.DistinctBy(row => (row.Allocator, row.Range)).Count() != rows.Count)
            return null;
        return new PoolMeasurement(new() { Workload = workload, Count = count, RangeSize = size, ShrinkPolicy = policy, Seed = seed }, rows,
            copy.Value<double>(nameof(PoolMeasurement.ProcessorShare)) ?? 1);
    }

    private static PoolLatency? ReadRow(Shown row)
    {
        return Enum.TryParse(row.Text(nameof(PoolLatency.Allocator)), out HandleAllocator allocator)
            && Number(nameof(PoolLatency.First)) is { } first && Number(nameof(PoolLatency.Last)) is { } last
            && Time(nameof(PoolLatency.Mean)) is { } mean && Time(nameof(PoolLatency.Median)) is { } median && Time(nameof(PoolLatency.P99)) is { } p99
            && Number(nameof(PoolLatency.Capacity)) is { } capacity && Number(nameof(PoolLatency.Steps)) is { } steps
            && Number(nameof(PoolLatency.MeasuredSteps)) is { } measured && Number(nameof(PoolLatency.Resizes)) is { } resizes
            ? new PoolLatency(allocator, first, last, mean, median, p99, capacity, steps, measured, resizes)
            : null;

        int? Number(string property) => row.Value<int>(property);
        double? Time(string property) => row.Value<double>(property);
    }
}
