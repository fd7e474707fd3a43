using HandlePool.Integrity;
using HandlePool.Pools;

namespace HandlePool.Tables;

/// <summary>The handles of one process: by handle, by node, and the pool of IDs behind them.</summary>
/// <remarks>
/// <para>Mirrors <c>ProcessNodeRefs</c> and the functions around it in the driver's <c>process.rs</c>. Every operation is
/// atomic and safe on any thread; memory is allocated with the lock dropped, hence the second looks.</para>
/// </remarks>
internal sealed class HandleTable
{
    private readonly object _lock = new();
    private readonly ITableOwner _owner;
    private readonly IdPool _pool;
    private ReferenceMap _map = new();
    private readonly GrowthPolicy _growthPolicy;
    private readonly ShrinkPolicy _shrinkPolicy;

    // Held while allocating under the policy AllocationLock; taken before the table's lock, never after.
    private readonly object _allocationLock = new();
    private bool _isGrowing;
    private bool _capacityInferred;
    private long _growCount;
    private long _shrinkCount;
    private long _discardedResizes;
    private long _discardedBytes;
    private long _lockAcquisitions;
    private long _waits;
    private long _retries;

    internal HandleTable(ITableOwner owner, HandleSessionOptions options)
    {
        _owner = owner;
        _pool = IdPool.Create(options.Allocator, options.MaxCapacity);
        _growthPolicy = options.GrowthPolicy;
        _shrinkPolicy = options.ShrinkPolicy;
    }

    /// <summary>
    /// Called at each <see cref="TableStop"/>, never with the table's lock held; an exception thrown at an allocation fails it.
    /// Null, and then as good as free, but in tests.
    /// </summary>
    internal Action<TableStop>? Probe { get; set; }

    internal int Count
    {
        get
        {
            lock (_lock)
                return _map.Count;
        }
    }

    internal int Capacity
    {
        get
        {
            lock (_lock)
                return _pool.Capacity;
        }
    }

    internal int FittingCapacity
    {
        get
        {
            lock (_lock)
                return _pool.FittingCapacity;
        }
    }

    /// <summary>Adds counts on a node; takes the lowest unused handle from <paramref name="start"/> if it is not held yet.</summary>
    /// <remarks><c>insert_or_update_handle</c> in the driver.</remarks>
    internal TableEntry Add(TableNode node, int strong, int weak, int start)
    {
        PoolResizer? resizer = null;
        ReferenceMap.Reservation reservation = default;
        bool isGrowing = false;
        Probe?.Invoke(TableStop.BeforeInsert);
        while (true)
        {
            ResizeRequest? request = null;
            ReferenceMap.Reservation wanted;
            Enter();
            try
            {
                // First of all, so that nobody waits for a grower that has failed.
                if (isGrowing)
                {
                    EndGrowingLocked();
                    isGrowing = false;
                }

                // On the second time round these are the second looks: the process may have exited, so that its pool must not
                // grow any more, and another thread may have added the node.
                if (_owner.IsDead)
                    throw HandleErrors.ProcessDead(_owner);
                if (resizer is not null)
                {
                    CompleteLocked(resizer);
                    resizer = null;
                }

                if (_map.TryFind(node, out int held))
                    return AddCounts(held, strong, weak);

                // The hold below decides; this is so that a pool does not grow for a node that is gone already.
                if (node.IsGone)
                    throw HandleErrors.NodeGone(node);

                if (FindUnusedId(start, out UnusedId unused))
                {
                    int handle = unused.Id;
                    if (_map.Contains(handle))
                    {
                        unused.Acquire();
                        throw Mismatch(handle);
                    }

                    wanted = _map.Reserve(handle);
                    if (wanted.IsEmpty || reservation.Covers(wanted))
                    {
                        if (!node.TryHold(strong, weak))
                            throw HandleErrors.NodeGone(node);
                        _map.Insert(handle, node, strong, weak, ref reservation);
                        unused.Acquire();
                        return new TableEntry(handle, node, strong, weak);
                    }
                }
                else
                {
                    request = _pool.GrowRequest() ?? throw Exhausted();
                    if (_growthPolicy == GrowthPolicy.GrowingFlag)
                    {
                        if (_isGrowing)
                        {
                            WaitForGrowerLocked();
                            continue;
                        }

                        _isGrowing = isGrowing = true;
                    }

                    wanted = _map.Reserve(_pool.Capacity);
                }
            }
            finally
            {
                Monitor.Exit(_lock);
            }

            try
            {
                if (request is null)
                    Probe?.Invoke(TableStop.BeforeGrowAllocation);
                if (request is { } needed)
                    resizer = _growthPolicy == GrowthPolicy.AllocationLock ? GrowUnderAllocationLock(needed) : AllocateToGrow(needed);
                reservation = wanted;
                reservation.Allocate();
                Probe?.Invoke(TableStop.BeforeSecondLook);
            }
            catch (OutOfMemoryException exception)
            {
                EndGrowing(isGrowing);
                throw HandleErrors.AllocationFailed(_owner, exception);
            }
            catch
            {
                EndGrowing(isGrowing);
                throw;
            }
        }
    }

