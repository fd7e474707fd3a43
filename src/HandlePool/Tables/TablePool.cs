using HandlePool.Pools;

namespace HandlePool.Tables;

/// <summary>The pool of a handle table: resizes it in two phases, counts, and reports events to the owner.</summary>
/// <remarks>Methods whose name ends in Locked are called with the table's lock held, all others without it.</remarks>
internal sealed class TablePool
{
    private readonly TableLock _lock;
    private readonly ITableOwner _owner;
    private readonly DriverRules _rules;
    private readonly Action<TestPoint>? _atTestPoint;
    private bool _isCapacityInferred;
    private PoolCounters _counters;

    internal TablePool(IdPool ids, DriverRules rules, TableLock tableLock, ITableOwner owner, Action<TestPoint>? atTestPoint)
    {
        Ids = ids;
        _rules = rules;
        _lock = tableLock;
        _owner = owner;
        _atTestPoint = atTestPoint;
    }

    internal IdPool Ids { get; private set; }

    private PoolCounters Counters =>
        _counters with { LockAcquisitions = _lock.Acquisitions, Waits = _lock.Waits, Retries = _lock.Retries };

    /// <summary>Finds the lowest unused ID at or above <paramref name="start"/>.</summary>
    /// <returns>False if the pool must grow first.</returns>
    /// <exception cref="HandleException"><c>PoolCorrupted</c>: the summaries contradicted the bits and have been rebuilt.</exception>
    internal bool TryFindUnusedIdLocked(int start, out UnusedId unused)
    {
        bool found = Ids.TryFindUnusedId(start, out unused, out bool wasCorrupted);
        return wasCorrupted ? throw SummaryCorruptedLocked() : found;
    }

    /// <summary>Returns the request to double the full pool.</summary>
    /// <exception cref="HandleException"><c>PoolExhausted</c>.</exception>
    internal ResizeRequest GrowRequestLocked()
    {
        if (Ids.GrowRequest() is { } request)
            return request;
        _owner.Record(new TableEvent(TableEventKind.PoolExhausted,
            $"The pool is full at {Ids.Capacity} and cannot grow beyond {Ids.MaxCapacity}.", Ids.Capacity));
        throw TableErrors.PoolExhausted(_owner, Ids);
    }

    /// <summary>Gets whether a resize may no longer change the pool, because the process has exited.</summary>
    internal bool IsClosed => _owner.IsDead && !_rules.ResizesDeadPools;

    /// <summary>Allocates for a resize, unless an experiment makes the allocation fail.</summary>
    /// <exception cref="HandleException"><c>AllocationFailed</c>.</exception>
    internal PoolResizer Allocate(ResizeRequest request)
    {
        try
        {
            _atTestPoint?.Invoke(request.Direction == ResizeDirection.Grow ? TestPoint.BeforeGrowAllocation : TestPoint.BeforeShrinkAllocation);
            if (request.NeedsMemory)
                _owner.BeforeAllocation(request.Direction);
        }
        catch (OutOfMemoryException exception)
        {
            throw PoolErrors.AllocationFailed(request, exception, _owner);
        }

        return request.Allocate(_owner);
    }

    /// <summary>Allocates to grow.</summary>
    /// <returns>
    /// Null if there was no memory and the bitmap is now disabled, as the C driver does, so that there is nothing to apply.
    /// </returns>
    /// <exception cref="HandleException"><c>AllocationFailed</c>.</exception>
    internal PoolResizer? AllocateToGrow(ResizeRequest request)
    {
        try
        {
            return Allocate(request);
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.AllocationFailed && TryDisable(request))
        {
            return null;
        }
    }

