using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>Makes a session out of recorded data, with the handles, ids and counts as they were recorded.</summary>
/// <remarks>
/// Nobody sees the session before <see cref="Build"/>. Not thread-safe. The capacities of the pools are inferred: the
/// least that hold the handles.
/// </remarks>
public sealed class HandleSessionBuilder
{
    /// <summary>The most IDs that the pools of one session may be made for in all: 2^30, 128 MB of bits.</summary>
    /// <remarks>A few lines of a file must not make pools of gigabytes; real devices stay a thousandfold below it.</remarks>
    public const long MaxTotalCapacity = 1L << 30;

    // What the parts of a model take in memory, in bytes, about; what they have of text comes on top.
    private const int SessionBytes = 2_240;
    private const int ProcessBytes = 640;
    private const int NameBytes = 120;
    private const int NodeBytes = 170;
    private const int FindingBytes = 120;

    private readonly HandleSession _session;
    private readonly HashSet<(string Context, HandleNode Node)> _heldAsZero = [];
    private readonly HashSet<HandleNode> _registered = [];
    private long _totalCapacity;
    private bool _knowsManagers;
    private bool _isBuilt;

    /// <summary>Begins with an empty session.</summary>
    /// <param name="options">How its pools work; the driver's way by default.</param>
    public HandleSessionBuilder(HandleSessionOptions? options = null) => _session = new HandleSession(options: options);

    /// <summary>How many processes there are so far.</summary>
    public int ProcessCount => _session.Processes;

    /// <summary>The process of that pid and context, if there is one already.</summary>
    public HandleProcess? FindProcess(int id, string context) => _session.FindProcess(id, context);

    /// <summary>The node of that id, if there is one already.</summary>
    public HandleNode? FindNode(long id) => _session.FindNodeUnlocked(id);

    /// <summary>Adds a process; there must be none of that pid and context.</summary>
    public HandleProcess AddProcess(int id, string context, string? name)
    {
        CheckNotBuilt();
        _totalCapacity += IdPool.MinCapacity;
        Bytes += ProcessBytes + (name is null ? 0 : NameBytes + (sizeof(char) * name.Length));
        HandleProcess process = _session.AddProcess(id, name, context);
        process.Table.InferCapacity();
        return process;
    }

