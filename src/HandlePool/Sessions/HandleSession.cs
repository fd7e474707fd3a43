using System.Globalization;
using System.Runtime.CompilerServices;
using HandlePool.Evidence;
using HandlePool.Pools;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents an isolated set of processes, nodes and events. Sessions share nothing with each other.</summary>
/// <remarks>
/// All members are thread-safe. Creating, finding and ending processes and nodes takes the session's lock; adding and dropping
/// references takes only the lock of the process's table.
/// </remarks>
/// <example>
/// <code>
/// var session = new HandleSession();
/// HandleProcess manager = session.CreateProcess("servicemanager", isManager: true);
/// HandleProcess server = session.CreateProcess("server"), client = session.CreateProcess("client");
/// HandleNode audio = session.CreateNode(server, "audio");
/// client.AddReference(0);                          // the context manager, by its well-known handle
/// int handle = client.AddReference(audio).Handle;  // 1: the lowest unused
/// client.RemoveReference(handle);
/// </code>
/// </example>
public sealed partial class HandleSession
{
    /// <summary>The default context of a process: that of the device /dev/binder.</summary>
    public const string DefaultContext = "binder";

    /// <summary>The largest number of nodes that one row or call may create, so that a mistyped number does not take all memory.</summary>
    internal const int MaxNewNodes = 10_000_000;

    internal static readonly TimeSpan LongestAllocationDelay = TimeSpan.FromMinutes(1);

    private readonly ProcessRegistry _processes = new();
    private readonly NodeRegistry _nodes;
    private readonly Dictionary<string, BinderContext> _contexts = new(StringComparer.Ordinal);
    private readonly HandleEventLog _events;
    private readonly List<HandleFinding> _findings = [];
    private IFaultHook? _faultHook;
    private long _allocationDelay;
    private DumpForm? _dumpForm;

    /// <summary>Creates an empty session.</summary>
    /// <param name="name">Its name in listings and messages.</param>
    /// <param name="options">The options of its pools; by default they work as in the driver.</param>
    /// <exception cref="ArgumentException">
    /// The name is blank, or the options have <see cref="HandleSessionOptions.FreezeListenerLeak"/> with a driver other than Rust's.
    /// </exception>
    public HandleSession(string name = "Session", HandleSessionOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        Options = options ?? new HandleSessionOptions();
        if (Options.IsInconsistent)
            throw new ArgumentException($"The driver {Driver} leaks no freeze listener. Use Rust or RustTree.", nameof(options));
        _nodes = new NodeRegistry(Options.Rules.FirstId);
        _events = new HandleEventLog(Options.EventCapacity);
        Notifications = new NotificationRegistry(Options.NotificationRules);
    }

    /// <summary>Gets the name.</summary>
    public string Name { get; internal set; }

    /// <summary>Gets the driver whose rules it follows.</summary>
    public HandleDriver Driver => Options.Driver;

    /// <summary>Gets the way its pools find unused handles.</summary>
    public HandleAllocator Allocator => Options.Allocator;

    /// <summary>Gets the policy by which several threads grow a full pool.</summary>
    public GrowthPolicy GrowthPolicy => Options.GrowthPolicy;

    /// <summary>Gets the policy by which its pools shrink automatically.</summary>
    public ShrinkPolicy ShrinkPolicy => Options.ShrinkPolicy;

    /// <summary>Gets the limit to the capacity of each pool, in handles.</summary>
    public int MaxCapacity => Options.MaxCapacity;

    /// <summary>Gets whether the freeze notifications of dropped references leak, as in the Rust driver before Linux 7.2.</summary>
    public bool FreezeListenerLeak => Options.FreezeListenerLeak;

    /// <summary>Gets the number of living processes.</summary>
    public int Processes
    {
        get
        {
            lock (SyncRoot)
                return _processes.Count;
        }
    }

