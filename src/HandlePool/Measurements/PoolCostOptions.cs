namespace HandlePool.Measurements;

/// <summary>Specifies what <see cref="PoolCostMeasurement"/> measures. Immutable.</summary>
public sealed record PoolCostOptions
{
    /// <summary>Gets the allocators to compare; all by default.</summary>
    public IReadOnlyList<HandleAllocator> Allocators { get; init; } = Enum.GetValues<HandleAllocator>();

    /// <summary>Gets the numbers of live IDs, each from 1 to 100,000,000; 64, 1,000, 10,000 and 100,000 by default.</summary>
    public IReadOnlyList<int> Live { get; init; } = [64, 1000, 10_000, 100_000];

    /// <summary>
    /// Gets the sizes of real pools, which are measured together instead of <see cref="Live"/>; empty by default. Sizes below 1 do not count.
    /// </summary>
    public IReadOnlyList<int> PoolSizes { get; init; } = [];

    /// <summary>Gets the number of rounds, in each of which all allocators are timed by turns, 1 or more; 11 by default.</summary>
    public int Rounds { get; init; } = 11;

    /// <summary>Gets the seed of the random choices; 1 by default.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Gets the processor time for which each allocator runs twice before it is measured; 200 milliseconds by default.</summary>
    internal TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets the clock by which the allocators are warmed up: the processor time of this process.</summary>
    internal TimeProvider Clock { get; init; } = ProcessorClock.Shared;
}
