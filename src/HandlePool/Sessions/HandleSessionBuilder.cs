using HandlePool.Evidence;
using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>Builds a session from recorded data, with the recorded handles, ids and counts.</summary>
/// <remarks>
/// No other code sees the session before <see cref="Build"/>. Not thread-safe. The capacities of the pools are inferred: they are
/// the smallest that hold the handles.
/// </remarks>
internal sealed class HandleSessionBuilder
{
    /// <summary>The largest total capacity of all pools of a session beyond the least that each has: 2^30 IDs, or 128 MB of bits.</summary>
    /// <remarks>
    /// The least is part of the memory of a process. The limit keeps a few lines of a file from creating pools of gigabytes. Real devices stay a thousandfold below it.
    /// </remarks>
    public const long MaxTotalCapacity = 1L << 30;

    /// <summary>The largest number of processes that are added because nodes list them. A device has some thousands.</summary>
    private const int MostListedHolders = 100_000;

    // The approximate memory of the parts of a model, in bytes, without their text.
    private const int SessionBytes = 2_240;
    private const int ProcessBytes = 640;
    private const int NameBytes = 120;
    private const int NodeBytes = 202;
    private const int FindingBytes = 120;
    private const int DeathBytes = 16;
    private const int StatisticBytes = 80;

    private readonly HandleSession _session;
    private readonly HashSet<(string Context, HandleNode Node)> _heldAsZero = [];
    private readonly HashSet<HandleNode> _registered = [];
    private readonly Dictionary<HandleProcess, ImportedNotifications> _imported = [];
    private (HandleProcess? Process, ImportedNotifications? Notifications) _importing;

    // The process that references are being added to, and whether these are all that it has so far: then the nodes tell which ones they are.
    private HandleProcess? _holder;
    private bool _isFirstRun;
    private ushort _run;
    private long _totalCapacity;
    private long _highestId;
    private bool _knowsManagers;
    private bool _isBuilt;

    private readonly bool _isOfDump;

    /// <summary>Creates a builder with an empty session.</summary>
    /// <param name="options">The options of its pools; by default they work as in the driver.</param>
    /// <param name="isOfDump">Whether its nodes keep what the lines of a dump say about them: see <see cref="ListedNode"/>.</param>
    public HandleSessionBuilder(HandleSessionOptions? options = null, bool isOfDump = false)
    {
        _session = new HandleSession(options: options) { ListsNodesByOwner = !isOfDump };
        _isOfDump = isOfDump;
    }

    /// <summary>Gets the number of processes so far.</summary>
    public int ProcessCount => _session.Processes;

    /// <summary>Gets the statistics, if they are set.</summary>
    internal HandleStatistics? Statistics => _session.Statistics;

    /// <summary>Gets the number of nodes so far.</summary>
    internal int NodeCount => _session.KnownNodes;

    /// <summary>Returns the processes so far.</summary>
    internal HandleProcess[] GetProcesses() => _session.GetProcesses();

    /// <summary>Returns the process of a pid and context, or null if there is none yet.</summary>
    public HandleProcess? FindProcess(int id, string context) => _session.FindProcess(id, context);

    /// <summary>Returns the node of an id, or null if there is none yet.</summary>
    public HandleNode? FindNode(long id) => _session.FindNodeUnlocked(id);

    /// <summary>Finds several nodes faster than one after the other, at most <see cref="NodeIndex.MostAtOnce"/>.</summary>
    internal void FindNodes(ReadOnlySpan<long> ids, Span<HandleNode?> nodes) => _session.FindNodesUnlocked(ids, nodes);

    /// <summary>Adds a process. If there is another of the same pid and context, it has opened its device again.</summary>
    public HandleProcess AddProcess(int id, string context, string? name) => AddProcess(id, context, name, openNumber: null, uid: null);