    /// <summary>Gets the number of nodes, including dead ones that are still held.</summary>
    /// <remarks>If it has no node and the driver's statistics, it is the number in these.</remarks>
    public int Nodes
    {
        get
        {
            int known = KnownNodes;
            return known > 0 || Statistics is null ? known
                : (int)Math.Min(int.MaxValue, Statistics.GetObjects("node")?.Active ?? Statistics.Processes.Sum(each => (long)(each.Nodes ?? 0)));
        }
    }

    /// <summary>Gets the number of anomalies of the dump that it was read from.</summary>
    public int FindingCount => _findings.Count;

    /// <summary>Gets the number of facts of the bug report beside the driver's tables.</summary>
    public int EvidenceCount => Evidence.Count;

    /// <summary>Gets the time at which the dump of the session was taken, if it is known; null for a session that was created.</summary>
    public DateTimeOffset? Time { get; internal set; }

    /// <summary>Gets the texts that it was built from, in the order in which they were read; empty for a session that was created.</summary>
    public IReadOnlyList<HandleSource> Sources => new HandleList<HandleSource>(SourceList);

    /// <summary>Gets the driver's statistics of the same moment; null if there are none.</summary>
    public HandleStatistics? Statistics { get; internal set; }

    /// <summary>
    /// Gets or sets the time by which each allocation for a resize is delayed, for experiments with races; none by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or more than a minute.</exception>
    public TimeSpan AllocationDelay
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _allocationDelay));
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LongestAllocationDelay);
            Interlocked.Exchange(ref _allocationDelay, value.Ticks);
        }
    }

    /// <summary>Gets or sets the form of its dumps: that of the dump that it was imported from, or else that of its driver.</summary>
    internal DumpForm DumpForm
    {
        get => _dumpForm ?? (Options.Rules.Family == DriverFamily.Rust ? DumpForm.Rust : DumpForm.C);
        set => _dumpForm = value;
    }

    /// <summary>Gets the number of events so far, including those no longer kept.</summary>
    internal long EventsRecorded => _events.Recorded;

    /// <summary>Gets what the lines of a dump say about nodes.</summary>
    internal NodeListings Listings { get; } = new();

    /// <summary>Gets the nodes, in no order. No other thread may use the session.</summary>
    internal IEnumerable<HandleNode> NodesUnlocked => _nodes.Unordered;

    /// <summary>Gets or sets whether each process has a list of its nodes. A session of a dump makes them when they are first needed: many are only read.</summary>
    internal bool ListsNodesByOwner { get; set; } = true;

    /// <summary>Gets the list of <see cref="Sources"/>, which only the builder changes.</summary>
    internal List<HandleSource> SourceList { get; } = [];

    /// <summary>Gets the number of nodes that it has as objects.</summary>
    internal int KnownNodes
    {
        get
        {
            lock (SyncRoot)
                return _nodes.Count;
        }
    }

    /// <summary>Gets or sets the highest id of a node or reference in the dump; 0 if the ids of references are unknown.</summary>
    internal long HighestListedId { get; set; }

    /// <summary>Gets the highest id of a node, including those that are gone, or of a reference, as far as it is known.</summary>
    internal long HighestId => Math.Max(HighestListedId, _nodes.HighestId);

    internal IReadOnlyList<HandleFinding> Findings => _findings;

    /// <summary>Gets or sets the facts of the bug report, which only the builder sets.</summary>
    internal HandleList<HandleEvidence> Evidence { get; set; } = new([]);

    /// <summary>Gets or sets the calls and buffers that the driver shows, which only the builder sets.</summary>
    internal IReadOnlyList<CallRecord> Calls { get; set; } = [];

    /// <summary>Gets or sets what the report says of the interfaces of its nodes, which only the importer sets.</summary>
    internal InterfaceKnowledge Interfaces { get; set; } = InterfaceKnowledge.None;

    /// <summary>Gets or sets whether it has been removed from its runspace.</summary>
    internal bool IsRemoved { get; set; }

    internal HandleSessionOptions Options { get; }

    /// <summary>Gets or sets the observer of its operations. Set it before the first operation.</summary>
    internal IOperationObserver? Observer { get; set; }

    /// <summary>Gets the hook that makes operations fail, and runs before each allocation for a resize, after <see cref="AllocationDelay"/>.</summary>
    internal IFaultHook? FaultHook => Volatile.Read(ref _faultHook);

    internal object SyncRoot { get; } = new();

    internal NotificationRegistry Notifications { get; }

    /// <summary>Gets or sets a callback at each <see cref="TestPoint"/>. Tests set it before they create processes.</summary>
    internal Action<TestPoint>? AtTestPoint { get; set; }

    /// <summary>Creates a process. A manager is created with its node.</summary>
    /// <param name="name">Its name, or null. Names need not be unique.</param>
    /// <param name="id">Its pid, at least 0; by default one more than the highest so far.</param>
    /// <param name="context">Its context.</param>
    /// <param name="isManager">Whether it becomes the manager of the context.</param>
    /// <param name="uid">Its effective uid, at least 0; by default 0, or that of the process that it reopens the device for.</param>
    /// <param name="reopens">
    /// Whether a living process of that pid and context may exist. It then opens the same device again, and the two are told apart by
    /// <see cref="HandleProcess.OpenNumber"/>.
    /// </param>
    /// <exception cref="HandleException">
    /// <c>ProcessExists</c>, <c>ManagerExists</c> or <c>ManagerUidMismatch</c>. Nothing has changed then.
    /// </exception>
    public HandleProcess CreateProcess(string? name = null, int? id = null, string context = DefaultContext, bool isManager = false,
        int? uid = null, bool reopens = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(context);
        if (id is { } given)
            ArgumentOutOfRangeException.ThrowIfNegative(given, nameof(id));
        if (uid is { } givenUid)
            ArgumentOutOfRangeException.ThrowIfNegative(givenUid, nameof(uid));

        HandleOperationKind kind = isManager ? HandleOperationKind.NewManager : HandleOperationKind.NewProcess;
        using OperationScope operation = Observer?.Begin(
            new SessionOperation(kind) { Name = name, Id = id, Context = context, Uid = uid, IsReopen = reopens }) ?? default;
        lock (SyncRoot)
        {
            HandleProcess? existing = id is { } wanted ? _processes.Find(wanted, context) : null;
            int euid = uid ?? existing?.Uid ?? 0;
            if (isManager)
                CheckManager(GetContext(context), euid);
            if (existing is not null && !reopens)
                throw SessionErrors.ProcessExists(existing);

            HandleProcess process = AddProcess(id ?? _processes.NextId(context), name ?? existing?.Name, context, uid: euid);
            if (isManager)
                AddManagerNode(process);
            return operation.Succeed(process);
        }
    }

    /// <summary>Makes a running process the manager of its context, with a new node.</summary>
    /// <remarks>
    /// <c>BINDER_SET_CONTEXT_MGR</c> in the driver. Once a context has had a manager, only processes of the same uid can become it.
    /// </remarks>
    /// <returns>The manager's node.</returns>
    /// <exception cref="HandleException">
    /// <c>ManagerExists</c>, <c>ManagerUidMismatch</c>, <c>ProcessDead</c>, or <c>ProcessNotFound</c> if the process belongs to another
    /// session. Nothing has changed then.
    /// </exception>
    public HandleNode SetManager(HandleProcess process)
    {
        CheckOwn(process);
        using OperationScope operation = Observer?.Begin(new SessionOperation(HandleOperationKind.SetManager, process)) ?? default;
        lock (SyncRoot)
        {
            if (process.IsDead)
                throw SessionErrors.ProcessDead(process);
            CheckManager(process.BinderContext, process.Uid);
            return operation.Succeed(AddManagerNode(process));
        }
    }

    /// <summary>Returns the facts of the bug report beside the driver's tables, in its order; empty if there are none. At most 100,000 are kept.</summary>
    public HandleList<HandleEvidence> GetEvidence() => Evidence;

    /// <summary>Returns the anomalies in the data that the session was built from; none for a session that was created.</summary>
    /// <remarks>
    /// This is a method so that ConvertTo-Json does not write the findings again with each process. In PowerShell, the session has
    /// the property Findings.
    /// </remarks>
    public HandleList<HandleFinding> GetFindings() => new(_findings);

    /// <summary>Returns the processes in ascending order of Id, then of context.</summary>
    /// <param name="includeDead">Whether to include those that have exited.</param>
    public HandleProcess[] GetProcesses(bool includeDead = false)
    {
        lock (SyncRoot)
            return _processes.ToArray(includeDead);
    }

    /// <summary>Returns the only living process of a pid.</summary>
    /// <param name="id">The pid.</param>
    /// <param name="context">Its context, ignoring case; required if the pid is in several.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, <c>ProcessDead</c> or <c>ProcessAmbiguous</c>.</exception>
    public HandleProcess GetProcess(int id, string? context = null) => Single(FindProcesses(id, context), id);

    /// <summary>Returns the only living process of a name, ignoring case, or of a pid if no process has the name.</summary>
    /// <param name="nameOrId">The name, or the pid in digits.</param>
    /// <param name="context">Its context, ignoring case; required if the name is in several.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, <c>ProcessDead</c> or <c>ProcessAmbiguous</c>.</exception>
    public HandleProcess GetProcess(string nameOrId, string? context = null) => Single(FindProcesses(nameOrId, context), nameOrId);

    /// <summary>Returns all living processes of a pid, one for each context that it uses, in ascending order of context.</summary>
    /// <param name="id">The pid.</param>
    /// <param name="context">The only context to search, ignoring case; all by default.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, or <c>ProcessDead</c> if such a process has exited.</exception>
    public HandleProcess[] FindProcesses(int id, string? context = null)
    {
        lock (SyncRoot)
        {
            return _processes.FindById(id, context) is { Length: > 0 } found
                ? found
                : throw NoProcess(id, context, process => process.Id == id);
        }
    }

    /// <summary>Returns all living processes of a name, ignoring case, or of a pid if no process has the name.</summary>
    /// <remarks>They are in ascending order of Id, then of context.</remarks>
    /// <param name="nameOrId">The name, or the pid in digits.</param>
    /// <param name="context">The only context to search, ignoring case; all by default.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, or <c>ProcessDead</c> if such a process has exited.</exception>
    public HandleProcess[] FindProcesses(string nameOrId, string? context = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        lock (SyncRoot)
        {
            HandleProcess[] found = _processes.FindByName(nameOrId, context);
            bool isId = WholeNumber.TryParse(nameOrId, NumberStyles.None, out int id);
            if (found.Length == 0 && isId)
                found = _processes.FindById(id, context);
            return found.Length > 0
                ? found
                : throw NoProcess(nameOrId, context,
                    process => string.Equals(process.Name, nameOrId, StringComparison.OrdinalIgnoreCase) || (isId && process.Id == id));
        }
    }

    /// <summary>
    /// Lets a process exit: it is marked dead and drops its references, and its nodes become dead nodes to their holders.
    /// </summary>
    /// <remarks>If it is the manager of its context, the context has no manager afterwards. O(handles + nodes).</remarks>
    /// <exception cref="HandleException">
    /// <c>ProcessDead</c>: it has already exited. <c>ProcessNotFound</c>: it belongs to another session.
    /// </exception>
    public void ExitProcess(HandleProcess process)
    {
        CheckOwn(process);
        using OperationScope operation = Observer?.Begin(new SessionOperation(HandleOperationKind.RemoveProcess, process)) ?? default;
        lock (SyncRoot)
        {
            if (process.IsDead)
                throw SessionErrors.ProcessDead(process);

            Notifications.RestoreImported();

            // First, so that nothing is inserted into the table after it is cleared.
            if (process.IsManager)
                process.BinderContext.ManagerNode = null;
            process.MarkDead();
            _processes.Exit(process);
            HandleNode[] nodes = process.DetachAll();
            foreach (HandleNode node in nodes)
            {
                if (node.MarkDead())
                    _nodes.Remove(node);
            }

            // The driver goes through them by their addresses, which ids stand for.
            Notifications.Die(nodes.OrderBy(node => node.Id));
        }

        AtTestPoint?.Invoke(TestPoint.BeforeClear);
        List<TableNode> gone = process.Table.Clear();
        AtTestPoint?.Invoke(TestPoint.BeforeForget);
        lock (SyncRoot)
        {
            foreach (TableNode node in gone)
                _nodes.Remove((HandleNode)node);
        }

        Record(process, HandleEventKind.ProcessExit, $"Process '{process}' ({process.Id}, {VisibleText.Name(process.Context)}) exited.", null, null, null);
        operation.Succeed(process);
    }

    /// <summary>Creates a node.</summary>
    /// <param name="owner">The process that offers the node.</param>
    /// <param name="name">Its name, or null. Names need not be unique.</param>
    /// <exception cref="HandleException">
    /// <c>ProcessDead</c>, or <c>ProcessNotFound</c> if the process belongs to another session.
    /// </exception>
    public HandleNode CreateNode(HandleProcess owner, string? name = null)
    {
        CheckOwn(owner);
        using OperationScope operation = Observer?.Begin(new SessionOperation(HandleOperationKind.NewNode, owner) { Name = name }) ?? default;
        lock (SyncRoot)
        {
            if (owner.IsDead)
                throw SessionErrors.ProcessDead(owner);
            return operation.Succeed(AddNode(_nodes.TakeId(), name, owner));
        }
    }

    /// <summary>Returns the nodes in ascending order of id, including dead ones that are still held.</summary>
    public HandleNode[] GetNodes()
    {
        lock (SyncRoot)
            return _nodes.ToArray();
    }

    /// <summary>Returns the node of an id. O(1).</summary>
    /// <exception cref="HandleException"><c>NodeNotFound</c>.</exception>
    public HandleNode GetNode(long id)
    {
        lock (SyncRoot)
            return _nodes.Find(id) ?? throw SessionErrors.NodeNotFound(id, this, []);
    }

    /// <summary>Returns the only node of a name, ignoring case, or of an id if no node has the name.</summary>
    /// <exception cref="HandleException"><c>NodeNotFound</c> or <c>NodeAmbiguous</c>.</exception>
    public HandleNode GetNode(string nameOrId)
    {
        HandleNode[] found = FindNodes(nameOrId);
        return found.Length == 1 ? found[0] : throw SessionErrors.NodeAmbiguous(nameOrId, found);
    }

    /// <summary>Returns all nodes of a name, ignoring case, or the node of an id if no node has the name.</summary>
    /// <exception cref="HandleException"><c>NodeNotFound</c>.</exception>
    public HandleNode[] FindNodes(string nameOrId)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        lock (SyncRoot)
        {
            HandleNode[] found = _nodes.FindByName(nameOrId);
            if (found.Length == 0 && WholeNumber.TryParse(nameOrId, NumberStyles.None, out long id)
                && _nodes.Find(id) is { } node)
            {
                found = [node];
            }

            if (found.Length > 0)
                return found;
            throw _processes.FindByName(nameOrId) is [HandleProcess process, ..]
                ? SessionErrors.ProcessIsNotNode(process)
                : SessionErrors.NodeNotFound(nameOrId, this, _nodes.Unordered.Select(node => node.Name));
        }
    }

    /// <summary>Removes a node from its living owner. For its holders it is then a dead node, as if the owner had exited.</summary>
    /// <exception cref="HandleException">
    /// <c>NodeNotFound</c>: it is already dead, or belongs to another session. <c>ManagerExists</c>: it is the context manager's
    /// node, which is removed only when its process exits.
    /// </exception>
    public void RemoveNode(HandleNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (node.Session != this)
            throw SessionErrors.NodeForeign(node, this);

        using OperationScope operation = Observer?.Begin(new SessionOperation(HandleOperationKind.RemoveNode) { Node = node }) ?? default;
        lock (SyncRoot)
        {
            if (node.IsDead || node.Owner is not { } owner)
                throw SessionErrors.NodeWithoutOwner(node);
            if (owner.BinderContext.ManagerNode == node)
                throw SessionErrors.ManagerNodeInUse(node);
            Notifications.RestoreImported();
            owner.Detach(node);
            if (node.MarkDead())
                _nodes.Remove(node);
            Notifications.Die([node]);
            operation.Succeed(node);
        }
    }

    /// <summary>Returns the references by which processes hold a node, in ascending order of the holder's Id. O(processes).</summary>
    public HandleReference[] GetHolders(HandleNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return [.. GetProcesses().Select(process => process.GetReference(node)).OfType<HandleReference>()];
    }

    /// <summary>
    /// Returns a copy: processes, nodes, references, pools and their damage, notifications, statistics, anomalies, sources, events and faults.
    /// It continues in the same way, and shares nothing with this session.
    /// </summary>
    /// <remarks>
    /// Resizers that were requested belong to this session, and the copy's operations are not recorded. All tables are locked meanwhile, so that
    /// the copy is of one moment. O(handles + nodes + capacity / 64).
    /// </remarks>
    /// <param name="name">The name of the copy.</param>
    /// <param name="cancellationToken">Cancels the copying.</param>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    /// <exception cref="OperationCanceledException">The copying was canceled.</exception>
    public HandleSession Copy(string name, CancellationToken cancellationToken = default) => new SessionCopy(this, name, cancellationToken).Build();

    /// <summary>Returns the newest events in order; the options limit their number.</summary>
    public HandleEvent[] GetEvents() => _events.ToArray();

    /// <summary>Returns the kept events that came after the first <paramref name="recorded"/>.</summary>
    internal HandleEvent[] GetEventsSince(long recorded) => _events.Since(recorded);

    /// <summary>Returns whether this is the same object, or its name.</summary>
    /// <remarks>
    /// PowerShell asks the left operand: <c>$reference.Owner -eq 'system_server'</c> is then true, as the comparison the other way round is.
    /// A text is compared with the name and with what <see cref="ToString"/> returns, ignoring case. Two objects of one name are not equal.
    /// </remarks>
    public override bool Equals(object? obj) => NameComparison.AreEqual(this, Name, id: null, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    /// <summary>Returns the name in a form that is safe to display.</summary>
    public override string ToString() => VisibleText.Name(Name);

    /// <summary>Locks the session and all its tables until the result is disposed of.</summary>
    internal SessionLock LockAll(CancellationToken cancellationToken = default) => new(SyncRoot, _processes, _nodes, cancellationToken);

    /// <summary>Installs a hook for faults unless there is one.</summary>
    /// <returns>The hook that is installed now.</returns>
    internal IFaultHook SetFaultHook(IFaultHook hook) => Interlocked.CompareExchange(ref _faultHook, hook, null) ?? hook;

    /// <summary>Delays an allocation for a resize, and lets the hook delay it or make it fail.</summary>
    internal void BeforeAllocation(HandleProcess process, ResizeDirection direction)
    {
        if (AllocationDelay is { Ticks: > 0 } delay)
            InterruptibleDelay.Wait(delay);
        FaultHook?.BeforeAllocation(process, direction);
    }

    /// <summary>Returns whether a fault makes the running operation fail.</summary>
    internal bool Fails(HandleProcess process, HandleOperationKind fault) => FaultHook?.Fails(process, fault) == true;

    internal void Record(HandleProcess process, HandleEventKind kind, string message, int? fromCapacity, int? toCapacity, int? handle) =>
        _events.Record(process, kind, message, fromCapacity, toCapacity, handle);

    /// <summary>Removes from the list a dead node that has lost its last holder.</summary>
    internal void Forget(HandleNode node)
    {
        AtTestPoint?.Invoke(TestPoint.BeforeForget);
        lock (SyncRoot)
            _nodes.Remove(node);
    }

    /// <summary>Takes a number from the counter of node ids for a reference, as the drivers do. Needs no lock.</summary>
    internal void NumberReference() => _nodes.SkipId();

    /// <summary>Returns whether a living process has a pid, in any context.</summary>
    internal bool HasProcess(int id)
    {
        lock (SyncRoot)
            return _processes.FindById(id).Length > 0;
    }

    internal HandleProcess? FindProcess(int id, string context)
    {
        lock (SyncRoot)
            return _processes.Find(id, context);
    }

    /// <summary>Returns all living opens of a process's device by it; the process itself if its pid is unknown, or if it has exited.</summary>
    internal HandleProcess[] GetOpens(HandleProcess process)
    {
        if (process.IsUnidentified)
            return [process];
        lock (SyncRoot)
            return [.. _processes.FindById(process.Id).Where(open => open.BinderContext == process.BinderContext).DefaultIfEmpty(process)];
    }

    /// <summary>Returns a snapshot of all nodes that are not gone, in no order.</summary>
    internal HandleNode[] GetNodesUnordered()
    {
        lock (SyncRoot)
            return _nodes.ToUnordered();
    }

    /// <summary>Makes the lists of nodes by owner if they are still to be made; the lock must be held.</summary>
    internal void ListNodesByOwner()
    {
        if (ListsNodesByOwner)
            return;
        ListsNodesByOwner = true;
        foreach (HandleNode node in _nodes.Unordered)
        {
            if (node is { IsDead: false, Owner: { } owner })
                owner.List(node);
        }
    }

    /// <summary>Finds a node without the lock, for the builder, whose session no other thread knows.</summary>
    internal HandleNode? FindNodeUnlocked(long id) => _nodes.Find(id);

    /// <summary>Returns the node at a place, from 0 to <see cref="KnownNodes"/>. The lock must be held.</summary>
    internal HandleNode NodeAtUnlocked(int place) => _nodes.At(place);

    /// <summary>Returns the place of a node; -1 if it is not there. The lock must be held.</summary>
    internal int PlaceOfUnlocked(HandleNode node) => _nodes.PlaceOf(node);

    /// <summary>Finds several nodes. The lock must be held, unless no other thread knows the session.</summary>
    internal void FindNodesUnlocked(ReadOnlySpan<long> ids, Span<HandleNode?> nodes) => _nodes.Find(ids, nodes);

    /// <summary>Adds a process, by default as the next open of its device.</summary>
    internal HandleProcess AddProcess(int id, string? name, string context, int? openNumber = null, int? uid = 0)
    {
        lock (SyncRoot)
        {
            HandleProcess process = new(this, id, name, GetContext(context), openNumber ?? _processes.NextOpenNumber(id, context), uid);
            _processes.Add(process);
            return process;
        }
    }

    /// <summary>Names a process that has no name yet, for the builder.</summary>
    internal void NameProcess(HandleProcess process, string name)
    {
        lock (SyncRoot)
        {
            process.Name = name;
            _processes.AddName(process);
        }
    }

    internal HandleNode AddNode(long id, string? name, HandleProcess? owner)
    {
        HandleNode node = new(this, id, name, owner);
        lock (SyncRoot)
        {
            _nodes.Add(node);
            owner?.Attach(node);
            return node;
        }
    }

    /// <summary>Adds a node that was read from a dump, without the lock, for a session that no other thread knows yet.</summary>
    internal ListedNode AddListedNode(long id, HandleProcess? owner)
    {
        ListedNode node = new(this, id, owner);
        _nodes.Add(node);
        owner?.Attach(node);
        return node;
    }

    internal void AddFinding(HandleFinding finding) => _findings.Add(finding);

    internal void CheckOwn(HandleProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        if (process.Session != this)
            throw SessionErrors.ProcessForeign(process, this);
    }

    /// <summary>Returns a snapshot of everything except the handle tables.</summary>
    internal SessionSnapshot GetSnapshot(CancellationToken cancellationToken = default)
    {
        using (LockAll(cancellationToken))
        {
            HandleEvent[] events = _events.ToArray(out long recorded);
            HandleProcess[] living = _processes.ToArray(includeExited: false);
            return new SessionSnapshot(
                living,
                [.. _processes.Exited],
                [.. living.Concat(_processes.Exited).WithCancellation(cancellationToken).Select(process => (process.Table.ToArray(out PoolRecord pool), pool))],
                Array.ConvertAll(_nodes.ToArray(), node => (node, node.IsDead)),
                [.. _contexts.Values.Select(context => (context.Name, context.ManagerNode, context.ManagerUid)).OrderBy(context => context.Name, StringComparer.Ordinal)],
                living.WithCancellation(cancellationToken).Select(process => (process, State: process.FreezeState)).Where(each => each.State != FreezeState.Thawed)
                    .ToDictionary(each => each.process, each => each.State),
                living.WithCancellation(cancellationToken).Select(process => (process, process.Table.GetNotificationRecords())).Where(each => !each.Item2.IsEmpty)
                    .ToDictionary(each => each.process, each => each.Item2),
                _processes.HighestId, _nodes.HighestId, events, recorded);
        }
    }

    /// <summary>Adds a process that has exited, for the builder.</summary>
    internal HandleProcess AddExitedProcess(int id, string? name, string context, int openNumber, int? uid)
    {
        lock (SyncRoot)
        {
            HandleProcess process = new(this, id, name, GetContext(context), openNumber, uid);
            process.MarkDead();
            _processes.AddExited(process);
            return process;
        }
    }

    /// <summary>Sets the ids from which processes and nodes are numbered, for the builder.</summary>
    internal void RestoreHighestIds(int process, long node)
    {
        lock (SyncRoot)
        {
            _processes.HighestId = process;
            _nodes.HighestId = node;
        }
    }

    /// <summary>Sets the uid of the first manager of a context, for the builder.</summary>
    internal void RestoreManagerUid(string context, int? uid)
    {
        lock (SyncRoot)
            GetContext(context).ManagerUid = uid;
    }

    /// <summary>Restores the events so far, for the builder.</summary>
    internal void RestoreEvents(IEnumerable<HandleEvent> events, long recorded) => _events.Restore(events, recorded);

    /// <summary>Checks that a process of that uid may become the manager of a context.</summary>
    private void CheckManager(BinderContext context, int? uid)
    {
        if (context.ManagerNode is { } managerNode)
            throw DriverReplies.AnswerManager(SessionErrors.ManagerExists(managerNode.Owner!), Options.Rules);
        if (context.ManagerUid is { } first && uid is { } other && first != other)
            throw DriverReplies.AnswerManager(SessionErrors.ManagerUidMismatch(context, first, other), Options.Rules);
    }

    private HandleNode AddManagerNode(HandleProcess process)
    {
        HandleNode node = AddNode(_nodes.TakeId(), null, process);
        process.BinderContext.ManagerUid ??= process.Uid;
        process.BinderContext.ManagerNode = node;
        return node;
    }

    private BinderContext GetContext(string name)
    {
        if (!_contexts.TryGetValue(name, out BinderContext? context))
            _contexts.Add(name, context = new BinderContext(name));
        return context;
    }

    /// <summary>Returns the only process of those that were found.</summary>
    internal static HandleProcess Single(HandleProcess[] found, object asked) =>
        found.Length == 1 ? found[0] : throw SessionErrors.ProcessAmbiguous(asked, found);

    private HandleException NoProcess(object asked, string? context, Func<HandleProcess, bool> match) =>
        _processes.FindExited(context, match) is { } exited
            ? SessionErrors.ProcessDead(exited)
            : SessionErrors.ProcessNotFound(asked, context, this, NamesIn(context));

    /// <summary>Returns the names of the living processes in a context, or in all for null.</summary>
    internal IEnumerable<string?> NamesIn(string? context) =>
        GetProcesses().Where(process => context is null || string.Equals(process.Context, context, StringComparison.OrdinalIgnoreCase))
            .Select(process => process.Name);
}
