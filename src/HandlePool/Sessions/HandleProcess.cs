using System.Diagnostics;
using System.Runtime.CompilerServices;
using HandlePool.Pools;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool;

/// <summary>
/// Represents a process in one binder context: the nodes that it offers, and the handles by which it holds those of others.
/// </summary>
/// <remarks>
/// <para>A process that uses several contexts is several of these objects with separate handles, as in the driver, where each
/// open of a device is one. Id and Context identify a living process, together with <see cref="OpenNumber"/> if it has opened the same
/// device more than once.</para>
/// <para>All members are thread-safe: each operation is atomic, and each read returns a snapshot. The object remains readable
/// after the process has exited; <see cref="IsDead"/> is then true.</para>
/// </remarks>
public sealed partial class HandleProcess : ITableOwner, ISessionMember
{
    // Those that it offers; still empty where the session says so.
    private readonly List<HandleNode> _nodes = [];
    private int _nodeCount;
    private volatile bool _isDead;
    private volatile FreezeState _freezeState;

    internal HandleProcess(HandleSession session, int id, string? name, BinderContext context, int openNumber, int? uid)
    {
        OpenNumber = openNumber;
        Uid = uid;
        Session = session;
        Id = id;
        Name = name;
        BinderContext = context;
        HandleSessionOptions options = session.Options;
        DriverRules rules = options.Rules;
        Table = new HandleTable(this, IdPool.Create(options.Allocator, options.MaxCapacity, rules), rules, options.GrowthPolicy, options.ShrinkPolicy,
            session.AtTestPoint);
    }

    /// <summary>Gets the pid.</summary>
    public int Id { get; }

    /// <summary>Gets the name, or null if it is unknown. The driver's dumps do not contain it; vendors' dumps do.</summary>
    public string? Name { get; internal set; }

    /// <summary>Gets the context, such as <c>binder</c>, <c>hwbinder</c> or <c>vndbinder</c>.</summary>
    public string Context => BinderContext.Name;

    /// <summary>Gets whether neither its pid nor its name is known: a reader takes pid 0 then, which no process has that opens a device.</summary>
    internal bool IsUnidentified => Id == 0 && Name is null;

    /// <summary>
    /// Gets the effective uid with which it opened the device; 0 for a process that was created without one, and null if a dump and the bug
    /// report around it do not tell.
    /// </summary>
    public int? Uid { get; internal set; }

    /// <summary>Gets the package of an app: that after which the process is named, or the only one of its uid; null if it is unknown.</summary>
    public string? Package { get; internal set; }

    /// <summary>
    /// Gets the number of this open among those of the same device by the same process, from 1. It tells apart what Id and Context do
    /// not.
    /// </summary>
    public int OpenNumber { get; }

    /// <summary>Gets the first open of its device by the same process, which stands for all of them where processes are counted.</summary>
    internal HandleProcess FirstOpen => OpenNumber == 1 || IsUnidentified ? this : Session.FindProcess(Id, Context) ?? this;

    /// <summary>Gets whether it is the context manager, whose node is handle 0 to all other processes. False once it has exited.</summary>
    public bool IsManager => BinderContext.ManagerNode?.Owner == this;

    /// <summary>Gets whether it or another open of its device by the same process is the context manager.</summary>
    internal bool IsOfManager => BinderContext.ManagerNode?.Owner is { } manager && (manager == this || manager.FirstOpen == FirstOpen);

    /// <summary>Gets whether it has exited.</summary>
    public bool IsDead => _isDead;

    /// <summary>Gets whether it is frozen: it does not run. False once it has exited.</summary>
    public bool IsFrozen => FreezeState == FreezeState.Frozen;

    /// <summary>Gets whether its freezing has begun and has neither succeeded nor failed yet. False once it has exited.</summary>
    public bool IsFreezing => FreezeState == FreezeState.Freezing;

    /// <summary>Gets the number of handles that it holds.</summary>
    /// <remarks>
    /// Unless <see cref="CountSource"/> is <see cref="HandleCountSource.State"/>, the references are unknown, or known in part where a state
    /// was cut off in this process: it is the number in the statistics, or else that of the nodes that list the process as a holder, and it
    /// may hold others.
    /// </remarks>
    public int HandleCount => CountSource switch
    {
        HandleCountSource.Statistics => Statistic!.Handles!.Value,
        HandleCountSource.HolderList => ListedNodes.Count,
        _ => Table.Count,
    };

