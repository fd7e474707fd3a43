using HandlePool.Names;
using HandlePool.Operations;
using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>A process in one binder context: the nodes that it offers and the handles by which it knows those of others.</summary>
/// <remarks>
/// <para>A process that uses several contexts is several of these, with separate handles, as in the driver, where each
/// opened device is one. Id and Context identify it among the living.</para>
/// <para>All members are safe on any thread; each operation is atomic, and each read shows one moment. The object stays
/// readable after the process has exited, and says so by <see cref="IsDead"/>.</para>
/// </remarks>
public sealed class HandleProcess : ITableOwner, ISessionMember
{
    private readonly List<HandleNode> _nodes = [];
    private volatile bool _isDead;

    internal HandleProcess(HandleSession session, int id, string? name, BinderContext context)
    {
        Session = session;
        Id = id;
        Name = name;
        BinderContext = context;
        Table = new HandleTable(this, session.Options);
    }

    /// <summary>The pid.</summary>
    public int Id { get; }

    /// <summary>The name, if it is known; the driver's dumps do not tell it, vendors' do.</summary>
    public string? Name { get; internal set; }

    /// <summary>The context, such as <c>binder</c>, <c>hwbinder</c> or <c>vndbinder</c>.</summary>
    public string Context => BinderContext.Name;

    /// <summary>Whether it is the context manager, whose node is handle 0 to all others. False once it has exited.</summary>
    public bool IsManager => BinderContext.ManagerNode?.Owner == this;

    /// <summary>Whether it has exited.</summary>
    public bool IsDead => _isDead;

    /// <summary>How many handles it holds.</summary>
    public int HandleCount => Table.Count;

    /// <summary>How many living nodes it offers.</summary>
    public int NodeCount
    {
        get
        {
            lock (Session.SyncRoot)
                return _nodes.Count;
        }
    }

    /// <summary>How many handles fit into its pool now: a power of two, 64 or more.</summary>
    public int Capacity => Table.Capacity;

    HandleSession ISessionMember.Session => Session;

    /// <summary>The session that it belongs to.</summary>
    internal HandleSession Session { get; }

    internal BinderContext BinderContext { get; }

    internal HandleTable Table { get; }

    /// <summary>Adds counts on a node. The process gets the lowest unused handle for it, unless it holds the node already.</summary>
    /// <remarks>
    /// Handles start at 1; only the context manager's node may get handle 0. The driver's <c>insert_or_update_handle</c>.
    /// O(1) but for finding the handle, which costs what the session's allocator costs.
    /// </remarks>
    /// <param name="node">A node of this session and context. It may be dead, as long as somebody holds it.</param>
    /// <param name="strong">How many strong counts to add, 0 or more.</param>
    /// <param name="weak">How many weak counts to add, 0 or more; one of the two must be more than 0.</param>
    /// <returns>The reference as it is now.</returns>
    /// <exception cref="HandleException">
    /// <c>NodeNotFound</c>, <c>ProcessDead</c>, <c>ManagerSelfReference</c>, <c>CountOverflow</c>, <c>PoolExhausted</c>,
    /// <c>AllocationFailed</c>, or <c>PoolCorrupted</c>. Nothing has changed then, except that after <c>PoolCorrupted</c>
    /// the bitmap has the handle as used.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or both are 0.</exception>
    public HandleReference AddReference(HandleNode node, int strong = 1, int weak = 0)
    {
        ArgumentNullException.ThrowIfNull(node);
        CheckCounts(strong, weak);
        if (node.Session != Session)
            throw HandleErrors.NodeForeign(node, Session);
        using OperationRecorder.Scope recording = Session.Recorder?.Begin(HandleOperationKind.AddReference, this, node, null, strong, weak) ?? default;
        if (_isDead)
            throw HandleErrors.ProcessDead(this);
        if (node.Owner is { } owner && owner.BinderContext != BinderContext)
            throw HandleErrors.NodeInOtherContext(node, this);

        return recording.Granted(BinderContext.ManagerNode == node
            ? AddManagerReference(node, strong, weak)
            : ToReference(Table.Add(node, strong, weak, start: 1)));
    }

