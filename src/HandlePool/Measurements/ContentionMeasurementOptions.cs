namespace HandlePool.Measurements;

/// <summary>What <see cref="ContentionMeasurement"/> measures. Immutable.</summary>
public sealed record ContentionMeasurementOptions
{
    /// <summary>The policies to compare; all by default.</summary>
    public IReadOnlyList<GrowthPolicy> GrowthPolicies { get; init; } = Enum.GetValues<GrowthPolicy>();

    /// <summary>How long each allocation is made to take; each policy is measured with each. None and a millisecond by default.</summary>
    public IReadOnlyList<TimeSpan> AllocationDelays { get; init; } = [TimeSpan.Zero, TimeSpan.FromMilliseconds(1)];

    /// <summary>How the pool finds IDs.</summary>
    public HandleAllocator Allocator { get; init; } = HandleAllocator.HierarchicalBitmap;

    /// <summary>How many threads fill the table, 1 or more; 4 by default.</summary>
    public int Threads { get; init; } = 4;

    /// <summary>How many references they add in all, as many as there are threads or more; 100,000 by default.</summary>
    public int Count { get; init; } = 100_000;

    /// <summary>How often each case is measured, each time with a new table; what is reported is the run of median throughput.</summary>
    public int Repetitions { get; init; } = 5;
}
