namespace HandlePool.Tables;

/// <summary>Counts the events of a handle table and its pool since the process was created.</summary>
/// <param name="GrowCount">The number of times the pool grew.</param>
/// <param name="ShrinkCount">The number of times the pool shrank.</param>
/// <param name="DiscardedResizes">The number of resizers that the second look discarded.</param>
/// <param name="DiscardedBytes">The bytes allocated for them.</param>
/// <param name="LockAcquisitions">The number of times the table's lock was taken for an operation that may change it.</param>
/// <param name="Waits">The number of times an operation had to wait for another thread.</param>
/// <param name="Retries">The number of times a thread tried again because another had grown the pool.</param>
internal readonly record struct PoolCounters(
    long GrowCount,
    long ShrinkCount,
    long DiscardedResizes,
    long DiscardedBytes,
    long LockAcquisitions,
    long Waits,
    long Retries);