    /// <summary>Gets the evidence for <see cref="HandleCount"/>.</summary>
    public HandleCountSource CountSource
    {
        get
        {
            if (!IsInferred || IsDead)
                return HandleCountSource.State;

            // Where a state was cut off, it has some of the references that the statistics count.
            int known = Table.Count;
            if (Statistic is { Handles: { } counted } && (known == 0 || known < counted))
                return HandleCountSource.Statistics;
            return known > 0 ? HandleCountSource.State : HandleCountSource.HolderList;
        }
    }

    /// <summary>Gets the number of living nodes that it offers; of a process that only statistics tell of, the number in these.</summary>
    public int NodeCount
    {
        get
        {
            int count;
            lock (Session.SyncRoot)
                count = _nodeCount;
            return count == 0 && CountSource == HandleCountSource.Statistics ? Statistic!.Nodes ?? 0 : count;
        }
    }

    /// <summary>Gets the capacity of its pool in handles: a power of two of at least 64.</summary>
    public int Capacity => Table.Capacity;

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets the session that it belongs to.</summary>
    internal HandleSession Session { get; }

    /// <summary>Gets or sets whether only statistics or lists of holders tell all of it, so that some or all of its references are unknown.</summary>
    internal bool IsInferred { get; set; }

    /// <summary>Gets or sets what the driver's statistics say about it; null if there are none.</summary>
    internal HandleStatistic? Statistic { get; set; }

    /// <summary>Gets or sets the nodes that list it as a holder, once for each reference, if its references are unknown.</summary>
    internal IReadOnlyList<HandleNode> ListedNodes { get; set; } = [];

    /// <summary>Gets or sets the file that its first line was read from, and the number of that line; null if it was not read from a dump.</summary>
    internal (string Path, long Line)? ListedAt { get; set; }

    /// <summary>Gets or sets the highest id in the dump up to its last reference: all lower ones were given out before that was printed.</summary>
    internal long ListedUpTo { get; set; }

    internal BinderContext BinderContext { get; }

    internal FreezeState FreezeState
    {
        get => _freezeState;
        set => _freezeState = value;
    }

    internal HandleTable Table { get; }

    /// <summary>Adds counts on a node. The process gets the lowest unused handle for it unless it already holds the node.</summary>
    /// <remarks>
    /// Handles start at 1; only the context manager's node may get handle 0. Under the Rust driver's rules it gets it by handle 0 only,
    /// not by node. This is the driver's <c>insert_or_update_handle</c>.
    /// O(1), plus the cost of the session's allocator to find a handle.
    /// </remarks>
    /// <param name="node">A node of this session and context. It may be dead as long as a process holds it.</param>
    /// <param name="strong">The number of strong counts to add, at least 0.</param>
    /// <param name="weak">The number of weak counts to add, at least 0. One of the two must be greater than 0.</param>
    /// <returns>The reference with its new counts.</returns>
    /// <exception cref="HandleException">
    /// <c>NodeNotFound</c>, <c>ProcessDead</c>, <c>ManagerSelfReference</c>, <c>CountOverflow</c>, <c>PoolExhausted</c>,
    /// <c>AllocationFailed</c>, or <c>PoolCorrupted</c>. Nothing has changed then, except that after <c>PoolCorrupted</c> the pool
    /// has the handle as used.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or both counts are 0.</exception>
    public HandleReference AddReference(HandleNode node, int strong = 1, int weak = 0)
    {
        ArgumentNullException.ThrowIfNull(node);
        CheckCounts(strong, weak);
        if (node.Session != Session)
            throw SessionErrors.NodeForeign(node, Session);
        using OperationScope operation = Session.Observer?.Begin(
            new SessionOperation(HandleOperationKind.AddReference, this) { Node = node, Strong = strong, Weak = weak }) ?? default;
        if (_isDead)
            throw SessionErrors.ProcessDead(this);
        if (node.Owner is { } owner && owner.BinderContext != BinderContext)
            throw SessionErrors.NodeInOtherContext(node, this);

        try
        {
            return operation.Succeed(BinderContext.ManagerNode == node
                ? AddManagerReference(node, strong, weak, Session.Options.Rules.ManagerNodeStart)
                : ToReference(Table.Add(node, strong, weak, start: 1)));
        }
        catch (HandleException refused)
        {
            DriverReplies.Answer(refused, this, DriverCall.Transaction);
            throw;
        }
    }

