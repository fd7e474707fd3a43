using System.Runtime;

namespace HandlePool.Measurements;

/// <summary>Specifies what <see cref="PoolMeasurement"/> measures. Immutable.</summary>
public sealed record PoolMeasurementOptions
{
    /// <summary>Gets the workload; appending by default.</summary>
    public PoolWorkload Workload { get; init; } = PoolWorkload.Append;

    /// <summary>Gets the driver whose rules the pools follow; <see cref="HandleDriver.HandlePool"/> by default.</summary>
    public HandleDriver Driver { get; init; }

    /// <summary>Gets the allocators to compare; <see cref="DefaultAllocators"/> by default.</summary>
    public IReadOnlyList<HandleAllocator> Allocators { get; init; } = DefaultAllocators;

    /// <summary>Gets the default allocator and those that drivers have used or their authors have weighed.</summary>
    public static IReadOnlyList<HandleAllocator> DefaultAllocators { get; } =
        [HandleAllocator.SegmentedBitmap, HandleAllocator.Bitmap, HandleAllocator.DBitmap, HandleAllocator.TreeScan, HandleAllocator.AugmentedTree];

    /// <summary>Gets the number of live IDs to reach, 64 or more; 100,000 by default.</summary>
    public int Count { get; init; } = 100_000;

    /// <summary>Gets the number of live IDs per row of the table, 1 or more; 10,000 by default.</summary>
    public int RangeSize { get; init; } = 10_000;

    /// <summary>Gets the shrink policy: Immediate, the default, shrinks after each release as part of the step; the others never
    /// shrink.</summary>
    public ShrinkPolicy ShrinkPolicy { get; init; } = ShrinkPolicy.Immediate;

    /// <summary>Gets the seed of the random numbers; 1 by default. The same seed gives the same steps.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Gets the time for which the runtime must have compiled nothing before an allocator is measured; 300 milliseconds by default.</summary>
    internal TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Gets what counts the methods that the runtime has compiled.</summary>
    internal Func<long> CompiledMethods { get; init; } = static () => JitInfo.GetCompiledMethodCount();

    /// <summary>Gets the clock by which the allocators are warmed up.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;
}