    /// <summary>Applies or discards a resizer for growing, unless the pool is closed.</summary>
    internal void GrowUnlessClosed(PoolResizer resizer)
    {
        _atTestPoint?.Invoke(TestPoint.BeforeGrow);
        _lock.Enter();
        try
        {
            if (!IsClosed)
                ApplyLocked(resizer);
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Performs the second phase of a resize: looks again, and applies or discards the resizer.</summary>
    internal ResizeOutcome ApplyLocked(PoolResizer resizer)
    {
        int before = Ids.Capacity;
        bool isGrow = resizer.Direction == ResizeDirection.Grow;
        ResizeOutcome outcome = isGrow ? Ids.Grow(resizer) : Ids.Shrink(resizer);
        if (outcome != ResizeOutcome.Applied)
        {
            _counters = _counters with
            {
                DiscardedResizes = _counters.DiscardedResizes + 1,
                DiscardedBytes = _counters.DiscardedBytes + resizer.Bytes,
            };
            _owner.Record(new TableEvent(TableEventKind.ResizeDiscarded,
                $"A resizer for {resizer.ToCapacity} was discarded: {ResizeReason.For(outcome, before)}.", resizer.FromCapacity, resizer.ToCapacity));
            return outcome;
        }

        _isCapacityInferred = false;
        _counters = isGrow
            ? _counters with { GrowCount = _counters.GrowCount + 1 }
            : _counters with { ShrinkCount = _counters.ShrinkCount + 1 };
        _owner.Record(isGrow
            ? new TableEvent(TableEventKind.Grow, $"The pool grew from {before} to {Ids.Capacity}.", before, Ids.Capacity)
            : new TableEvent(TableEventKind.Shrink, $"The pool {(Ids.Capacity > before ? "grew" : "shrank")} from {before} to {Ids.Capacity}.", before, Ids.Capacity));
        return outcome;
    }

    /// <summary>Reports that the pool had a held handle as unused, and returns the error.</summary>
    internal HandleException CorruptedLocked(int handle)
    {
        _owner.Record(new TableEvent(TableEventKind.Mismatch,
            $"The pool had handle {handle} as unused, but the table has a reference there; the bit is now set.", Handle: handle));
        return TableErrors.PoolCorrupted(_owner, handle);
    }

    internal PoolStatus GetStatusLocked() => new(
        Ids.Allocator, Ids.Capacity, Ids.MaxCapacity, Ids.InUse, Ids.LowestUnusedId(1), Ids.LastUsedId, Ids.Bytes,
        _isCapacityInferred, Ids.IsDisabled, Counters);

    internal PoolRecord GetRecordLocked() => new(Ids.IsResizable ? Ids.Capacity : null, _isCapacityInferred, Ids.IsDisabled, Counters);

    /// <summary>Continues from a record; the pool is still empty and of the smallest capacity.</summary>
    internal void RestoreLocked(in PoolRecord pool)
    {
        if (pool.IsDisabled)
            Ids.Disable();
        else if (pool.Capacity is { } capacity && Ids.RequestFor(capacity - 1) is { } request)
            Ids.Grow(request.Allocate());
        _isCapacityInferred = pool.CapacityInferred;
        _counters = pool.Counters;
        _lock.Restore(pool.Counters);
    }

    /// <summary>Continues as a copy of another pool, which is locked too.</summary>
    internal void CopyLocked(TablePool source)
    {
        Ids = source.Ids.Copy();
        _isCapacityInferred = source._isCapacityInferred;
        _counters = source.Counters;
        _lock.Restore(_counters);
    }

    /// <summary>Marks the capacity as unknown: until the pool is resized, it is the smallest that holds the handles.</summary>
    internal void InferCapacityLocked() => _isCapacityInferred = Ids.IsResizable;

    /// <summary>Disables the bitmap after a failed allocation, as the C driver does, unless another thread has grown the pool.</summary>
    private bool TryDisable(ResizeRequest request)
    {
        if (!_rules.DisablesBitmap)
            return false;

        _lock.Enter();
        try
        {
            if (!IsClosed && Ids.Capacity <= request.FromCapacity && Ids.Disable())
            {
                _owner.Record(new TableEvent(TableEventKind.BitmapDisabled,
                    $"The pool could not grow from {request.FromCapacity} to {request.ToCapacity}: the bitmap is disabled, and handles are found by scanning.",
                    request.FromCapacity, request.ToCapacity));
            }

            return true;
        }
        finally
        {
            _lock.Exit();
        }
    }

    private HandleException SummaryCorruptedLocked()
    {
        _owner.Record(new TableEvent(TableEventKind.Mismatch, "The summaries of the pool showed unused handles where there are none; they have been rebuilt."));
        return PoolErrors.SummaryCorrupted(_owner);
    }
}
