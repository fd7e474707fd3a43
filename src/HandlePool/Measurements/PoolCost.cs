namespace HandlePool.Measurements;

/// <summary>Represents what an allocator costs at a number of live IDs, or over the pools of a dump. Immutable.</summary>
/// <remarks>
/// Times are in nanoseconds per operation; a release includes the question whether the pool may shrink. Words are 64-bit words that are read or
/// written with the lock held; they are counted, not measured, and the same each time. The nodes of a tree count as words.
/// </remarks>
public sealed class PoolCost
{
    internal PoolCost()
    {
    }

    /// <summary>Gets the allocator.</summary>
    public required HandleAllocator Allocator { get; init; }

    /// <summary>Gets the number of live IDs; over several pools, that of all of them.</summary>
    public required int Live { get; init; }

    /// <summary>Gets the number of pools: 1, or those of a dump that hold a handle.</summary>
    public required int Pools { get; init; }

    /// <summary>Gets the median time of taking the next ID. Up to 1,000 live IDs, that of filling a new pool, growing included.</summary>
    public required double Append { get; init; }

    /// <summary>Gets the mean of the same.</summary>
    public required double AppendMean { get; init; }

    /// <summary>Gets the median time of releasing an ID at random and taking the lowest unused one.</summary>
    public required double Churn { get; init; }

    /// <summary>Gets the mean of the same.</summary>
    public required double ChurnMean { get; init; }

    /// <summary>Gets the median time of releasing the highest ID. Up to 1,000 live IDs, until none is left, shrinking included.</summary>
    public required double Drain { get; init; }

    /// <summary>Gets the mean of the same.</summary>
    public required double DrainMean { get; init; }

    /// <summary>Gets the mean number of words of taking the next ID.</summary>
    public required double AppendWords { get; init; }

    /// <summary>Gets the mean number of words of releasing an ID at random and taking the lowest unused one.</summary>
    public required double ChurnWords { get; init; }

    /// <summary>Gets the mean number of words of releasing the highest ID until none is left, shrinking included.</summary>
    public required double DrainWords { get; init; }

    /// <summary>Gets the memory per live ID in bytes, summaries and unused capacity included.</summary>
    public required double BytesPerHandle { get; init; }

    /// <summary>Gets the bytes that are copied, with the lock held, while pools grow from empty to the live IDs.</summary>
    public required long CopiedBytes { get; init; }

    /// <summary>Gets the bytes that are allocated while pools grow from empty to the live IDs.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>Gets the most bytes that a release may need, to shrink the pool; 0 if a release never needs memory.</summary>
    public required long ReleaseBytes { get; init; }

    /// <summary>Gets the largest number of words while the lock is held once: filling a new pool, releasing at random and draining it.</summary>
    public required long LongestWords { get; init; }

    /// <summary>Gets the operation with that number.</summary>
    public required PoolOperation LongestOperation { get; init; }

    /// <summary>
    /// Gets the longest time of a single operation with the lock held. Of each operation, the least time of five repeats counts, which a garbage
    /// collection or another program did not lengthen.
    /// </summary>
    public required double LongestTime { get; init; }

    /// <summary>Gets the longest time of a single operation in all repeats, with whatever interrupted it.</summary>
    public required double LongestSeen { get; init; }

    /// <summary>Gets the ratio of the third to the first quartile of the append and churn times, the larger: above 1.5, the machine was busy.</summary>
    public required double Spread { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Allocator} at {Live}: {Append:0.0} ns");
}
