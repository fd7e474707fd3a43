namespace HandlePool.Tables;

/// <summary>What of a pool is recorded beside its handles, so that another can go on from there.</summary>
/// <param name="Capacity">The capacity in IDs; null where the pool has none of its own (a tree, or a disabled bitmap).</param>
/// <param name="CapacityInferred">Whether that was inferred from the handles.</param>
/// <param name="IsDisabled">Whether the C driver's bitmap was given up.</param>
/// <param name="GrowCount">How often it grew.</param>
/// <param name="ShrinkCount">How often it shrank.</param>
/// <param name="DiscardedResizes">How many resizers were discarded.</param>
/// <param name="DiscardedBytes">The bytes that were allocated for them.</param>
/// <param name="LockAcquisitions">How often the table's lock was taken.</param>
/// <param name="Waits">How often it had to be waited for.</param>
/// <param name="Retries">How often a thread tried again because another had grown the pool.</param>
internal readonly record struct PoolRecord(
    int? Capacity,
    bool CapacityInferred,
    bool IsDisabled,
    long GrowCount,
    long ShrinkCount,
    long DiscardedResizes,
    long DiscardedBytes,
    long LockAcquisitions,
    long Waits,
    long Retries);