    /// <summary>Adds counts to a handle.</summary>
    /// <remarks>
    /// Handle 0 stands for the context manager: if there is one, a reference to its node is taken, held already or not.
    /// The driver's <c>update_ref</c>. O(1).
    /// </remarks>
    /// <param name="handle">A handle that this process holds, or 0.</param>
    /// <param name="strong">How many strong counts to add, 0 or more.</param>
    /// <param name="weak">How many weak counts to add, 0 or more; one of the two must be more than 0.</param>
    /// <returns>The reference as it is now.</returns>
    /// <exception cref="HandleException">
    /// <c>HandleNotFound</c>, <c>ManagerMissing</c>, <c>ManagerSelfReference</c>, <c>WeakReferenceOnly</c>, <c>ProcessDead</c>,
    /// <c>CountOverflow</c>, and for handle 0 those of <see cref="AddReference(HandleNode, int, int)"/>. Nothing has changed then.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or both are 0.</exception>
    public HandleReference AddReference(long handle, int strong = 1, int weak = 0)
    {
        CheckCounts(strong, weak);
        using OperationRecorder.Scope recording = Session.Recorder?.Begin(HandleOperationKind.AddReference, this, null, handle, strong, weak) ?? default;
        if (_isDead)
            throw HandleErrors.ProcessDead(this);
        return recording.Granted(handle == 0 ? AddToHandleZero(strong, weak) : ToReference(Table.Increase(CheckHandle(handle), strong, weak)));
    }

    /// <summary>Takes counts from a handle. When both are 0 the handle is unused again, and the pool may shrink.</summary>
    /// <remarks>The driver's <c>update_ref</c>. O(1), apart from the shrinking that the session's policy asks for.</remarks>
    /// <param name="handle">A handle that this process holds.</param>
    /// <param name="strong">How many strong counts to take, 0 or more.</param>
    /// <param name="weak">How many weak counts to take, 0 or more; one of the two must be more than 0.</param>
    /// <returns>
    /// The reference as it is now, with both counts 0 if it is gone. Null if the process has exited: it has dropped
    /// everything by itself, and the driver does not complain either.
    /// </returns>
    /// <exception cref="HandleException"><c>HandleNotFound</c> or <c>CountUnderflow</c>. Nothing has changed then.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or both are 0.</exception>
    public HandleReference? RemoveReference(long handle, int strong = 1, int weak = 0)
    {
        CheckCounts(strong, weak);
        using OperationRecorder.Scope recording = Session.Recorder?.Begin(HandleOperationKind.RemoveReference, this, null, handle, strong, weak) ?? default;
        return recording.Granted(_isDead ? null : Finish(Table.Decrease(CheckHandle(handle), strong, weak, out bool nodeGone), nodeGone));
    }

    /// <summary>Takes all counts from a handle, so that it is unused again.</summary>
    /// <param name="handle">A handle that this process holds.</param>
    /// <returns>The reference with both counts 0; null if the process has exited.</returns>
    /// <exception cref="HandleException"><c>HandleNotFound</c>.</exception>
    public HandleReference? DropReference(long handle)
    {
        using OperationRecorder.Scope recording = Session.Recorder?.Begin(HandleOperationKind.DropReference, this, null, handle, 0, 0) ?? default;
        return _isDead ? null : Finish(Table.Drop(CheckHandle(handle), out bool nodeGone), nodeGone);
    }

    /// <summary>The references that it holds, from one moment, in ascending order of handle. O(handles).</summary>
    public HandleReference[] GetReferences() => Array.ConvertAll(Table.ToArray(), entry => ToReference(entry));

    /// <summary>The reference at a handle, or null. O(1).</summary>
    public HandleReference? GetReference(long handle) =>
        handle is >= 0 and <= int.MaxValue && Table.TryGet((int)handle, out TableEntry entry) ? ToReference(entry) : null;

    /// <summary>The reference to a node, or null if it is not held. O(1).</summary>
    public HandleReference? GetReference(HandleNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return Table.TryFind(node, out TableEntry entry) ? ToReference(entry) : null;
    }

    /// <summary>The living nodes that it offers, in ascending order of id.</summary>
    public HandleNode[] GetNodes()
    {
        HandleNode[] nodes;
        lock (Session.SyncRoot)
            nodes = [.. _nodes];
        Array.Sort(nodes, static (a, b) => a.Id.CompareTo(b.Id));
        return nodes;
    }