    /// <summary>Names a process that was added without name.</summary>
    public void SetName(HandleProcess process, string name)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(process);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (process.Name is not null)
            throw new ArgumentException($"The process has a name already, '{process.Name}'.", nameof(process));
        _session.NameProcess(process, name);
    }

    /// <summary>Says when the data was recorded.</summary>
    public void SetTime(DateTimeOffset time)
    {
        CheckNotBuilt();
        _session.Time = time;
    }

    /// <summary>Adds a node; there must be none of that id.</summary>
    /// <param name="id">Its debug id.</param>
    /// <param name="owner">Its owner, or null if it is not known (yet) or gone.</param>
    /// <param name="name">Its name, or null.</param>
    public HandleNode AddNode(long id, HandleProcess? owner, string? name = null)
    {
        CheckNotBuilt();
        Bytes += NodeBytes;
        return _session.AddNode(id, name, owner);
    }

    /// <summary>Says who owns a node that was added without owner.</summary>
    public void SetOwner(HandleNode node, HandleProcess owner)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(owner);
        node.Owner = owner;
        owner.Attach(node);
    }

    /// <summary>Says that a node looks like one by which a process registered as its context's manager.</summary>
    public void SetRegistered(HandleNode node)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(node);
        _registered.Add(node);
    }

    /// <summary>Says that a node is dead. It stays in the session even if nobody holds it.</summary>
    public void SetDead(HandleNode node)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(node);
        node.RestoreDead();
    }

    /// <summary>Adds a reference at its handle. The node is added without owner, if there is none of that id yet.</summary>
    /// <param name="process">The holder.</param>
    /// <param name="handle">
    /// Its handle: below the session's MaxCapacity, and such that all pools together stay within <see cref="MaxTotalCapacity"/>.
    /// </param>
    /// <param name="nodeId">The node's id.</param>
    /// <param name="strong">Its strong counts, 0 or more.</param>
    /// <param name="weak">Its weak counts, 0 or more.</param>
    /// <param name="node">The node; null if no pool can be made for the handle.</param>
    /// <param name="isNewNode">Whether the node was added by this.</param>
    /// <param name="existing">What is in the way: the reference at the same handle, or to the same node at another handle.</param>
    /// <returns>Whether it was added.</returns>
    public bool TryAddReference(HandleProcess process, long handle, long nodeId, int strong, int weak,
        out HandleNode? node, out bool isNewNode, out HandleReference? existing)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(process);
        node = null;
        isNewNode = false;
        existing = null;
        if (handle < 0 || handle >= _session.MaxCapacity)
            return false;

        node = FindNode(nodeId);
        isNewNode = node is null;
        node ??= AddNode(nodeId, owner: null);
        bool added = process.Table.TryRestore((int)handle, node, strong, weak, room: MaxTotalCapacity - _totalCapacity,
            out int grownBy, out long allocated, out TableEntry inTheWay);
        _totalCapacity += grownBy;
        Bytes += allocated;
        if (added)
        {
            if (handle == 0)
                _heldAsZero.Add((process.Context, node));
        }
        else if (inTheWay.Node is not null)
        {
            existing = process.ToReference(inTheWay);
        }
        else
        {
            if (isNewNode)
                _session.Forget(node);
            node = null;
        }

        return added;
    }

    /// <summary>Notes something odd about the data.</summary>
    public void AddFinding(HandleFindingKind kind, string message, string path, long line,
        HandleProcess? process = null, long? handle = null, long? node = null)
    {
        CheckNotBuilt();
        Bytes += FindingBytes + (sizeof(char) * message.Length);
        _session.AddFinding(new HandleFinding(kind, message, path, line, process, handle, node));
    }

    /// <summary>Names the session and hands it out.</summary>
    /// <remarks>
    /// The owner of the node that others hold by handle 0 is the manager of its context; of several such nodes, the first
    /// for which <see cref="SetRegistered"/> was called, or else the first; in a context where nobody holds
    /// a living node by it, the owner of the only living node for which <see cref="SetRegistered"/> was called.
    /// </remarks>
    /// <param name="name">What the session is called.</param>
    public HandleSession Build(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        CheckNotBuilt();
        _isBuilt = true;
        _session.Name = name;
        if (_knowsManagers)
            return _session;
        foreach ((string context, HandleNode node) in _heldAsZero.OrderByDescending(held => _registered.Contains(held.Node)))
        {
            // Handle 0 may also be a former manager's dead node.
            if (!node.IsDead && node.Owner is { } owner && owner.Context == context)
                owner.BinderContext.ManagerNode ??= node;
        }

        foreach (IGrouping<BinderContext, HandleNode> registered in _registered.Where(node => node is { IsDead: false, Owner: not null }).GroupBy(node => node.Owner!.BinderContext))
        {
            if (registered.Take(2).ToArray() is [{ } only])
                registered.Key.ManagerNode ??= only;
        }

        return _session;
    }

    /// <summary>The memory that the session takes, in bytes, about.</summary>
    internal long Bytes { get; private set; } = SessionBytes;

    /// <summary>By how many IDs the pools may still grow in all.</summary>
    internal long Room => MaxTotalCapacity - _totalCapacity;

    /// <summary>Adds a process that has exited. There may be others of that pid and context.</summary>
    internal HandleProcess AddExitedProcess(int id, string context, string? name)
    {
        CheckNotBuilt();
        _totalCapacity += IdPool.MinCapacity;
        return _session.AddExitedProcess(id, name, context);
    }

    /// <summary>Says what is known of the pool of a process that holds nothing yet. Its capacity must be within <see cref="Room"/>.</summary>
    internal void SetPool(HandleProcess process, in PoolRecord pool)
    {
        CheckNotBuilt();
        _totalCapacity += (pool.Capacity ?? IdPool.MinCapacity) - IdPool.MinCapacity;
        process.Table.RestorePool(pool);
    }

    /// <summary>Adds a dead node whose owner is known still.</summary>
    internal void AddDeadNode(long id, HandleProcess? owner, string? name)
    {
        HandleNode node = AddNode(id, owner: null, name);
        node.Owner = owner;
        node.RestoreDead();
    }

    /// <summary>Says who the manager of each context is that has one, so that it need not be inferred.</summary>
    internal void SetManagers(IEnumerable<HandleNode> managerNodes)
    {
        CheckNotBuilt();
        _knowsManagers = true;
        foreach (HandleNode node in managerNodes)
            node.Owner!.BinderContext.ManagerNode = node;
    }

    /// <summary>Says where the numbering of processes and nodes goes on.</summary>
    internal void SetHighestIds(int process, long node)
    {
        CheckNotBuilt();
        _session.RestoreHighestIds(process, node);
    }

    /// <summary>Says what has happened: the newest events, of so many in all.</summary>
    internal void SetEvents(IEnumerable<HandleEvent> events, long recorded)
    {
        CheckNotBuilt();
        _session.RestoreEvents(events, recorded);
    }

    /// <summary>Says how long allocations are made to take.</summary>
    internal void SetAllocationDelay(TimeSpan delay)
    {
        CheckNotBuilt();
        _session.AllocationDelay = delay;
    }

    private void CheckNotBuilt()
    {
        if (_isBuilt)
            throw new InvalidOperationException("The session is built and out of this builder's hands.");
    }
}
