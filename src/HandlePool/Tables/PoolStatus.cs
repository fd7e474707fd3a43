namespace HandlePool.Tables;

/// <summary>Everything countable about a table and its pool, from one moment.</summary>
internal readonly record struct PoolStatus(
    HandleAllocator Allocator,
    int Capacity,
    int MaxCapacity,
    int InUse,
    int? LowestFree,
    int? HighestUsed,
    long Bytes,
    bool CapacityInferred,
    long GrowCount,
    long ShrinkCount,
    long DiscardedResizes,
    long DiscardedBytes,
    long LockAcquisitions,
    long Waits,
    long Retries,
    bool IsDisabled);
