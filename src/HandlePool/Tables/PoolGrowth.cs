using HandlePool.Pools;

namespace HandlePool.Tables;

/// <summary>Grows a full pool for the threads that add references, by one of the growth policies.</summary>
/// <remarks>
/// A thread that finds the pool full calls <see cref="TryBeginLocked"/>, drops the table's lock, and calls <see cref="Allocate"/>. With the
/// lock taken again it calls <see cref="EndLocked"/> and applies the resizer, if there is one; if it fails before that, it calls <see cref="End"/>.
/// </remarks>
internal abstract class PoolGrowth(TablePool pool)
{
    private protected TablePool Pool { get; } = pool;

    internal static PoolGrowth Create(GrowthPolicy policy, TablePool pool, TableLock tableLock) => policy switch
    {
        GrowthPolicy.Optimistic => new OptimisticGrowth(pool),
        GrowthPolicy.GrowingFlag => new FlaggedGrowth(pool, tableLock),
        GrowthPolicy.AllocationLock => new SerializedGrowth(pool, tableLock),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, null),
    };

    /// <summary>Begins to grow the pool. The table's lock is held.</summary>
    /// <returns>False if another thread was growing it and has finished, so that the caller must look again.</returns>
    internal virtual bool TryBeginLocked() => true;

    /// <summary>Allocates with no lock held.</summary>
    /// <returns>The resizer to apply, or null if there is nothing left to apply.</returns>
    internal virtual PoolResizer? Allocate(ResizeRequest request) => Pool.AllocateToGrow(request);

    /// <summary>Ends what <see cref="TryBeginLocked"/> began. The table's lock is held.</summary>
    internal virtual void EndLocked()
    {
    }

    /// <summary>Ends it with no lock held, after a failure.</summary>
    internal virtual void End()
    {
    }

    /// <summary>Lets every thread allocate, and leaves it to the second look to discard what is not needed.</summary>
    private sealed class OptimisticGrowth(TablePool pool) : PoolGrowth(pool);

    /// <summary>Lets one thread allocate while the others wait on the table's lock.</summary>
    private sealed class FlaggedGrowth(TablePool pool, TableLock tableLock) : PoolGrowth(pool)
    {
        private bool _isGrowing;

        internal override bool TryBeginLocked()
        {
            if (_isGrowing)
            {
                tableLock.Wait();
                return false;
            }

            _isGrowing = true;
            return true;
        }

        internal override void EndLocked()
        {
            _isGrowing = false;
            tableLock.PulseAll();
        }

        internal override void End()
        {
            tableLock.EnterToRead();
            EndLocked();
            tableLock.Exit();
        }
    }

    /// <summary>Lets one thread at a time allocate and grow, under a lock of its own.</summary>
    private sealed class SerializedGrowth(TablePool pool, TableLock tableLock) : PoolGrowth(pool)
    {
        // Taken before the table's lock, never after.
        private readonly object _allocationLock = new();

        internal override PoolResizer? Allocate(ResizeRequest request)
        {
            bool hasWaited = !Monitor.TryEnter(_allocationLock);
            if (hasWaited)
                Monitor.Enter(_allocationLock);
            try
            {
                if ((!hasWaited || !IsGrownBeyond(request.FromCapacity)) && base.Allocate(request) is { } resizer)
                    Pool.GrowUnlessClosed(resizer);
                return null;
            }
            finally
            {
                Monitor.Exit(_allocationLock);
            }
        }

        /// <summary>Looks again after a wait for the allocation lock.</summary>
        private bool IsGrownBeyond(int capacity)
        {
            tableLock.Enter();
            try
            {
                bool isGrown = Pool.Ids.Capacity > capacity || !Pool.Ids.IsResizable;
                tableLock.CountAllocationWait(isRetry: isGrown);
                return isGrown;
            }
            finally
            {
                tableLock.Exit();
            }
        }
    }
}
