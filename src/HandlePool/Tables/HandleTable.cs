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
    private readonly ReferenceMap _map = new();
    private readonly ShrinkPolicy _shrinkPolicy;
    private bool _capacityInferred;
    private long _growCount;
    private long _shrinkCount;
    private long _discardedResizes;
    private long _lockAcquisitions;
    private long _waits;

    internal HandleTable(ITableOwner owner, HandleSessionOptions options)
    {
        _owner = owner;
        _pool = IdPool.Create(options.Allocator, options.MaxCapacity);
        _shrinkPolicy = options.ShrinkPolicy;
    }

    /// <summary>Called at each <see cref="TableStop"/>, with no lock held; an exception thrown at an allocation fails it.</summary>
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

    /// <summary>Adds counts on a node; takes the lowest unused handle from <paramref name="start"/> if it is not held yet.</summary>
    /// <remarks><c>insert_or_update_handle</c> in the driver.</remarks>
    internal TableEntry Add(TableNode node, int strong, int weak, int start)
    {
        PoolResizer? resizer = null;
        ReferenceMap.Reservation reservation = default;
        while (true)
        {
            ResizeRequest? request = null;
            ReferenceMap.Reservation wanted;
            Enter();
            try
            {
                if (_owner.IsDead)
                    throw HandleErrors.ProcessDead(_owner);

                if (resizer is not null)
                {
                    CompleteLocked(resizer);
                    resizer = null;
                }

                // On the second time round this is the second look: another thread may have added the node meanwhile.
                if (_map.TryFind(node, out int held))
                    return AddCounts(held, strong, weak);

                int handle;
                if (_pool.FindUnusedId(start, out UnusedId unused))
                {
                    handle = unused.Id;
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
                    wanted = _map.Reserve(_pool.Capacity);
                }
            }
            finally
            {
                Monitor.Exit(_lock);
            }

            Probe?.Invoke(TableStop.BeforeGrowAllocation);
            try
            {
                resizer = request?.Allocate();
                reservation = wanted;
                reservation.Allocate();
            }
            catch (OutOfMemoryException exception)
            {
                throw HandleErrors.AllocationFailed(_owner, exception);
            }

            Probe?.Invoke(TableStop.BeforeSecondLook);
        }
    }

    /// <summary>Adds counts to a held handle; a strong increase needs a strong count to be there.</summary>
    /// <remarks><c>update_ref</c> in the driver, increasing.</remarks>
    internal TableEntry Increase(int handle, int strong, int weak)
    {
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

    /// <summary>The counters and, if asked for, the bits of the same moment.</summary>
    internal PoolStatus GetStatus(bool withWords, out ulong[] words)
    {
        lock (_lock)
        {
            words = withWords ? _pool.Words.ToArray() : [];
            return new PoolStatus(
                _pool.Allocator, _pool.Capacity, _pool.MaxCapacity, _pool.InUse,
                _pool.FindUnusedId(1, out UnusedId unused) ? unused.Id : null, _pool.LastUsedId, _pool.Bytes,
                _capacityInferred, _growCount, _shrinkCount, _discardedResizes, _lockAcquisitions, _waits);
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
            request = direction == ResizeDirection.Grow ? _pool.GrowRequest() ?? throw Exhausted()
                : (toFit ? _pool.FitRequest() : _pool.ShrinkRequest()) ?? throw HandleErrors.ShrinkNotPossible(_owner, _pool, toFit);
        }
        finally
        {
            Monitor.Exit(_lock);
        }

        bool grow = direction == ResizeDirection.Grow;
        Probe?.Invoke(grow ? TableStop.BeforeGrowAllocation : TableStop.BeforeShrinkAllocation);
        PoolResizer resizer = request.Value.Allocate();
        Probe?.Invoke(grow ? TableStop.BeforeSecondLook : TableStop.BeforeShrink);
        return resizer;
    }

    /// <summary>The second phase, with the second look.</summary>
    /// <param name="resizer">What <see cref="RequestResize"/> gave.</param>
    /// <param name="capacityBefore">The capacity just before.</param>
    /// <param name="capacityAfter">The capacity just after.</param>
    internal ResizeOutcome Complete(PoolResizer resizer, out int capacityBefore, out int capacityAfter)
    {
        Enter();
        try
        {
            if (_owner.IsDead)
                throw HandleErrors.ProcessDead(_owner);
            capacityBefore = _pool.Capacity;
            ResizeOutcome outcome = CompleteLocked(resizer);
            capacityAfter = _pool.Capacity;
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

    /// <summary>Puts a reference where a dump says that it is, and sees to it that the pool is as large as it must have been.</summary>
    /// <returns>False if the handle is taken, or the node is held by another handle; nothing is changed then.</returns>
    internal bool TryRestore(int handle, TableNode node, int strong, int weak, out TableEntry existing)
    {
        Enter();
        try
        {
            if (_map.TryGet(handle, out existing) || (_map.TryFind(node, out int other) && _map.TryGet(other, out existing)))
                return false;

            if (_pool.RequestFor(handle) is { } request)
                _pool.Grow(request.Allocate());
            _capacityInferred = true;
            ReferenceMap.Reservation reservation = _map.Reserve(handle);
            reservation.Allocate();
            node.TryHold(strong, weak);
            _map.Insert(handle, node, strong, weak, ref reservation);
            _pool.Acquire(handle);
            return true;
        }
        finally
        {
            Monitor.Exit(_lock);
        }
    }

    private TableEntry? Decrease(int handle, int strong, int weak, bool all, out bool nodeGone)
    {
        nodeGone = false;
        TableEntry entry;
        ResizeRequest? request = null;
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
            Probe?.Invoke(TableStop.BeforeShrinkAllocation);
            resizer = request.Allocate();
            Probe?.Invoke(TableStop.BeforeShrink);
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.AllocationFailed)
        {
        }

        Enter();
        try
        {
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