    /// <summary>Adds counts to a held handle.</summary>
    /// <remarks>
    /// Handle 0 stands for the context manager: if there is one, the process takes a reference to its node even if it does not hold
    /// it yet. This is the driver's <c>update_ref</c>. O(1).
    /// </remarks>
    /// <param name="handle">A handle that this process holds, or 0.</param>
    /// <param name="strong">The number of strong counts to add, at least 0.</param>
    /// <param name="weak">The number of weak counts to add, at least 0. One of the two must be greater than 0.</param>
    /// <returns>The reference with its new counts.</returns>
    /// <exception cref="HandleException">
    /// <c>HandleNotFound</c>, <c>ManagerMissing</c>, <c>ManagerSelfReference</c>, <c>WeakReferenceOnly</c>, <c>ProcessDead</c>,
    /// <c>CountOverflow</c>, and for handle 0 those of <see cref="AddReference(HandleNode, int, int)"/>. Nothing has changed then.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or both counts are 0.</exception>
    public HandleReference AddReference(long handle, int strong = 1, int weak = 0)
    {
        CheckCounts(strong, weak);
        using OperationScope operation = Session.Observer?.Begin(
            new SessionOperation(HandleOperationKind.AddReference, this) { Handle = handle, Strong = strong, Weak = weak }) ?? default;
        if (_isDead)
            throw SessionErrors.ProcessDead(this);
        try
        {
            return operation.Succeed(handle == 0 ? AddToHandleZero(strong, weak) : ToReference(Table.Increase(CheckHandle(handle), strong, weak)));
        }
        catch (HandleException refused)
        {
            DriverReplies.Answer(refused, this, DriverCall.Increase, handle, isStrong: strong > 0);
            throw;
        }
    }

    /// <summary>Removes counts from a handle. When both are 0, the handle is unused again and the pool may shrink.</summary>
    /// <remarks>This is the driver's <c>update_ref</c>. O(1), plus the shrinking by the session's policy.</remarks>
    /// <param name="handle">A handle that this process holds.</param>
    /// <param name="strong">The number of strong counts to remove, at least 0.</param>
    /// <param name="weak">The number of weak counts to remove, at least 0. One of the two must be greater than 0.</param>
    /// <returns>
    /// The reference with its new counts, both 0 if it is gone. Null if the process has exited: it has already dropped everything,
    /// and the driver reports no error either.
    /// </returns>
    /// <exception cref="HandleException"><c>HandleNotFound</c> or <c>CountUnderflow</c>. Nothing has changed then.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or both counts are 0.</exception>
    public HandleReference? RemoveReference(long handle, int strong = 1, int weak = 0)
    {
        CheckCounts(strong, weak);
        using OperationScope operation = Session.Observer?.Begin(
            new SessionOperation(HandleOperationKind.RemoveReference, this) { Handle = handle, Strong = strong, Weak = weak }) ?? default;
        try
        {
            return operation.Succeed(_isDead ? null : Finish(Table.Decrease(CheckHandle(handle), strong, weak, out bool isNodeGone), isNodeGone));
        }
        catch (HandleException refused)
        {
            DriverReplies.AnswerDecrease(refused, this, handle, strong, weak);
            throw;
        }
    }

    /// <summary>Removes all counts from a handle, so that it is unused again.</summary>
    /// <param name="handle">A handle that this process holds.</param>
    /// <returns>The reference with both counts 0; null if the process has exited.</returns>
    /// <exception cref="HandleException"><c>HandleNotFound</c>.</exception>
    public HandleReference? DropReference(long handle)
    {
        using OperationScope operation = Session.Observer?.Begin(
            new SessionOperation(HandleOperationKind.DropReference, this) { Handle = handle }) ?? default;
        try
        {
            return operation.Succeed(_isDead ? null : Finish(Table.Drop(CheckHandle(handle), out bool isNodeGone), isNodeGone));
        }
        catch (HandleException refused)
        {
            DriverReplies.Answer(refused, this, DriverCall.Decrease, handle);
            throw;
        }
    }