    /// <summary>Adds a process with its recorded number of the open, and its uid.</summary>
    internal HandleProcess AddProcess(int id, string context, string? name, int? openNumber, int? uid)
    {
        CheckNotBuilt();
        Bytes += ProcessBytes + (name is null ? 0 : NameBytes + (sizeof(char) * name.Length));
        HandleProcess process = _session.AddProcess(id, name, context, openNumber, uid);
        process.Table.InferCapacity();
        process.ListedUpTo = _highestId;
        return process;
    }

    /// <summary>Names a process that was added without a name.</summary>
    public void SetName(HandleProcess process, string name)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(process);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (process.Name is not null)
            throw new ArgumentException($"The process is already named '{process.Name}'. Name only a process without a name.", nameof(process));
        _session.NameProcess(process, name);
    }

    /// <summary>Sets the time at which the data was recorded.</summary>
    public void SetTime(DateTimeOffset time)
    {
        CheckNotBuilt();
        _session.Time = time;
    }

    /// <summary>Adds a text that the data is from.</summary>
    internal void AddSource(HandleSource source)
    {
        CheckNotBuilt();
        _session.SourceList.Add(source);
    }

    /// <summary>Sets the facts of the bug report beside the driver's tables, and the calls that the driver shows.</summary>
    internal void SetEvidence(IReadOnlyList<HandleEvidence> evidence, IReadOnlyList<CallRecord> calls)
    {
        CheckNotBuilt();
        _session.Calls = calls;
        _session.Evidence = new HandleList<HandleEvidence>([.. evidence]);
    }

    /// <summary>Sets the form of the dump that the data is from.</summary>
    internal void SetDumpForm(DumpForm form)
    {
        CheckNotBuilt();
        _session.DumpForm = form;
    }

    /// <summary>Adds a node. There must be no other of the same id.</summary>
    /// <param name="id">Its debug id.</param>
    /// <param name="owner">Its owner, or null if it is gone or not known yet.</param>
    /// <param name="name">Its name, or null.</param>
    public HandleNode AddNode(long id, HandleProcess? owner, string? name = null)
    {
        CheckNotBuilt();
        Bytes += NodeBytes;
        _highestId = Math.Max(_highestId, id);
        return _isOfDump ? _session.AddListedNode(id, owner) : _session.AddNode(id, name, owner);
    }

    /// <summary>Sets the owner of a node that was added without one.</summary>
    public void SetOwner(HandleNode node, HandleProcess owner)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(owner);
        if (_isOfDump)
            ((ListedNode)node).SetLateOwner(owner);
        else
            node.Owner = owner;
        owner.Attach(node);
    }

    /// <summary>Returns the nodes of a dump, in no order, and makes each refer to its owner before.</summary>
    /// <remarks>Going through all nodes takes time, so that the caller does it together with what it has to look at.</remarks>
    internal IEnumerable<ListedNode> SettleNodes()
    {
        foreach (HandleNode each in _session.NodesUnlocked)
        {
            ListedNode node = (ListedNode)each;
            node.SettleOwner();
            yield return node;
        }

        _session.Listings.EndLateOwners();
    }

    /// <summary>Marks a node that looks like one by which a process registered as its context's manager.</summary>
    public void SetRegistered(HandleNode node)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(node);
        _registered.Add(node);
    }

    /// <summary>Marks a node as dead. It stays in the session even if no process holds it.</summary>
    public void SetDead(HandleNode node)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(node);
        node.RestoreDead();
    }

    /// <summary>Adds a reference at its handle. If there is no node of that id yet, adds it without an owner.</summary>
    /// <param name="process">The holder.</param>
    /// <param name="handle">
    /// The handle. It must be below the session's MaxCapacity, and all pools together must stay within <see cref="MaxTotalCapacity"/>.
    /// </param>
    /// <param name="nodeId">The node's id.</param>
    /// <param name="strong">The strong counts, at least 0.</param>
    /// <param name="weak">The weak counts, at least 0.</param>
    /// <param name="node">The node; null if no pool can hold the handle.</param>
    /// <param name="isNewNode">Whether this call added the node.</param>
    /// <param name="existing">The reference in the way: at the same handle, or to the same node at another handle.</param>
    /// <returns>Whether the reference was added.</returns>
    public bool TryAddReference(HandleProcess process, long handle, long nodeId, int strong, int weak,
        out HandleNode? node, out bool isNewNode, out HandleReference? existing) =>
        TryAddReference(process, handle, nodeId, known: null, strong, weak, out node, out isNewNode, out existing);

    /// <summary>Adds a reference at its handle to a node that the caller has looked up: <paramref name="known"/>, null if there was none.</summary>
    internal bool TryAddReference(HandleProcess process, long handle, long nodeId, HandleNode? known, int strong, int weak,
        out HandleNode? node, out bool isNewNode, out HandleReference? existing)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(process);
        node = null;
        isNewNode = false;
        existing = null;
        if (handle is < 0 or >= IdPool.LargestCapacity)
            return false;

        node = known ?? FindNode(nodeId);
        isNewNode = node is null;
        node ??= AddNode(nodeId, owner: null);
        if (process != (object?)_holder)
            (_holder, _isFirstRun, _run) = (process, process.Table.Count == 0, unchecked((ushort)(_run + 1)));
        bool added = process.Table.TryRestore((int)handle, node, strong, weak, _isFirstRun && node.LastRun != _run, room: MaxTotalCapacity - _totalCapacity,
            out int grownBy, out long allocated, out TableEntry inTheWay);
        _totalCapacity += grownBy;
        Bytes += allocated;
        if (added)
        {
            node.LastRun = _run;
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

    /// <summary>Notes the id of a process's reference.</summary>
    internal void NoteReference(HandleProcess process, long id)
    {
        CheckNotBuilt();
        process.ListedUpTo = _session.HighestListedId = _highestId = Math.Max(_highestId, id);
    }

    /// <summary>Sets the driver's statistics, after the processes of the state.</summary>
    /// <param name="record">The statistics.</param>
    /// <param name="isComplete">
    /// Whether the session has a complete state. A process that is not in it then exited or started in between; otherwise it is added if
    /// its number of handles was printed, and what it holds is known from the statistics only.
    /// </param>
    /// <returns>The processes that were added.</returns>
    public IReadOnlyList<HandleProcess> SetStatistics(StatisticsRecord record, bool isComplete)
    {
        CheckNotBuilt();
        ArgumentNullException.ThrowIfNull(record);
        List<HandleProcess> added = [];
        HandleProcess?[] processes = new HandleProcess?[record.Processes.Count];
        Dictionary<(int, string, int), HandleProcess> known = _session.GetProcesses()
            .ToDictionary(process => (process.Id, process.Context, process.OpenNumber));
        for (int index = 0; index < processes.Length; index++)
        {
            ProcessStatisticsRecord each = record.Processes[index];
            HandleProcess? process = known.GetValueOrDefault((each.Id, each.Context, each.OpenNumber));
            if (process is null && !isComplete && each.Handles is not null)
            {
                process = AddProcess(each.Id, each.Context, each.Name, each.OpenNumber, uid: null);
                process.IsInferred = true;
                added.Add(process);
            }

            processes[index] = process;
        }

        RestoreStatistics(record, processes);
        return added;
    }

    /// <summary>Sets the driver's statistics, each of the process at the same index.</summary>
    internal void RestoreStatistics(StatisticsRecord record, IReadOnlyList<HandleProcess?> processes)
    {
        CheckNotBuilt();
        List<HandleStatistic> statistics = new(record.Processes.Count);
        for (int index = 0; index < record.Processes.Count; index++)
        {
            Bytes += StatisticBytes;
            HandleStatistic statistic = new(_session, processes[index], record.Processes[index], HandleCountSource.Statistics);
            if (processes[index] is { } process)
                process.Statistic = statistic;
            statistics.Add(statistic);
        }

        _session.Statistics = new HandleStatistics(record.Counters, record.Objects,
            [.. statistics.OrderBy(each => each.ProcessId).ThenBy(each => each.Context, StringComparer.Ordinal).ThenBy(each => each.OpenNumber)]);
    }

    /// <summary>
    /// Assigns nodes to the processes that they list as holders and whose references are unknown, after all processes and the statistics.
    /// A holder that the session does not have can be added: it is in the context of the node's owner. At most
    /// <see cref="MostListedHolders"/> are.
    /// </summary>
    /// <param name="path">The file that an anomaly names if there are more; null to add none.</param>
    /// <returns>The processes that were added.</returns>
    public IReadOnlyList<HandleProcess> AddListedHolders(string? path)
    {
        CheckNotBuilt();
        List<HandleProcess> added = [];
        Dictionary<(int Id, string Context), List<HandleNode>?> listed = [];
        bool isFull = false;
        foreach (HandleNode node in _session.GetNodes())
        {
            if (node is not ListedNode { Holders: { } holders, IsDead: false, Owner: { } owner })
                continue;
            foreach (int id in holders)
            {
                if (!listed.TryGetValue((id, owner.Context), out List<HandleNode>? nodes))
                {
                    HandleProcess? holder = FindProcess(id, owner.Context);
                    isFull |= holder is null && added.Count == MostListedHolders;
                    if (holder is null && path is not null && added.Count < MostListedHolders)
                    {
                        holder = AddProcess(id, owner.Context, name: null);
                        holder.IsInferred = true;
                        added.Add(holder);
                    }

                    if (holder is { IsInferred: true })
                        holder.ListedNodes = nodes = [];
                    listed.Add((id, owner.Context), nodes);
                }

                // Two opens of the device by one process are listed twice, and cannot be told apart.
                if (nodes is not null && (nodes.Count == 0 || nodes[^1] != node))
                    nodes.Add(node);
            }
        }

        if (isFull && path is not null)
        {
            AddFinding(HandleFindingKind.HolderMismatch,
                $"The nodes list more than {MostListedHolders} holders whose references are unknown. The others are left out.", path, 1);
        }

        return added;
    }

    /// <summary>Adds an anomaly in the data.</summary>
    public void AddFinding(HandleFindingKind kind, string message, string path, long line,
        HandleProcess? process = null, long? handle = null, long? node = null)
    {
        CheckNotBuilt();
        Bytes += FindingBytes + (sizeof(char) * message.Length);
        _session.AddFinding(new HandleFinding(kind, message, path, line, process, handle, node));
    }

    /// <summary>Names the session and returns it.</summary>
    /// <remarks>
    /// The manager of a context is the owner of the node that other processes hold by handle 0. If there are several such nodes, one
    /// marked by <see cref="SetRegistered"/> is preferred. If no process holds a living node by handle 0, the manager is the owner of
    /// the only living node marked by <see cref="SetRegistered"/>.
    /// </remarks>
    /// <param name="name">The name of the session.</param>
    public HandleSession Build(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        CheckNotBuilt();
        _isBuilt = true;
        if (_session.Listings.HasLateOwners)
            _ = SettleNodes().Count();
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

    /// <summary>Gets the approximate memory of the session, in bytes.</summary>
    internal long Bytes { get; private set; } = SessionBytes;

    /// <summary>Gets what the lines of a dump say about nodes.</summary>
    internal NodeListings Listings => _session.Listings;

    /// <summary>Counts memory of the session that the builder does not know of, in bytes.</summary>
    internal void Count(long bytes) => Bytes += bytes;

    /// <summary>Gets the number of IDs by which all pools together may still grow.</summary>
    internal long Room => MaxTotalCapacity - _totalCapacity;

    /// <summary>Adds a process that has exited. There may be others of the same pid and context.</summary>
    internal HandleProcess AddExitedProcess(int id, string context, string? name, int openNumber, int? uid)
    {
        CheckNotBuilt();
        return _session.AddExitedProcess(id, name, context, openNumber, uid);
    }

    /// <summary>Restores the pool of a process that holds nothing yet. Its capacity must be within <see cref="Room"/>.</summary>
    internal void SetPool(HandleProcess process, in PoolRecord pool)
    {
        CheckNotBuilt();
        _totalCapacity += (pool.Capacity ?? IdPool.MinCapacity) - IdPool.MinCapacity;
        process.Table.RestorePool(pool);
    }

    /// <summary>Adds a dead node with its former owner.</summary>
    internal void AddDeadNode(long id, HandleProcess? owner, string? name)
    {
        HandleNode node = AddNode(id, owner: null, name);
        node.Owner = owner;
        node.RestoreDead();
    }

    /// <summary>Adds a node that lists holders.</summary>
    internal void AddListedNode(long id, HandleProcess owner, int[] holders)
    {
        CheckNotBuilt();
        Bytes += NodeBytes;
        _session.AddListedNode(id, owner).Holders = holders;
    }

    /// <summary>Sets whether a process is frozen.</summary>
    internal void SetFreezeState(HandleProcess process, FreezeState state)
    {
        CheckNotBuilt();
        process.FreezeState = state;
    }

    /// <summary>Restores the notifications of a process, which are consistent, after its references.</summary>
    internal void RestoreNotifications(HandleProcess process, NotificationRecords records)
    {
        CheckNotBuilt();
        _session.Notifications.Restore(process.Table.GetNotifications(), records, FindNode);
    }

    /// <summary>Marks a reference that a dump shows with a death notification.</summary>
    internal void AddDeathNotification(HandleProcess process, int handle, HandleNode node)
    {
        CheckNotBuilt();
        Bytes += DeathBytes;
        ImportedOf(process).AddDeath(handle, node);
    }

    /// <summary>Adds a line of a dump about the notifications of a process.</summary>
    /// <param name="process">The process.</param>
    /// <param name="work">The line.</param>
    /// <param name="isForThread">Whether it is queued for the thread that gave the command.</param>
    internal void AddWork(HandleProcess process, ImportedWork work, bool isForThread)
    {
        CheckNotBuilt();
        Bytes += DeathBytes;
        ImportedOf(process).AddWork(work, isForThread);
    }

    private ImportedNotifications ImportedOf(HandleProcess process)
    {
        if (process == _importing.Process)
            return _importing.Notifications!;
        if (!_imported.TryGetValue(process, out ImportedNotifications? imported))
        {
            _imported.Add(process, imported = new ImportedNotifications(process.Table.GetNotifications()));
            _session.Notifications.Import(imported);
        }

        _importing = (process, imported);
        return imported;
    }

    /// <summary>Sets the nodes of all context managers, so that they are not inferred.</summary>
    internal void SetManagers(IEnumerable<HandleNode> managerNodes)
    {
        CheckNotBuilt();
        _knowsManagers = true;
        foreach (HandleNode node in managerNodes)
            node.Owner!.BinderContext.ManagerNode = node;
    }

    /// <summary>Sets the uid of the first manager of a context; null if it has had none.</summary>
    internal void SetManagerUid(string context, int? uid)
    {
        CheckNotBuilt();
        if (uid is not null)
            _session.RestoreManagerUid(context, uid);
    }

    /// <summary>Sets the ids from which processes and nodes are numbered.</summary>
    internal void SetHighestIds(int process, long node)
    {
        CheckNotBuilt();
        _session.RestoreHighestIds(process, node);
    }

    /// <summary>Sets the newest events, and the number of events so far.</summary>
    internal void SetEvents(IEnumerable<HandleEvent> events, long recorded)
    {
        CheckNotBuilt();
        _session.RestoreEvents(events, recorded);
    }

    /// <summary>Sets the time by which allocations are delayed.</summary>
    internal void SetAllocationDelay(TimeSpan delay)
    {
        CheckNotBuilt();
        _session.AllocationDelay = delay;
    }

    private void CheckNotBuilt()
    {
        if (_isBuilt)
            throw new InvalidOperationException("The session has already been built. Use a new builder.");
    }
}
