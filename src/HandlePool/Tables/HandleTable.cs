using HandlePool.Pools;

namespace HandlePool.Tables;

/// <summary>Keeps the handles of one process: by handle, by node, and the pool of IDs behind them.</summary>
/// <remarks>
/// Mirrors <c>ProcessNodeRefs</c> and the functions around it in the driver's <c>process.rs</c>. Every operation is atomic and
/// thread-safe. Memory is allocated with the lock released, hence the second looks. Methods whose name ends in Locked are called
/// with the lock held.
/// </remarks>
internal sealed partial class HandleTable
{
    private readonly TableLock _lock = new();
    private readonly ITableOwner _owner;
    private readonly TablePool _pool;
    private readonly PoolGrowth _growth;
    private readonly ShrinkPolicy _shrinkPolicy;
    private readonly DriverRules _rules;
    private readonly bool _looksUpAfterFinding;
    private readonly bool _numbersReferences;
    private readonly Action<TestPoint>? _atTestPoint;
    private ReferenceMap _map = new();

    /// <summary>Creates an empty table.</summary>
    /// <param name="owner">The process.</param>
    /// <param name="pool">A new pool for its handles.</param>
    /// <param name="rules">The rules of the driver, which the pool follows too.</param>
    /// <param name="growthPolicy">The policy by which several threads grow the pool.</param>
    /// <param name="shrinkPolicy">The policy by which the pool shrinks automatically.</param>
    /// <param name="atTestPoint">
    /// Called at each <see cref="TestPoint"/>; an exception thrown before an allocation makes it fail. Null except in tests.
    /// </param>
    internal HandleTable(ITableOwner owner, IdPool pool, DriverRules rules, GrowthPolicy growthPolicy, ShrinkPolicy shrinkPolicy,
        Action<TestPoint>? atTestPoint)
    {
        _owner = owner;
        _rules = rules;
        _looksUpAfterFinding = rules.LooksUpAfterFinding;
        _numbersReferences = rules.NumbersReferences;
        _pool = new TablePool(pool, rules, _lock, owner, atTestPoint);
        _growth = PoolGrowth.Create(growthPolicy, _pool, _lock);
        _shrinkPolicy = shrinkPolicy;
        _atTestPoint = atTestPoint;
    }