    /// <summary>Returns a snapshot of the references that it holds, in ascending order of handle. O(handles).</summary>
    public HandleReference[] GetReferences() => Array.ConvertAll(Table.ToArray(), entry => ToReference(entry));

    /// <summary>Returns the reference at a handle, or null if it is not held. O(1).</summary>
    public HandleReference? GetReference(long handle) =>
        handle is >= 0 and <= int.MaxValue && Table.TryGet((int)handle, out TableEntry entry) ? ToReference(entry) : null;

    /// <summary>Returns the reference to a node, or null if it is not held. O(1).</summary>
    public HandleReference? GetReference(HandleNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return Table.TryFind(node, out TableEntry entry) ? ToReference(entry) : null;
    }

    /// <summary>Returns the living nodes that it offers, in ascending order of id.</summary>
    public HandleNode[] GetNodes()
    {
        HandleNode[] nodes;
        lock (Session.SyncRoot)
        {
            Session.ListNodesByOwner();
            nodes = [.. _nodes];
        }

        Array.Sort(nodes, static (a, b) => a.Id.CompareTo(b.Id));
        return nodes;
    }

    /// <summary>Returns its statistics: the driver's if there are any, or else what the session's tables say. O(handles) then.</summary>
    public HandleStatistic GetStatistic() => Statistic ?? HandleStatistic.OfState(this);

    /// <summary>Returns a snapshot of the state and counters of its pool.</summary>
    public HandlePoolStatus GetPool() => new(this, Table.GetStatus(withWords: false, out _));

    /// <summary>Returns a snapshot of the bitmap of its pool. O(capacity / 64).</summary>
    public HandleBitmap GetBitmap()
    {
        PoolStatus status = Table.GetStatus(withWords: true, out ulong[] words);
        return new HandleBitmap(this, status, words);
    }

    /// <summary>
    /// Performs the first phase of a resize: determines the new capacity and allocates for it. The pool does not change yet.
    /// </summary>
    /// <remarks>
    /// Growing doubles the capacity and is possible even if the pool is not full. Shrinking follows the driver's rule (to half if the
    /// highest used handle is in the first quarter; to 64 if none is used). With <paramref name="force"/>, it goes as far as the
    /// highest used handle allows.
    /// </remarks>
    /// <exception cref="HandleException">
    /// <c>PoolExhausted</c>, <c>ShrinkNotPossible</c>, <c>NotResizable</c>, <c>AllocationFailed</c> or <c>ProcessDead</c>.
    /// </exception>
    public HandlePoolResizer RequestResize(ResizeDirection direction, bool force = false)
    {
        HandleOperationKind kind = direction == ResizeDirection.Grow ? HandleOperationKind.RequestGrow
            : force ? HandleOperationKind.RequestFit : HandleOperationKind.RequestShrink;
        using OperationScope operation = Session.Observer?.Begin(new SessionOperation(kind, this)) ?? default;
        return operation.Succeed(Request(direction, force));
    }

    /// <summary>
    /// Performs the second phase of a resize: looks again, and applies or discards the resizer, which cannot be used again.
    /// </summary>
    /// <exception cref="HandleException"><c>ResizerCompleted</c> or <c>ProcessDead</c>.</exception>
    /// <exception cref="ArgumentException">The resizer belongs to another process.</exception>
    public HandlePoolResizeResult CompleteResize(HandlePoolResizer resizer)
    {
        ArgumentNullException.ThrowIfNull(resizer);
        if (resizer.Process != this)
            throw new ArgumentException($"The resizer belongs to process '{resizer.Process}', not to '{this}'. Complete it there.", nameof(resizer));

        using OperationScope operation = Session.Observer?.Begin(
            new SessionOperation(HandleOperationKind.CompleteResize, this) { Resizer = resizer }) ?? default;
        return operation.Succeed(Complete(resizer));
    }