    /// <summary>Capacity, use and counters of its pool, from one moment.</summary>
    public HandlePoolStatus GetPool() => new(this, Table.GetStatus(withWords: false, out _));

    /// <summary>The bitmap of its pool, from one moment. O(capacity / 64).</summary>
    public HandleBitmap GetBitmap()
    {
        PoolStatus status = Table.GetStatus(withWords: true, out ulong[] words);
        return new HandleBitmap(this, status, words);
    }

    /// <summary>The first phase of a resize: finds out the new capacity and allocates for it. The pool is not changed yet.</summary>
    /// <remarks>
    /// Growing doubles and is possible even if the pool is not full. Shrinking follows the driver's rule (to half, if the
    /// highest used handle is in the first quarter; to 64, if none is used), or goes as far as the highest used handle
    /// allows, if <paramref name="force"/> is true.
    /// </remarks>
    /// <exception cref="HandleException">
    /// <c>PoolExhausted</c>, <c>ShrinkNotPossible</c>, <c>NotResizable</c>, <c>AllocationFailed</c> or <c>ProcessDead</c>.
    /// </exception>
    public HandlePoolResizer RequestResize(ResizeDirection direction, bool force = false)
    {
        HandleOperationKind kind = direction == ResizeDirection.Grow ? HandleOperationKind.RequestGrow
            : force ? HandleOperationKind.RequestFit : HandleOperationKind.RequestShrink;
        using OperationRecorder.Scope recording = Session.Recorder?.Begin(kind, this) ?? default;
        HandlePoolResizer resizer = Request(direction, force);
        Session.Recorder?.Remember(resizer);
        return resizer;
    }

    /// <summary>The second phase of a resize: looks again, and applies or discards the resizer, which is used up by it.</summary>
    /// <exception cref="HandleException"><c>ResizerCompleted</c> or <c>ProcessDead</c>.</exception>
    /// <exception cref="ArgumentException">The resizer is another process's.</exception>
    public HandlePoolResizeResult CompleteResize(HandlePoolResizer resizer)
    {
        ArgumentNullException.ThrowIfNull(resizer);
        if (resizer.Process != this)
            throw new ArgumentException($"The resizer was requested for process '{resizer.Process}', not for '{this}'.", nameof(resizer));

        using OperationRecorder.Scope recording = Session.Recorder?.Begin(resizer) ?? default;
        return Complete(resizer);
    }

    /// <summary>Both phases of a resize.</summary>
    /// <inheritdoc cref="RequestResize"/>
    public HandlePoolResizeResult Resize(ResizeDirection direction, bool force = false)
    {
        HandleOperationKind kind = direction == ResizeDirection.Grow ? HandleOperationKind.GrowPool
            : force ? HandleOperationKind.FitPool : HandleOperationKind.ShrinkPool;
        using OperationRecorder.Scope recording = Session.Recorder?.Begin(kind, this) ?? default;
        return Complete(Request(direction, force));
    }

    /// <summary>Shrinks its pool as far as the highest used handle allows, as a shrinker does under memory pressure.</summary>
    /// <returns>What became of it; null if the pool is as small as it can be, cannot be resized, or the process has exited.</returns>
    /// <exception cref="HandleException"><c>AllocationFailed</c>.</exception>
    public HandlePoolResizeResult? Optimize()
    {
        using OperationRecorder.Scope recording = Session.Recorder?.Begin(HandleOperationKind.OptimizePool, this) ?? default;
        if (Table.RequestFit() is not { } resizer)
            return null;
        try
        {
            return Complete(new HandlePoolResizer(this, resizer));
        }
        catch (HandleException refused) when (refused.ErrorId == HandleErrorIds.ProcessDead)
        {
            // It has exited meanwhile: nothing is left to shrink, just as if it had before.
            return null;
        }
    }

    /// <summary>The least capacity that its pool could have now.</summary>
    public int FittingCapacity => Table.FittingCapacity;

