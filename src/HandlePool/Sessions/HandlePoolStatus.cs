using HandlePool.Tables;

namespace HandlePool;

/// <summary>What there is to say about the pool of a process, from one moment. Immutable.</summary>
public sealed class HandlePoolStatus
{
    private readonly PoolStatus _status;

    internal HandlePoolStatus(HandleProcess process, in PoolStatus status)
    {
        Process = process;
        _status = status;
    }

    /// <summary>The process whose pool it is.</summary>
    public HandleProcess Process { get; }

    /// <summary>How unused IDs are found.</summary>
    public HandleAllocator Allocator => _status.Allocator;

    /// <summary>How many IDs fit: a power of two, 64 or more.</summary>
    public int Capacity => _status.Capacity;

    /// <summary>The limit to the capacity.</summary>
    public int MaxCapacity => _status.MaxCapacity;

    /// <summary>How many IDs are used.</summary>
    public int InUse => _status.InUse;

    /// <summary>The handle that the next ordinary reference gets, so never 0; null if the pool must grow first.</summary>
    public int? LowestFree => _status.LowestFree;

    /// <summary>The highest used handle, or null if none is.</summary>
    public int? HighestUsed => _status.HighestUsed;

    /// <summary>The memory of the pool's bitmap in bytes, summaries included; not that of the table.</summary>
    public long Bytes => _status.Bytes;

    /// <summary>True if the capacity was not known (a dump does not tell it): it is the least that holds the highest handle.</summary>
    public bool CapacityInferred => _status.CapacityInferred;

    /// <summary>How often the pool grew.</summary>
    public long GrowCount => _status.GrowCount;

    /// <summary>How often the pool shrank.</summary>
    public long ShrinkCount => _status.ShrinkCount;

    /// <summary>How many resizers were discarded by the second look.</summary>
    public long DiscardedResizes => _status.DiscardedResizes;

    /// <summary>The bytes that were allocated for them in vain.</summary>
    public long DiscardedBytes => _status.DiscardedBytes;

    /// <summary>How often operations that may change the table took its lock; reading is not counted.</summary>
    public long LockAcquisitions => _status.LockAcquisitions;

    /// <summary>How many of those had to wait for another thread.</summary>
    public long Waits => _status.Waits;

    /// <summary>How often a thread tried again because another had grown the pool, instead of allocating itself.</summary>
    public long Retries => _status.Retries;

    /// <summary>True once the C driver's bitmap was given up for want of memory (allocator DBitmap only).</summary>
    public bool IsDisabled => _status.IsDisabled;

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {InUse} of {Capacity}";
}