    /// <summary>Performs both phases of a resize.</summary>
    /// <inheritdoc cref="RequestResize"/>
    public HandlePoolResizeResult Resize(ResizeDirection direction, bool force = false)
    {
        HandleOperationKind kind = direction == ResizeDirection.Grow ? HandleOperationKind.GrowPool
            : force ? HandleOperationKind.FitPool : HandleOperationKind.ShrinkPool;
        using OperationScope operation = Session.Observer?.Begin(new SessionOperation(kind, this)) ?? default;
        return operation.Succeed(Complete(Request(direction, force)));
    }

    /// <summary>Shrinks its pool as far as the highest used handle allows, as a shrinker does under memory pressure.</summary>
    /// <returns>The result; null if the pool cannot be smaller, cannot be resized, or the process has exited.</returns>
    /// <exception cref="HandleException"><c>AllocationFailed</c>.</exception>
    public HandlePoolResizeResult? Optimize()
    {
        using OperationScope operation = Session.Observer?.Begin(new SessionOperation(HandleOperationKind.OptimizePool, this)) ?? default;
        if (Table.RequestFit() is not { } resizer)
            return null;
        try
        {
            return operation.Succeed(Complete(new HandlePoolResizer(this, resizer)));
        }
        catch (HandleException refused) when (refused.ErrorId == HandleErrorIds.ProcessDead)
        {
            // It has exited in the meantime, so nothing is left to shrink, just as if it had exited before.
            return null;
        }
    }

    /// <summary>Gets the smallest capacity that its pool could have now, in IDs.</summary>
    public int FittingCapacity => Table.FittingCapacity;