    /// <summary>The name as it may be shown, or else the pid.</summary>
    public override string ToString() => Name is { } name ? VisibleText.Name(name) : Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    void ITableOwner.Allocating(ResizeDirection direction)
    {
        (TimeSpan delay, HandleFault? failure) = Session.Faults.Allocating(this, direction);
        delay += Session.AllocationDelay;
        if (delay > TimeSpan.Zero)
            Thread.Sleep(delay < HandleSession.LongestAllocationDelay ? delay : HandleSession.LongestAllocationDelay);
        if (failure is not null)
            throw new InsufficientMemoryException($"Fault {failure.Id} of session '{Session}' has this allocation fail.");
    }

    void ITableOwner.Record(HandleEventKind kind, string message, int? fromCapacity, int? toCapacity, int? handle) =>
        Session.Record(this, kind, message, fromCapacity, toCapacity, handle);

    internal void MarkDead() => _isDead = true;

    /// <summary>Adds a node to the list of those it offers; the session's lock is held.</summary>
    internal void Attach(HandleNode node)
    {
        node.OwnerIndex = _nodes.Count;
        _nodes.Add(node);
    }

    /// <summary>Takes a node from the list in O(1); the session's lock is held.</summary>
    internal void Detach(HandleNode node)
    {
        HandleNode last = _nodes[^1];
        _nodes[node.OwnerIndex] = last;
        last.OwnerIndex = node.OwnerIndex;
        _nodes.RemoveAt(_nodes.Count - 1);
    }

    /// <summary>Takes all nodes from the list; the session's lock is held.</summary>
    internal HandleNode[] DetachAll()
    {
        HandleNode[] nodes = [.. _nodes];
        _nodes.Clear();
        return nodes;
    }

    internal HandleReference ToReference(in TableEntry entry) =>
        new(this, entry.Handle, (HandleNode)entry.Node, entry.Strong, entry.Weak);

    private HandlePoolResizer Request(ResizeDirection direction, bool force) => new(this, Table.RequestResize(direction, toFit: force));

    private HandlePoolResizeResult Complete(HandlePoolResizer resizer)
    {
        if (resizer.IsCompleted)
            throw HandleErrors.ResizerCompleted(resizer.Resizer, resizer);
        ResizeOutcome outcome = Table.Complete(resizer.Resizer, out (int Capacity, long Bytes) before, out (int Capacity, long Bytes) after);
        return new HandlePoolResizeResult(this, resizer.Direction, outcome == ResizeOutcome.Applied,
            ResizeReason.For(outcome, before.Capacity), before.Capacity, after.Capacity, before.Bytes - after.Bytes);
    }

    private static void CheckCounts(int strong, int weak)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(strong);
        ArgumentOutOfRangeException.ThrowIfNegative(weak);
        if (strong == 0 && weak == 0)
            throw new ArgumentOutOfRangeException(nameof(strong), "One of the two counts must be more than 0.");
    }

    /// <summary>Handles are 32 bits wide, and those that the model can give fit into 31; no other number is held by anybody.</summary>
    private int CheckHandle(long handle) =>
        handle is >= 0 and <= int.MaxValue ? (int)handle : throw HandleErrors.HandleNotFound(this, handle, HandleCount);

    private HandleReference AddToHandleZero(int strong, int weak)
    {
        while (true)
        {
            // Decided here and not looked up again: if the manager exits meanwhile, its node must not get an ordinary handle.
            HandleNode? manager = BinderContext.ManagerNode;
            try
            {
                return manager is not null ? AddManagerReference(manager, strong, weak) : ToReference(Table.Increase(0, strong, weak));
            }
            catch (HandleException refused) when (manager is null && refused.ErrorId == HandleErrorIds.HandleNotFound)
            {
                throw HandleErrors.ManagerMissing(this);
            }
            catch (HandleException refused) when (manager is not null && BinderContext.ManagerNode != manager && refused.ErrorId == HandleErrorIds.NodeNotFound)
            {
                // It has exited meanwhile, and nobody holds its node: handle 0 stands for another manager by now, or for none.
            }
        }
    }

    private HandleReference AddManagerReference(HandleNode manager, int strong, int weak) => manager.Owner == this
        ? throw HandleErrors.ManagerSelfReference(this)
        : ToReference(Table.Add(manager, strong, weak, start: 0));

    private HandleReference? Finish(TableEntry? entry, bool nodeGone)
    {
        if (entry is not { } result)
            return null;
        if (nodeGone)
            Session.Forget((HandleNode)result.Node);
        return ToReference(result);
    }
}
