namespace HandlePool.Measurements;

/// <summary>What <see cref="PoolMeasurement"/> measures. Immutable.</summary>
public sealed record PoolMeasurementOptions
{
    /// <summary>What is done.</summary>
    public PoolWorkload Workload { get; init; } = PoolWorkload.Append;

    /// <summary>The allocators to compare; all by default.</summary>
    public IReadOnlyList<HandleAllocator> Allocators { get; init; } = Enum.GetValues<HandleAllocator>();

    /// <summary>How many live IDs it comes to, 64 or more; 100,000 by default.</summary>
    public int Count { get; init; } = 100_000;

    /// <summary>How many live IDs a row of the table stands for, 1 or more; 10,000 by default.</summary>
    public int RangeSize { get; init; } = 10_000;

    /// <summary>When the pools shrink: after each release (Immediate) or not (the other two). Its cost is part of a step's.</summary>
    public ShrinkPolicy ShrinkPolicy { get; init; } = ShrinkPolicy.Immediate;

    /// <summary>The seed of what is random. The same seed gives the same steps.</summary>
    public int Seed { get; init; } = 1;
}