    /// <summary>Returns whether this is the same object, or its name or pid.</summary>
    /// <remarks>
    /// PowerShell asks the left operand: <c>$reference.Owner -eq 'system_server'</c> is then true, as the comparison the other way round is.
    /// A text is compared with the name, the pid and what <see cref="ToString"/> returns, ignoring case, and a number with the pid. Two objects
    /// of one name are not equal.
    /// </remarks>
    public override bool Equals(object? obj) => NameComparison.AreEqual(this, Name, Id, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    /// <summary>Returns the name in a form that is safe to display or, without one, the pid.</summary>
    public override string ToString() => Name is { } name ? VisibleText.Name(name) : Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    NotificationRegistry ITableOwner.Notifications => Session.Notifications;

    HandleException ITableOwner.ExitedError() => SessionErrors.ProcessDead(this);

    void ITableOwner.BeforeAllocation(ResizeDirection direction) => Session.BeforeAllocation(this, direction);

    void ITableOwner.NumberReference() => Session.NumberReference();

    void ITableOwner.Record(in TableEvent tableEvent) => Session.Record(this, KindOf(tableEvent.Kind), tableEvent.Message,
        tableEvent.FromCapacity, tableEvent.ToCapacity, tableEvent.Handle);

    internal void MarkDead() => (_isDead, _freezeState) = (true, FreezeState.Thawed);

    /// <summary>Adds a node, which the session has, to those that it offers; the session's lock must be held.</summary>
    internal void Attach(HandleNode node)
    {
        _nodeCount++;
        if (Session.ListsNodesByOwner)
            List(node);
    }

    /// <summary>Adds a node that was attached to the list.</summary>
    internal void List(HandleNode node)
    {
        if (_nodes.Count == 0)
            _nodes.EnsureCapacity(_nodeCount);
        node.OwnerIndex = _nodes.Count;
        _nodes.Add(node);
    }

    /// <summary>Removes a living node from those that it offers in O(1); the session's lock must be held.</summary>
    internal void Detach(HandleNode node)
    {
        Session.ListNodesByOwner();
        HandleNode last = _nodes[^1];
        _nodes[node.OwnerIndex] = last;
        last.OwnerIndex = node.OwnerIndex;
        _nodes.RemoveAt(_nodes.Count - 1);
        _nodeCount--;
    }

    /// <summary>Removes all nodes, which are living; the session's lock must be held.</summary>
    internal HandleNode[] DetachAll()
    {
        Session.ListNodesByOwner();
        HandleNode[] nodes = [.. _nodes];
        _nodes.Clear();
        _nodeCount = 0;
        return nodes;
    }

    internal HandleReference ToReference(in TableEntry entry) =>
        new(this, entry.Handle, (HandleNode)entry.Node, entry.Strong, entry.Weak);

    private HandlePoolResizer Request(ResizeDirection direction, bool force) => new(this, Table.RequestResize(direction, toFit: force));

    private HandlePoolResizeResult Complete(HandlePoolResizer resizer)
    {
        if (resizer.IsCompleted)
            throw PoolErrors.ResizerCompleted(resizer.Resizer, resizer);
        ResizeOutcome outcome = Table.Complete(resizer.Resizer, out (int Capacity, long Bytes) before, out (int Capacity, long Bytes) after);
        return new HandlePoolResizeResult(this, resizer.Direction, outcome == ResizeOutcome.Applied,
            ResizeReason.For(outcome, before.Capacity), before.Capacity, after.Capacity, before.Bytes - after.Bytes);
    }

    private static HandleEventKind KindOf(TableEventKind kind) => kind switch
    {
        TableEventKind.Grow => HandleEventKind.Grow,
        TableEventKind.Shrink => HandleEventKind.Shrink,
        TableEventKind.ResizeDiscarded => HandleEventKind.ResizeDiscarded,
        TableEventKind.Mismatch => HandleEventKind.Mismatch,
        TableEventKind.PoolExhausted => HandleEventKind.PoolExhausted,
        TableEventKind.AllocationFailed => HandleEventKind.AllocationFailed,
        TableEventKind.BitmapDisabled => HandleEventKind.BitmapDisabled,
        TableEventKind.NotificationRequested => HandleEventKind.NotificationRequested,
        TableEventKind.NotificationQueued => HandleEventKind.NotificationQueued,
        TableEventKind.NotificationReceived => HandleEventKind.NotificationReceived,
        TableEventKind.NotificationCompleted => HandleEventKind.NotificationCompleted,
        TableEventKind.NotificationCleared => HandleEventKind.NotificationCleared,
        TableEventKind.NotificationDropped => HandleEventKind.NotificationDropped,
        _ => throw new UnreachableException(),
    };

    private static void CheckCounts(int strong, int weak)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(strong);
        ArgumentOutOfRangeException.ThrowIfNegative(weak);
        if (strong == 0 && weak == 0)
            throw new ArgumentOutOfRangeException(nameof(strong), "Both counts are 0. Give at least one count.");
    }

    /// <summary>
    /// Returns a handle as 32 bits, or throws. No process holds a handle of more than 31 bits, because the model gives none.
    /// </summary>
    private int CheckHandle(long handle) =>
        handle is >= 0 and <= int.MaxValue ? (int)handle : throw TableErrors.HandleNotFound(this, handle, HandleCount);

    private HandleReference AddToHandleZero(int strong, int weak)
    {
        while (true)
        {
            // Read once: if the manager exits in the meantime, its node must not get an ordinary handle.
            HandleNode? manager = BinderContext.ManagerNode;
            try
            {
                return manager is not null ? AddManagerReference(manager, strong, weak, start: 0) : ToReference(Table.Increase(0, strong, weak));
            }
            catch (HandleException refused) when (manager is null && refused.ErrorId == HandleErrorIds.HandleNotFound)
            {
                throw SessionErrors.ManagerMissing(this);
            }
            catch (HandleException refused) when (manager is not null && BinderContext.ManagerNode != manager && refused.ErrorId == HandleErrorIds.NodeNotFound)
            {
                // The manager has exited and its node is gone: handle 0 now stands for another manager, or for none.
            }
        }
    }

    private HandleReference AddManagerReference(HandleNode manager, int strong, int weak, int start) => manager.Owner == this
        ? throw SessionErrors.ManagerSelfReference(this)
        : ToReference(Table.Add(manager, strong, weak, start));

    private HandleReference? Finish(TableEntry? entry, bool isNodeGone)
    {
        if (entry is not { } result)
            return null;
        if (isNodeGone)
            Session.Forget((HandleNode)result.Node);
        return ToReference(result);
    }
}
