using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool.Traces;

/// <summary>Represents what is known of the handles of a process in one context.</summary>
/// <remarks>
/// A table whose beginning is known has a pool of the model, which predicts each new handle. Of another only those handles are known to be
/// free whose reference was released, and not given out again: the new reference to the same node proves it.
/// </remarks>
internal sealed class TraceTable
{
    // After a contradiction, the handles between are taken as used, if they are few.
    private const int MostFilled = 1_000;

    // Of what a dump shows of a table whose beginning is unknown.
    private const int Outdated = -1;

    private readonly Dictionary<int, TraceSlot> _slots = [];
    private readonly Dictionary<uint, int> _handles = [];
    private readonly SortedSet<int> _free = [];
    private readonly int _managerStart;
    private IdPool? _pool;

    // A handle up to here was in use when the last new one was given out, unless it is known to be free.
    private int _frontier;

    internal TraceTable(int process, string? context, HandleProcess? source, IdPool? pool, int managerStart, int epoch)
    {
        Process = process;
        Context = context;
        Source = source;
        _pool = pool;
        _managerStart = managerStart;
        Epoch = epoch;
        if (source is null)
            return;
        List<int> held = [];
        foreach (HandleReference reference in source.GetReferences())
        {
            held.Add(reference.Handle);
            if (reference.NodeId <= uint.MaxValue)
            {
                _slots[reference.Handle] = new TraceSlot((uint)reference.NodeId, 0, pool is null ? Outdated : epoch);
                _handles[(uint)reference.NodeId] = reference.Handle;
            }
        }

        pool?.Rebuild(held);
    }

    internal int Process { get; }

    /// <summary>Gets the context; null if it is unknown.</summary>
    internal string? Context { get; }

    /// <summary>Gets the process of the session; null if it has none.</summary>
    internal HandleProcess? Source { get; }

    /// <summary>Gets whether all of its handles are known.</summary>
    internal bool IsComplete => _pool is not null;

    /// <summary>Gets the number of losses of events after which it was known.</summary>
    internal int Epoch { get; private set; }

    /// <summary>Gets whether its beginning is unknown because of a loss of events, or a contradiction.</summary>
    internal bool HasLost { get; private set; }

    internal bool TryGetSlot(int handle, out TraceSlot slot) => _slots.TryGetValue(handle, out slot);

    internal bool TryGetHandle(uint node, out int handle) => _handles.TryGetValue(node, out handle);

    /// <summary>Notes that events are missing: forgets which handles are free, unless the dump shows what became of it.</summary>
    internal void Lose(int epoch, bool isKnown)
    {
        Epoch = epoch;
        if (!isKnown)
            Forget();
    }

    /// <summary>Returns the handle that a new reference gets if no other was released unseen; null if that is unknown.</summary>
    internal int? Predict(bool isManager)
    {
        int start = isManager ? _managerStart : 1;
        if (_pool is null)
            return _free.Count > 0 && !isManager ? _free.Min : null;
        if (_pool.LowestUnusedId(start) is { } lowest)
            return lowest;
        if (_pool.GrowRequest() is not { } request || request.ToCapacity > _pool.Limit)
            return null;
        _pool.Grow(request.Allocate());
        return _pool.LowestUnusedId(start);
    }

    /// <summary>Returns whether a handle was in use when the last new one was given out.</summary>
    internal bool WasUsed(int handle) => _pool?.IsUsed(handle) ?? (_slots.ContainsKey(handle) || (handle <= _frontier && handle > 0));

    /// <summary>Releases a handle, which is known to be free from then on.</summary>
    internal void Release(int handle)
    {
        bool isKnown = _slots.Remove(handle, out TraceSlot slot);
        if (isKnown)
            _handles.Remove(slot.Node);
        _pool?.ReleaseId(handle);

        // Before the last loss, it may have been released, and given to another that the trace does not show.
        if (_pool is null && handle > 0 && isKnown && slot.Epoch == Epoch)
            _free.Add(handle);
    }

    /// <summary>Places a reference that existed before.</summary>
    internal void Learn(int handle, uint node, uint reference)
    {
        Put(handle, new TraceSlot(node, reference, Epoch));
        _free.Remove(handle);
        if (_pool is null || _pool.IsUsed(handle))
            return;
        if (handle > _pool.InUse + MostFilled)
            Forget();
        else
            Use(_pool, handle);
    }

    /// <summary>Places a new reference. All handles below it are in use.</summary>
    /// <param name="handle">The handle that the driver gave out.</param>
    /// <param name="node">The node's id.</param>
    /// <param name="reference">The reference's id.</param>
    /// <param name="isManager">Whether the handle may be 0, so that it says nothing of others.</param>
    internal void Take(int handle, uint node, uint reference, bool isManager)
    {
        Put(handle, new TraceSlot(node, reference, Epoch));
        if (_pool is { } pool && handle <= pool.InUse + MostFilled)
        {
            while (!isManager && pool.LowestUnusedId(1) is { } lowest && lowest < handle)
                Use(pool, lowest);
            if (!pool.IsUsed(handle))
                Use(pool, handle);
            return;
        }

        if (_pool is not null)
            Forget();

        _free.Remove(handle);
        if (isManager)
            return;
        while (_free.Count > 0 && _free.Min < handle)
            _free.Remove(_free.Min);
        _frontier = Math.Max(_frontier, handle);
    }

    /// <summary>Forgets what is at a handle: a reference may have got it here, or in another table. If it did, all handles below are in use.</summary>
    internal void Doubt(int handle)
    {
        if (_slots.Remove(handle, out TraceSlot slot))
            _handles.Remove(slot.Node);
        if (_pool is not null && !_pool.IsUsed(handle))
            Forget();
        while (_free.Count > 0 && _free.Min <= handle)
            _free.Remove(_free.Min);
    }

    /// <summary>Forgets which handles are free.</summary>
    internal void Forget()
    {
        _pool = null;
        _free.Clear();
        _frontier = 0;
        HasLost = true;
    }

    private void Put(int handle, TraceSlot slot)
    {
        if (_slots.Remove(handle, out TraceSlot before))
            _handles.Remove(before.Node);
        if (_handles.Remove(slot.Node, out int other))
            _slots.Remove(other);
        _slots[handle] = slot;
        _handles[slot.Node] = handle;
    }

    private static void Use(IdPool pool, int handle)
    {
        if (pool.RequestFor(handle) is { } request)
            pool.Grow(request.Allocate());
        pool.Acquire(handle);
    }
}

/// <summary>Represents the reference at a handle.</summary>
/// <param name="Node">The node's id.</param>
/// <param name="Reference">The reference's id; 0 if it is that of a dump, and unknown.</param>
/// <param name="Epoch">The number of losses of events before it was seen.</param>
internal readonly record struct TraceSlot(uint Node, uint Reference, int Epoch);
