using HandlePool.Tables;

namespace HandlePool;

/// <summary>Represents a snapshot of the state and counters of a process's pool. Immutable.</summary>
public sealed class HandlePoolStatus
{
    private readonly PoolStatus _status;

    internal HandlePoolStatus(HandleProcess process, in PoolStatus status)
    {
        Process = process;
        _status = status;
    }

    /// <summary>Gets the process that has the pool.</summary>
    public HandleProcess Process { get; }

    /// <summary>Gets the way unused IDs are found.</summary>
    public HandleAllocator Allocator => _status.Allocator;

    /// <summary>Gets the number of IDs that fit: a power of two of at least 64.</summary>
    public int Capacity => _status.Capacity;

    /// <summary>Gets the limit to the capacity, in IDs.</summary>
    public int MaxCapacity => _status.MaxCapacity;

    /// <summary>Gets the number of used IDs.</summary>
    public int InUse => _status.InUse;

    /// <summary>Gets the handle that the next ordinary reference gets, at least 1; null if the pool must grow first.</summary>
    public int? LowestFree => _status.LowestFree;

    /// <summary>Gets the highest used handle, or null if none is used.</summary>
    public int? HighestUsed => _status.HighestUsed;

    /// <summary>Gets the memory of the pool's bitmap including summaries, but not of the table, in bytes.</summary>
    public long Bytes => _status.Bytes;

    /// <summary>
    /// Gets whether the capacity is inferred, because a dump does not contain it: it is the smallest that holds the highest
    /// handle.
    /// </summary>
    public bool CapacityInferred => _status.CapacityInferred;

    /// <summary>Gets the number of times the pool grew.</summary>
    public long GrowCount => _status.Counters.GrowCount;

    /// <summary>Gets the number of times the pool shrank.</summary>
    public long ShrinkCount => _status.Counters.ShrinkCount;

    /// <summary>Gets the number of resizers that the second look discarded.</summary>
    public long DiscardedResizes => _status.Counters.DiscardedResizes;

    /// <summary>Gets the bytes allocated for discarded resizers.</summary>
    public long DiscardedBytes => _status.Counters.DiscardedBytes;

    /// <summary>Gets the number of times an operation that may change the table took its lock. Reads are not counted.</summary>
    public long LockAcquisitions => _status.Counters.LockAcquisitions;

    /// <summary>Gets the number of times an operation had to wait for another thread.</summary>
    public long Waits => _status.Counters.Waits;

    /// <summary>Gets the number of times a thread tried again because another had grown the pool, instead of allocating.</summary>
    public long Retries => _status.Counters.Retries;

    /// <summary>Gets whether the C driver's bitmap has been disabled for lack of memory (drivers C and C611rc1 only).</summary>
    public bool IsDisabled => _status.IsDisabled;

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {InUse} of {Capacity}";
}