    /// <summary>Gets the lock, for callers that hold those of several tables.</summary>
    internal TableLock Lock => _lock;

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
                return _pool.Ids.Capacity;
        }
    }

    internal int FittingCapacity
    {
        get
        {
            lock (_lock)
                return _pool.Ids.FittingCapacity;
        }
    }

    /// <summary>Adds counts on a node. Takes the lowest unused handle from <paramref name="start"/> if the node is not held yet.</summary>
    /// <remarks><c>insert_or_update_handle</c> in the driver.</remarks>
    internal TableEntry Add(TableNode node, int strong, int weak, int start)
    {
        AdditionMemory memory = default;
        _atTestPoint?.Invoke(TestPoint.BeforeInsert);
        if (_looksUpAfterFinding && TryAddToHeld(node, strong, weak, ref memory, out TableEntry held))
            return held;
        while (true)
        {
            _lock.Enter();
            try
            {
                LookAgainLocked(ref memory);
                if (TryAddLocked(node, strong, weak, start, ref memory, out TableEntry entry))
                    return entry;
                if (memory.NeededPool is not null && !_growth.TryBeginLocked())
                    continue;
            }
            finally
            {
                _lock.Exit();
            }

            Allocate(ref memory);
        }
    }

    /// <summary>Adds counts to a held handle. A strong count can only be added if there already is one.</summary>
    /// <remarks><c>update_ref</c> in the driver, increasing.</remarks>
    internal TableEntry Increase(int handle, int strong, int weak)
    {
        _atTestPoint?.Invoke(TestPoint.BeforeUpdate);
        _lock.Enter();
        try
        {
            if (_owner.IsDead)
                throw _owner.ExitedError();
            TableEntry entry = FindLocked(handle);
            if (strong > 0 && entry.Strong == 0)
                throw TableErrors.WeakReferenceOnly(_owner, entry);
            return AddCountsLocked(handle, strong, weak);
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>
    /// Removes counts from a held handle. When both are zero the reference is gone, its ID is unused, and the pool may shrink.
    /// </summary>
    /// <remarks>
    /// <c>update_ref</c> in the driver, decreasing. Returns null for a process that has exited: it has already dropped its
    /// references, and it may exit while another thread is about to drop a handle.
    /// </remarks>
    internal TableEntry? Decrease(int handle, int strong, int weak, out bool isNodeGone) =>
        Decrease(handle, strong, weak, all: false, out isNodeGone);

    /// <summary>Drops a held handle with all its counts.</summary>
    internal TableEntry? Drop(int handle, out bool isNodeGone) => Decrease(handle, 0, 0, all: true, out isNodeGone);

    /// <summary>Gets the reference at a handle, if it is held.</summary>
    internal bool TryGet(int handle, out TableEntry entry)
    {
        lock (_lock)
        {
            return _map.TryGet(handle, out entry);
        }
    }

    /// <summary>Gets the reference to a node, if it is held.</summary>
    internal bool TryFind(TableNode node, out TableEntry entry)
    {
        lock (_lock)
        {
            entry = default;
            return _map.TryFind(node, out int handle) && _map.TryGet(handle, out entry);
        }
    }

    /// <summary>Returns a snapshot of all references, in ascending order of handle.</summary>
    internal TableEntry[] ToArray()
    {
        lock (_lock)
        {
            return _map.ToArray();
        }
    }

    /// <summary>Takes a snapshot of all references, in ascending order of handle, into an array that is used again and again.</summary>
    /// <param name="entries">The array; a larger one takes its place if it is too small.</param>
    /// <returns>The references.</returns>
    internal ReadOnlySpan<TableEntry> CopyTo(ref TableEntry[] entries)
    {
        lock (_lock)
            return CopyToLocked(ref entries);
    }

    /// <summary>Takes the same snapshot on a thread for which the one that has the lock waits.</summary>
    internal ReadOnlySpan<TableEntry> CopyToLocked(ref TableEntry[] entries)
    {
        int count = _map.Count;
        if (entries.Length < count)
            entries = new TableEntry[Math.Max(count, 2 * entries.Length)];
        _map.CopyTo(entries);
        return entries.AsSpan(0, count);
    }

    /// <summary>Returns a snapshot of all references and of the pool's record.</summary>
    internal TableEntry[] ToArray(out PoolRecord pool)
    {
        lock (_lock)
        {
            pool = _pool.GetRecordLocked();
            return _map.ToArray();
        }
    }

    /// <summary>Returns a snapshot of the pool's status and, if requested, its bits.</summary>
    internal PoolStatus GetStatus(bool withWords, out ulong[] words)
    {
        lock (_lock)
        {
            words = withWords ? _pool.Ids.Words.ToArray() : [];
            return _pool.GetStatusLocked();
        }
    }

    /// <summary>Performs the first phase of a requested resize, including the allocation.</summary>
    /// <param name="direction">The direction. Growing is possible even if the pool is not full.</param>
    /// <param name="toFit">Whether to shrink as far as the highest used handle allows, not only by the driver's rule.</param>
    internal PoolResizer RequestResize(ResizeDirection direction, bool toFit)
    {
        ResizeRequest? request;
        _lock.Enter();
        try
        {
            IdPool ids = _pool.Ids;
            if (_owner.IsDead)
                throw _owner.ExitedError();
            if (!ids.IsResizable)
                throw TableErrors.NotResizable(_owner, ids);
            request = direction == ResizeDirection.Grow
                ? (ids.Capacity < ids.Limit ? ids.GrowRequest() : null) ?? throw TableErrors.PoolExhausted(_owner, ids)
                : (toFit ? ids.FitRequest() : ids.ShrinkRequest()) ?? throw TableErrors.ShrinkNotPossible(_owner, ids, toFit);
        }
        finally
        {
            _lock.Exit();
        }

        return _pool.Allocate(request);
    }

    /// <summary>
    /// Performs the first phase of a shrinker's resize, including the allocation; returns null if the pool cannot be smaller.
    /// </summary>
    internal PoolResizer? RequestFit()
    {
        ResizeRequest? request;
        lock (_lock)
            request = _owner.IsDead ? null : _pool.Ids.FitRequest();
        return request is { } wanted ? _pool.Allocate(wanted) : null;
    }

    /// <summary>Performs the second phase of a resize, with the second look.</summary>
    /// <param name="resizer">The result of <see cref="RequestResize"/> or <see cref="RequestFit"/>.</param>
    /// <param name="before">The capacity and bytes just before.</param>
    /// <param name="after">The capacity and bytes just after.</param>
    internal ResizeOutcome Complete(PoolResizer resizer, out (int Capacity, long Bytes) before, out (int Capacity, long Bytes) after)
    {
        _atTestPoint?.Invoke(resizer.Direction == ResizeDirection.Grow ? TestPoint.BeforeGrow : TestPoint.BeforeShrink);
        _lock.Enter();
        try
        {
            if (_owner.IsDead)
                throw _owner.ExitedError();
            before = (_pool.Ids.Capacity, _pool.Ids.Bytes);
            ResizeOutcome outcome = ApplyLocked(resizer);
            after = (_pool.Ids.Capacity, _pool.Ids.Bytes);
            return outcome;
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Drops everything when the process exits. The owner must already report that it is dead.</summary>
    /// <returns>The nodes that are gone as a result.</returns>
    internal List<TableNode> Clear()
    {
        _lock.Enter();
        try
        {
            List<TableNode> gone = [];
            foreach (TableEntry entry in _map.ToArray())
            {
                if (entry.Node.Release(entry.Strong, entry.Weak))
                    gone.Add(entry.Node);
                if (!_rules.LeavesBitsAtExit)
                    _pool.Ids.ReleaseId(entry.Handle);
            }

            _map.Clear();
            if (_notifications is { } notifications)
                _owner.Notifications.Exit(notifications);
            return gone;
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>
    /// Performs the second looks of an addition that had to allocate: the process may have exited, or another thread may have
    /// grown the pool.
    /// </summary>
    private void LookAgainLocked(ref AdditionMemory memory)
    {
        // First, so that no thread waits for one that fails below.
        if (memory.IsGrowing)
            _growth.EndLocked();
        memory.IsGrowing = false;
        if (_pool.IsClosed)
            throw _owner.ExitedError();
        if (memory.Resizer is { } resizer)
            ApplyLocked(resizer);
        memory.Resizer = null;
        if (!_looksUpAfterFinding && _owner.IsDead)
            throw _owner.ExitedError();
    }

    /// <summary>
    /// Adds counts on a node that is held. Otherwise reserves memory with the lock released, as the Rust driver does before its first
    /// look for an ID.
    /// </summary>
    private bool TryAddToHeld(TableNode node, int strong, int weak, ref AdditionMemory memory, out TableEntry entry)
    {
        _lock.Enter();
        try
        {
            if (TryAddToHeldLocked(node, strong, weak, out entry))
                return true;

            // The model's map needs memory by handle, which is not known yet. If the guess is wrong, memory is allocated later.
            memory.NeededMap = _map.Reserve(_map.Count + 1);
        }
        finally
        {
            _lock.Exit();
        }

        try
        {
            _atTestPoint?.Invoke(TestPoint.BeforeReservation);
            memory.Map = memory.NeededMap;
            memory.Map.Allocate();
        }
        catch (OutOfMemoryException exception)
        {
            throw TableErrors.AllocationFailed(_owner, exception);
        }

        return false;
    }

    private bool TryAddToHeldLocked(TableNode node, int strong, int weak, out TableEntry entry)
    {
        entry = default;
        if (!_map.TryFind(node, out int held))
            return false;
        entry = AddCountsLocked(held, strong, weak);
        return true;
    }

    /// <summary>Adds counts on a node that is held, or inserts it at an unused handle.</summary>
    /// <returns>False if memory must be allocated first.</returns>
    private bool TryAddLocked(TableNode node, int strong, int weak, int start, ref AdditionMemory memory, out TableEntry entry)
    {
        if (!_looksUpAfterFinding && TryAddToHeldLocked(node, strong, weak, out entry))
            return true;

        // The hold on insertion decides; this check keeps the pool from growing for a node that is already gone.
        if (node.IsGone)
            throw TableErrors.NodeGone(node);
        if (start == 0 && _rules.ReservesBitZero && _map.Contains(0))
            throw TableErrors.HandleZeroTaken(_owner);
        if (_pool.TryFindUnusedIdLocked(start, out UnusedId unused))
            return TryInsertLocked(unused, node, strong, weak, ref memory, out entry);

        entry = default;
        memory.NeededPool = _pool.GrowRequestLocked();
        memory.NeededMap = _map.Reserve(_pool.Ids.Capacity);
        return false;
    }

    private bool TryInsertLocked(
        in UnusedId unused, TableNode node, int strong, int weak, ref AdditionMemory memory, out TableEntry entry)
    {
        int handle = unused.Id;
        if (_map.Contains(handle))
        {
            unused.Acquire();
            throw _pool.CorruptedLocked(handle);
        }

        if (_looksUpAfterFinding)
        {
            // Second look: another thread may have added the node.
            if (TryAddToHeldLocked(node, strong, weak, out entry))
                return true;
            if (_owner.IsDead)
                throw _owner.ExitedError();
        }

        entry = new TableEntry(handle, node, strong, weak);
        ReferenceMap.Reservation needed = _map.Reserve(handle);
        if (!needed.IsEmpty && !memory.Map.Covers(needed))
        {
            memory.NeededPool = null;
            memory.NeededMap = needed;
            return false;
        }

        if (!node.TryHold(strong, weak))
            throw TableErrors.NodeGone(node);
        _map.Insert(handle, node, strong, weak, ref memory.Map);
        unused.Acquire();
        if (_numbersReferences)
            _owner.NumberReference();
        return true;
    }

    /// <summary>Allocates what an addition needs, with no lock held.</summary>
    private void Allocate(ref AdditionMemory memory)
    {
        bool isAllocated = false;
        try
        {
            if (memory.NeededPool is { } request)
                (memory.IsGrowing, memory.Resizer) = (true, _growth.Allocate(request));
            else
                _atTestPoint?.Invoke(TestPoint.BeforeGrowAllocation);
            memory.Map = memory.NeededMap;
            memory.Map.Allocate();
            _atTestPoint?.Invoke(TestPoint.BeforeSecondLook);
            isAllocated = true;
        }
        catch (OutOfMemoryException exception)
        {
            throw TableErrors.AllocationFailed(_owner, exception);
        }
        finally
        {
            if (!isAllocated && memory.NeededPool is not null)
                _growth.End();
        }
    }

    private TableEntry? Decrease(int handle, int strong, int weak, bool all, out bool isNodeGone)
    {
        isNodeGone = false;
        TableEntry entry;
        ResizeRequest? request = null;
        _atTestPoint?.Invoke(TestPoint.BeforeUpdate);
        _lock.Enter();
        try
        {
            if (_owner.IsDead)
                return null;

            TableEntry before = FindLocked(handle);
            if (all)
                (strong, weak) = (before.Strong, before.Weak);
            if (before.Strong < strong)
                throw TableErrors.CountUnderflow(_owner, handle, "strong", before.Strong, strong);
            if (before.Weak < weak)
                throw TableErrors.CountUnderflow(_owner, handle, "weak", before.Weak, weak);

            entry = before with { Strong = before.Strong - strong, Weak = before.Weak - weak };
            if (entry.Strong == 0 && entry.Weak == 0)
            {
                _map.Remove(handle);
                if (_notifications is { } notifications)
                    _owner.Notifications.Drop(notifications, handle);
                isNodeGone = entry.Node.Release(before.Strong, before.Weak);
                _pool.Ids.ReleaseId(handle);
                if (_shrinkPolicy == ShrinkPolicy.Immediate)
                    request = _pool.Ids.ShrinkRequest();
            }
            else
            {
                _map.SetCounts(handle, entry.Strong, entry.Weak);
                entry.Node.Adjust(-strong, -weak);
            }
        }
        finally
        {
            _lock.Exit();
        }

        if (request is { } wanted)
            TryShrink(wanted);
        return entry;
    }

    /// <summary>Shrinks after a release. A failed allocation is only recorded, because the release itself has succeeded.</summary>
    private void TryShrink(ResizeRequest request)
    {
        PoolResizer? resizer = null;
        try
        {
            resizer = _pool.Allocate(request);
            _atTestPoint?.Invoke(TestPoint.BeforeShrink);
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.AllocationFailed)
        {
        }

        _lock.Enter();
        try
        {
            if (_pool.IsClosed)
                return;
            if (resizer is not null)
            {
                ApplyLocked(resizer);
            }
            else
            {
                _owner.Record(new TableEvent(TableEventKind.AllocationFailed,
                    $"There was no memory to shrink from {request.FromCapacity} to {request.ToCapacity}; the handle was released anyway.",
                    request.FromCapacity, request.ToCapacity));
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    private ResizeOutcome ApplyLocked(PoolResizer resizer)
    {
        ResizeOutcome outcome = _pool.ApplyLocked(resizer);
        if (outcome == ResizeOutcome.Applied && resizer.Direction == ResizeDirection.Shrink)
            _map.TrimTo(_pool.Ids.Capacity);
        return outcome;
    }

    private TableEntry AddCountsLocked(int handle, int strong, int weak)
    {
        TableEntry entry = FindLocked(handle);
        if (strong > int.MaxValue - entry.Strong)
            throw TableErrors.CountOverflow(_owner, entry, "strong", entry.Strong, strong);
        if (weak > int.MaxValue - entry.Weak)
            throw TableErrors.CountOverflow(_owner, entry, "weak", entry.Weak, weak);
        TableEntry changed = entry with { Strong = entry.Strong + strong, Weak = entry.Weak + weak };
        _map.SetCounts(handle, changed.Strong, changed.Weak);
        entry.Node.Adjust(strong, weak);
        return changed;
    }

    private TableEntry FindLocked(int handle) =>
        _map.TryGet(handle, out TableEntry entry) ? entry : throw TableErrors.HandleNotFound(_owner, handle, _map.Count);

    /// <summary>The memory that an addition needs and has allocated, for a larger pool and for the map.</summary>
    private struct AdditionMemory
    {
        internal ResizeRequest? NeededPool;
        internal ReferenceMap.Reservation NeededMap;
        internal PoolResizer? Resizer;
        internal ReferenceMap.Reservation Map;

        /// <summary>Whether this addition has begun to grow the pool and not ended that yet.</summary>
        internal bool IsGrowing;
    }
}
