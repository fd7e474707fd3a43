namespace HandlePool.Tables;

/// <summary>Describes the pool of a handle table at one moment.</summary>
internal readonly record struct PoolStatus(
    HandleAllocator Allocator,
    int Capacity,
    int MaxCapacity,
    int InUse,
    int? LowestFree,
    int? HighestUsed,
    long Bytes,
    bool CapacityInferred,
    bool IsDisabled,
    PoolCounters Counters);