    /// <summary>Adds counts to a held handle; a strong increase needs a strong count to be there.</summary>
    /// <remarks><c>update_ref</c> in the driver, increasing.</remarks>
    internal TableEntry Increase(int handle, int strong, int weak)
    {
        Probe?.Invoke(TableStop.BeforeUpdate);
        Enter();
        try
        {
            if (_owner.IsDead)
                throw HandleErrors.ProcessDead(_owner);
            TableEntry entry = Find(handle);
            if (strong > 0 && entry.Strong == 0)
                throw HandleErrors.WeakReferenceOnly(_owner, entry);
            return AddCounts(handle, strong, weak);
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    /// <summary>Takes counts from a held handle; at zero of both the reference goes, its ID is unused, and the pool may shrink.</summary>
    /// <remarks>
    /// <c>update_ref</c> in the driver, decreasing. A process that has exited has dropped its references already, so that
    /// nothing is left to do there and null is returned: it may exit while another thread is about to drop a handle.
    /// </remarks>
    internal TableEntry? Decrease(int handle, int strong, int weak, out bool nodeGone) =>
        Decrease(handle, strong, weak, all: false, out nodeGone);

    /// <summary>Drops a held handle with all its counts.</summary>
    internal TableEntry? Drop(int handle, out bool nodeGone) => Decrease(handle, 0, 0, all: true, out nodeGone);

    /// <summary>The reference at a handle, if it is held.</summary>
    internal bool TryGet(int handle, out TableEntry entry)
    {
        lock (_lock)
        {
            return _map.TryGet(handle, out entry);
        }
    }

    /// <summary>The reference to a node, if it is held.</summary>
    internal bool TryFind(TableNode node, out TableEntry entry)
    {
        lock (_lock)
        {
            entry = default;
            return _map.TryFind(node, out int handle) && _map.TryGet(handle, out entry);
        }
    }

    /// <summary>All references from one moment, in ascending order of handle.</summary>
    internal TableEntry[] ToArray()
    {
        lock (_lock)
        {
            return _map.ToArray();
        }
    }

    /// <summary>All references, and what is recorded of the pool beside them, from one moment.</summary>
    internal TableEntry[] ToArray(out PoolRecord pool)
    {
        lock (_lock)
        {
            pool = new PoolRecord(_pool.IsResizable ? _pool.Capacity : null, _capacityInferred, _pool.IsDisabled,
                _growCount, _shrinkCount, _discardedResizes, _discardedBytes, _lockAcquisitions, _waits, _retries);
            return _map.ToArray();
        }
    }

    /// <summary>The counters and, if asked for, the bits of the same moment.</summary>
    internal PoolStatus GetStatus(bool withWords, out ulong[] words)
    {
        lock (_lock)
        {
            words = withWords ? _pool.Words.ToArray() : [];
            return new PoolStatus(
                _pool.Allocator, _pool.Capacity, _pool.MaxCapacity, _pool.InUse,
                _pool.LowestUnusedId(1), _pool.LastUsedId, _pool.Bytes,
                _capacityInferred, _growCount, _shrinkCount, _discardedResizes, _discardedBytes, _lockAcquisitions, _waits, _retries, _pool.IsDisabled);
        }
    }

    /// <summary>The first phase of a resize that somebody forces, memory included.</summary>
    /// <param name="direction">Growing is possible even if the pool is not full.</param>
    /// <param name="toFit">Shrink as far as the highest used handle allows, not only as the driver would.</param>
    internal PoolResizer RequestResize(ResizeDirection direction, bool toFit)
    {
        ResizeRequest? request;
        Enter();
        try
        {
            if (_owner.IsDead)
                throw HandleErrors.ProcessDead(_owner);
            if (!_pool.IsResizable)
                throw HandleErrors.NotResizable(_owner, _pool);
            request = direction == ResizeDirection.Grow ? _pool.GrowRequest() ?? throw HandleErrors.PoolExhausted(_owner, _pool)
                : (toFit ? _pool.FitRequest() : _pool.ShrinkRequest()) ?? throw HandleErrors.ShrinkNotPossible(_owner, _pool, toFit);
        }
        finally
        {
            Monitor.Exit(_lock);
        }

        return Allocate(request.Value);
    }

    /// <summary>The first phase of what a shrinker does, memory included; null if there is nothing to gain.</summary>
    internal PoolResizer? RequestFit()
    {
        ResizeRequest? request;
        lock (_lock)
            request = _owner.IsDead ? null : _pool.FitRequest();
        return request is { } wanted ? Allocate(wanted) : null;
    }

    /// <summary>The second phase, with the second look.</summary>
    /// <param name="resizer">What <see cref="RequestResize"/> gave.</param>
    /// <param name="before">Capacity and bytes just before.</param>
    /// <param name="after">Capacity and bytes just after.</param>
    internal ResizeOutcome Complete(PoolResizer resizer, out (int Capacity, long Bytes) before, out (int Capacity, long Bytes) after)
    {
        Probe?.Invoke(resizer.Direction == ResizeDirection.Grow ? TableStop.BeforeGrow : TableStop.BeforeShrink);
        Enter();
        try
        {
            if (_owner.IsDead)
                throw HandleErrors.ProcessDead(_owner);
            before = (_pool.Capacity, _pool.Bytes);
            ResizeOutcome outcome = CompleteLocked(resizer);
            after = (_pool.Capacity, _pool.Bytes);
            return outcome;
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    /// <summary>Drops everything, at the exit of the process. The owner says that it is dead before this is called.</summary>
    /// <returns>The nodes that are gone by this.</returns>
    internal List<TableNode> Clear()
    {
        Enter();
        try
        {
            List<TableNode> gone = [];
            foreach (TableEntry entry in _map.ToArray())
            {
                if (entry.Node.Release(entry.Strong, entry.Weak))
                    gone.Add(entry.Node);
                _pool.ReleaseId(entry.Handle);
            }

            _map.Clear();
            return gone;
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    /// <summary>Damages the pool behind the table's back, for experiments.</summary>
    /// <param name="handle">Where.</param>
    /// <param name="damage">What is done to the pool at that ID.</param>
    internal void Damage(int handle, Action<IdPool, int> damage)
    {
        Enter();
        try
        {
            if (_owner.IsDead)
                throw HandleErrors.ProcessDead(_owner);
            ArgumentOutOfRangeException.ThrowIfNegative(handle);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(handle, _pool.Capacity);
            damage(_pool, handle);
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    /// <summary>Takes the lock for somebody who holds those of other tables as well: nothing changes until <see cref="Unfreeze"/>.</summary>
    internal void Freeze() => Monitor.Enter(_lock);

    /// <summary>Lets go of the lock, on the same thread.</summary>
    internal void Unfreeze() => Monitor.Exit(_lock);

    /// <summary>All references, whatever the counts of the table say.</summary>
    internal List<TableEntry> Scan()
    {
        lock (_lock)
            return _map.Scan();
    }

    /// <summary>Holds pool and indexes against the references.</summary>
    internal void FindMismatches(MismatchList found)
    {
        lock (_lock)
        {
            _map.FindMismatches(found);
            _pool.FindMismatches(_map.Scan().ConvertAll(entry => entry.Handle), found);
        }
    }

    /// <summary>Makes the indexes and the pool anew from the references.</summary>
    /// <exception cref="HandleException"><c>AllocationFailed</c>. Nothing has changed then.</exception>
    internal void Mend()
    {
        lock (_lock)
        {
            try
            {
                ReferenceMap map = _map.Rebuild();
                _pool.Rebuild(map.Scan().ConvertAll(entry => entry.Handle));
                _map = map;
            }
            catch (OutOfMemoryException exception)
            {
                throw HandleErrors.NoMemoryToMend(_owner, exception);
            }
        }
    }

    /// <summary>Says that the capacity is not known; until the pool is resized it is the least that holds the handles.</summary>
    internal void InferCapacity()
    {
        lock (_lock)
            _capacityInferred = _pool.IsResizable;
    }

    /// <summary>Has the pool, still empty and of the least capacity, go on from what was recorded of one.</summary>
    internal void RestorePool(in PoolRecord pool)
    {
        lock (_lock)
        {
            if (pool.IsDisabled)
                _pool.Disable();
            else if (pool.Capacity is { } capacity && _pool.RequestFor(capacity - 1) is { } request)
                _pool.Grow(request.Allocate());
            _capacityInferred = pool.CapacityInferred;
            _growCount = pool.GrowCount;
            _shrinkCount = pool.ShrinkCount;
            _discardedResizes = pool.DiscardedResizes;
            _discardedBytes = pool.DiscardedBytes;
            _lockAcquisitions = pool.LockAcquisitions;
            _waits = pool.Waits;
            _retries = pool.Retries;
        }
    }

    /// <summary>Puts a reference where recorded data says that it is, and sees to it that the pool is as large as it must have been.</summary>
    /// <remarks>For a session that nobody else knows yet: the node's counts are not changed interlocked.</remarks>
    /// <param name="handle">Where.</param>
    /// <param name="node">The node.</param>
    /// <param name="strong">Its strong counts.</param>
    /// <param name="weak">Its weak counts.</param>
    /// <param name="room">By how many handles the pool may grow.</param>
    /// <param name="grownBy">By how many it did.</param>
    /// <param name="allocated">The memory that the pool and the table have more, in bytes.</param>
    /// <param name="inTheWay">The reference at the handle, or to the node; without a node, if the pool may not be as large.</param>
    /// <returns>Whether it was put there; if not, nothing is changed.</returns>
    internal bool TryRestore(int handle, TableNode node, int strong, int weak, long room, out int grownBy, out long allocated,
        out TableEntry inTheWay)
    {
        lock (_lock)
        {
            grownBy = 0;
            allocated = 0;
            if (_map.TryGet(handle, out inTheWay) || (_map.TryFind(node, out int other) && _map.TryGet(other, out inTheWay)))
                return false;

            // A pool without capacity is taken for what a bitmap would need: the table's directory is as long.
            int growth = Math.Max(0, IdPool.CapacityFor(handle) - _pool.Capacity);
            if (handle >= _pool.Limit || growth > room)
                return false;
            long before = _pool.Bytes;
            if (_pool.RequestFor(handle) is { } request)
                _pool.Grow(request.Allocate());
            grownBy = growth;

            ReferenceMap.Reservation reservation = _map.Reserve(handle);
            if (!reservation.IsEmpty)
                reservation.Allocate();
            node.RestoreHold(strong, weak);
            _map.Insert(handle, node, strong, weak, ref reservation);
            _pool.Acquire(handle);
            allocated = _pool.Bytes - before + reservation.Bytes;
            return true;
        }
    }

    /// <summary>Allocates with no lock held. Where the C driver gives its bitmap up, so does this, and there is nothing to apply.</summary>
    private PoolResizer? AllocateToGrow(in ResizeRequest request)
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

    /// <summary>The policy AllocationLock: one thread allocates and grows; who had to wait for it looks again first.</summary>
    /// <returns>Null: the pool was grown here or by somebody else.</returns>
    private PoolResizer? GrowUnderAllocationLock(in ResizeRequest request)
    {
        bool waited = !Monitor.TryEnter(_allocationLock);
        if (waited)
            Monitor.Enter(_allocationLock);
        try
        {
            if (waited && IsGrownBeyond(request.FromCapacity))
                return null;
            if (AllocateToGrow(request) is { } resizer)
                GrowIfAlive(resizer);
            return null;
        }
        finally
        {
            Monitor.Exit(_allocationLock);
        }
    }

    /// <summary>The look again of a thread that waited for the allocation lock.</summary>
    private bool IsGrownBeyond(int capacity)
    {
        Enter();
        try
        {
            _waits++;
            bool isGrown = _pool.Capacity > capacity || !_pool.IsResizable;
            if (isGrown)
                _retries++;
            return isGrown;
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    private void GrowIfAlive(PoolResizer resizer)
    {
        Probe?.Invoke(TableStop.BeforeGrow);
        Enter();
        try
        {
            if (!_owner.IsDead)
                CompleteLocked(resizer);
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    /// <summary>The C driver's way with a failed allocation: unless somebody else has grown the pool, its bitmap is given up.</summary>
    private bool TryDisable(in ResizeRequest request)
    {
        if (_pool.Allocator != HandleAllocator.DBitmap)
            return false;

        Enter();
        try
        {
            if (!_owner.IsDead && _pool.Capacity <= request.FromCapacity && _pool.Disable())
            {
                _owner.Record(HandleEventKind.BitmapDisabled,
                    $"No memory to grow from {request.FromCapacity} to {request.ToCapacity}: the bitmap is disabled, and handles are scanned for.",
                    request.FromCapacity, request.ToCapacity);
            }

            return true;
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    private PoolResizer Allocate(in ResizeRequest request)
    {
        try
        {
            Probe?.Invoke(request.Direction == ResizeDirection.Grow ? TableStop.BeforeGrowAllocation : TableStop.BeforeShrinkAllocation);
            _owner.Allocating(request.Direction);
        }
        catch (OutOfMemoryException exception)
        {
            throw HandleErrors.AllocationFailed(request, exception, _owner);
        }

        return request.Allocate(_owner);
    }

    /// <summary>The policy GrowingFlag: lets go of the lock until the thread that grows has grown, or failed to.</summary>
    private void WaitForGrowerLocked()
    {
        _waits++;
        _retries++;
        _lockAcquisitions++;
        Monitor.Wait(_lock);
    }

    private void EndGrowingLocked()
    {
        _isGrowing = false;
        Monitor.PulseAll(_lock);
    }

    private void EndGrowing(bool isGrowing)
    {
        if (!isGrowing)
            return;
        lock (_lock)
            EndGrowingLocked();
    }

    private TableEntry? Decrease(int handle, int strong, int weak, bool all, out bool nodeGone)
    {
        nodeGone = false;
        TableEntry entry;
        ResizeRequest? request = null;
        Probe?.Invoke(TableStop.BeforeUpdate);
        Enter();
        try
        {
            if (_owner.IsDead)
                return null;

            TableEntry before = Find(handle);
            if (all)
                (strong, weak) = (before.Strong, before.Weak);
            if (before.Strong < strong)
                throw HandleErrors.CountUnderflow(_owner, before, "strong", before.Strong, strong);
            if (before.Weak < weak)
                throw HandleErrors.CountUnderflow(_owner, before, "weak", before.Weak, weak);

            entry = before with { Strong = before.Strong - strong, Weak = before.Weak - weak };
            if (entry.Strong == 0 && entry.Weak == 0)
            {
                _map.Remove(handle);
                nodeGone = entry.Node.Release(before.Strong, before.Weak);
                _pool.ReleaseId(handle);
                if (_shrinkPolicy == ShrinkPolicy.Immediate)
                    request = _pool.ShrinkRequest();
            }
            else
            {
                _map.SetCounts(handle, entry.Strong, entry.Weak);
                entry.Node.Adjust(-strong, -weak);
            }
        }
        finally
        {
            Monitor.Exit(_lock);
        }

        if (request is { } wanted)
            TryShrink(wanted);
        return entry;
    }

    /// <summary>Shrinks after a release. That there is no memory for it is no concern of whoever released the handle.</summary>
    private void TryShrink(in ResizeRequest request)
    {
        PoolResizer? resizer = null;
        try
        {
            resizer = Allocate(request);
            Probe?.Invoke(TableStop.BeforeShrink);
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.AllocationFailed)
        {
        }

        Enter();
        try
        {
            if (_owner.IsDead)
                return;
            if (resizer is not null)
            {
                CompleteLocked(resizer);
            }
            else
            {
                _owner.Record(HandleEventKind.AllocationFailed,
                    $"No memory to shrink from {request.FromCapacity} to {request.ToCapacity}; the handle was released all the same.",
                    request.FromCapacity, request.ToCapacity);
            }
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    private ResizeOutcome CompleteLocked(PoolResizer resizer)
    {
        int before = _pool.Capacity;
        bool grow = resizer.Direction == ResizeDirection.Grow;
        ResizeOutcome outcome = grow ? _pool.Grow(resizer) : _pool.Shrink(resizer);
        if (outcome != ResizeOutcome.Applied)
        {
            _discardedResizes++;
            _discardedBytes += resizer.Bytes;
            _owner.Record(HandleEventKind.ResizeDiscarded,
                $"A resizer for {resizer.ToCapacity} was discarded: {ResizeReason.For(outcome, before)}.",
                resizer.FromCapacity, resizer.ToCapacity);
            return outcome;
        }

        _capacityInferred = false;
        if (grow)
        {
            _growCount++;
            _owner.Record(HandleEventKind.Grow, $"The pool grew from {before} to {_pool.Capacity}.", before, _pool.Capacity);
        }
        else
        {
            _shrinkCount++;
            _map.TrimTo(_pool.Capacity);
            _owner.Record(HandleEventKind.Shrink, $"The pool shrank from {before} to {_pool.Capacity}.", before, _pool.Capacity);
        }

        return outcome;
    }

    private TableEntry AddCounts(int handle, int strong, int weak)
    {
        TableEntry entry = Find(handle);
        if (strong > int.MaxValue - entry.Strong)
            throw HandleErrors.CountOverflow(_owner, entry, "strong", entry.Strong, strong);
        if (weak > int.MaxValue - entry.Weak)
            throw HandleErrors.CountOverflow(_owner, entry, "weak", entry.Weak, weak);
        TableEntry changed = entry with { Strong = entry.Strong + strong, Weak = entry.Weak + weak };
        _map.SetCounts(handle, changed.Strong, changed.Weak);
        entry.Node.Adjust(strong, weak);
        return changed;
    }

    private TableEntry Find(int handle) =>
        _map.TryGet(handle, out TableEntry entry) ? entry : throw HandleErrors.HandleNotFound(_owner, handle, _map.Count);

    /// <summary>Finds an unused ID. A pool that contradicts itself is as much a mismatch as one that contradicts the table.</summary>
    private bool FindUnusedId(int start, out UnusedId unused)
    {
        bool found = _pool.TryFindUnusedId(start, out unused, out bool wasCorrupted);
        return wasCorrupted ? throw SummaryMismatch() : found;
    }

    private HandleException SummaryMismatch()
    {
        _owner.Record(HandleEventKind.Mismatch, "The summaries of the pool had unused handles where there are none; they are right now.");
        return HandleErrors.SummaryCorrupted(_owner);
    }

    private HandleException Mismatch(int handle)
    {
        _owner.Record(HandleEventKind.Mismatch,
            $"The pool had handle {handle} as unused, but the table has a reference there; the bit is set now.", handle: handle);
        return HandleErrors.PoolCorrupted(_owner, handle);
    }

    private HandleException Exhausted()
    {
        _owner.Record(HandleEventKind.PoolExhausted,
            $"The pool is full at {_pool.Capacity} and may not grow beyond {_pool.MaxCapacity}.", _pool.Capacity);
        return HandleErrors.PoolExhausted(_owner, _pool);
    }

    /// <summary>Takes the lock for an operation that may change something, and counts that. Plain reads are not counted.</summary>
    private void Enter()
    {
        if (!Monitor.TryEnter(_lock))
        {
            Monitor.Enter(_lock);
            _waits++;
        }

        _lockAcquisitions++;
    }
}
