using HandlePool.Pools;

namespace HandlePool.Measurements;

/// <summary>Specifies what <see cref="ContentionMeasurement"/> measures. Immutable.</summary>
public sealed record ContentionMeasurementOptions
{
    private readonly HandleAllocator? _allocator;

    /// <summary>Gets the growth policies to compare; all by default.</summary>
    public IReadOnlyList<GrowthPolicy> GrowthPolicies { get; init; } = Enum.GetValues<GrowthPolicy>();

    /// <summary>Gets the delays to add to each allocation; each policy is measured with each delay. Zero and one millisecond by
    /// default.</summary>
    public IReadOnlyList<TimeSpan> AllocationDelays { get; init; } = [TimeSpan.Zero, TimeSpan.FromMilliseconds(1)];

    /// <summary>Gets the driver whose rules the table follows; <see cref="HandleDriver.HandlePool"/> by default.</summary>
    public HandleDriver Driver { get; init; }

    /// <summary>Gets the allocator of the pool; the driver's by default.</summary>
    public HandleAllocator Allocator
    {
        get => _allocator ?? DriverRules.Of(Driver).Allocator;
        init => _allocator = value;
    }

    /// <summary>Gets the number of threads that fill the table, 1 or more; 4 by default.</summary>
    public int Threads { get; init; } = 4;

    /// <summary>Gets the number of references that they add in total, at least the number of threads; 100,000 by default.</summary>
    public int Count { get; init; } = 100_000;

    /// <summary>Gets the number of runs per case, 1 or more, each with a new table; 5 by default. The run of median throughput is
    /// reported.</summary>
    public int Repetitions { get; init; } = 5;
}
