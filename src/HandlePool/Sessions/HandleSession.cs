using System.Globalization;
using HandlePool.Integrity;
using HandlePool.Names;
using HandlePool.Operations;
using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>One isolated world of processes, nodes and events. Sessions share nothing with each other.</summary>
/// <remarks>
/// All members are safe on any thread. Creating, finding and ending processes and nodes takes the session's lock;
/// adding and dropping references takes only the lock of the one process's table.
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
public sealed class HandleSession
{
    /// <summary>The context of a process that names none: that of the device /dev/binder.</summary>
    public const string DefaultContext = "binder";

    /// <summary>How many nodes may be created by one row or call: a number that was mistyped must not take all memory.</summary>
    internal const int MaxNewNodes = 10_000_000;

    internal static readonly TimeSpan LongestAllocationDelay = TimeSpan.FromDays(1);

    private readonly ProcessRegistry _processes = new();
    private readonly NodeRegistry _nodes = new();
    private readonly Dictionary<string, BinderContext> _contexts = new(StringComparer.Ordinal);
    private readonly HandleEventLog _events;
    private readonly List<HandleFinding> _findings = [];
    private long _allocationDelay;

    /// <summary>Creates an empty session.</summary>
    /// <param name="name">What it is called in listings and messages.</param>
    /// <param name="options">How its pools work; the driver's way by default.</param>
    public HandleSession(string name = "Session", HandleSessionOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        Options = options ?? new HandleSessionOptions();
        _events = new HandleEventLog(Options.EventCapacity);
        Recorder = Options.RecordOperations ? new OperationRecorder() : null;
    }

    /// <summary>What it is called.</summary>
    public string Name { get; internal set; }

    /// <summary>How its pools find unused handles.</summary>
    public HandleAllocator Allocator => Options.Allocator;

    /// <summary>Who allocates when several threads find a pool full.</summary>
    public GrowthPolicy GrowthPolicy => Options.GrowthPolicy;

    /// <summary>When its pools shrink of themselves.</summary>
    public ShrinkPolicy ShrinkPolicy => Options.ShrinkPolicy;

    /// <summary>The limit to the capacity of each pool.</summary>
    public int MaxCapacity => Options.MaxCapacity;

    /// <summary>How many living processes there are.</summary>
    public int Processes
    {
        get
        {
            lock (SyncRoot)
                return _processes.Count;
        }
    }

    /// <summary>How many nodes there are, dead ones that are still held included.</summary>
    public int Nodes
    {
        get
        {
            lock (SyncRoot)
                return _nodes.Count;
        }
    }

    /// <summary>When the dump was taken that it was made from, if that is known; null for a session that was created.</summary>
    public DateTimeOffset? Time { get; internal set; }

    /// <summary>How long each allocation for a resize is made to take; nothing by default. For experiments with races.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than a day.</exception>
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

    /// <summary>How many events there have been, those included that are not kept any more.</summary>
    internal long EventsRecorded => _events.Recorded;

    internal IReadOnlyList<HandleFinding> Findings => _findings;

    /// <summary>Whether the runspace that had it has forgotten it.</summary>
    internal bool IsRemoved { get; set; }

    internal HandleSessionOptions Options { get; }

    /// <summary>What keeps the operations; null if they are not kept.</summary>
    internal OperationRecorder? Recorder { get; }

    internal FaultRegistry Faults { get; } = new();

    internal object SyncRoot { get; } = new();

    /// <summary>Set by tests before processes are created; see <see cref="HandleTable.Probe"/>.</summary>
    internal Action<TableStop>? Probe { get; set; }

    /// <summary>Creates a process. A manager has its node from the start.</summary>
    /// <param name="name">Its name, or null; names need not be unique.</param>
    /// <param name="id">Its pid, 0 or more; by default one more than the highest so far.</param>
    /// <param name="context">Its context.</param>
    /// <param name="isManager">Whether it is the manager of that context.</param>
    /// <exception cref="HandleException"><c>ProcessExists</c> or <c>ManagerExists</c>. Nothing has changed then.</exception>
    public HandleProcess CreateProcess(string? name = null, int? id = null, string context = DefaultContext, bool isManager = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(context);
        if (id is { } given)
            ArgumentOutOfRangeException.ThrowIfNegative(given, nameof(id));

        using OperationRecorder.Scope recording = Recorder?.Begin(name, id, context, isManager) ?? default;
        lock (SyncRoot)
        {
            if (isManager && GetContext(context).ManagerNode is { } managerNode)
                throw HandleErrors.ManagerExists(managerNode.Owner!);
            if (id is { } wanted && _processes.Find(wanted, context) is { } existing)
                throw HandleErrors.ProcessExists(existing);

            HandleProcess process = AddProcess(id ?? _processes.NextId(context), name, context);
            if (isManager)
                process.BinderContext.ManagerNode = AddNode(_nodes.NextId, null, process);
            return process;
        }
    }

    /// <summary>What was odd about the data that the session was made from; empty for one that was created.</summary>
    /// <remarks>
    /// A method, so that ConvertTo-Json does not write the findings again with each process; in PowerShell the session has the
    /// property Findings.
    /// </remarks>
    public HandleList<HandleFinding> GetFindings() => new(_findings);

    /// <summary>The processes in ascending order of Id, then of context.</summary>
    /// <param name="includeDead">Whether those that have exited are listed as well.</param>
    public HandleProcess[] GetProcesses(bool includeDead = false)
    {
        lock (SyncRoot)
            return _processes.ToArray(includeDead);
    }

    /// <summary>The one living process of that pid.</summary>
    /// <param name="id">The pid.</param>
    /// <param name="context">Its context, without regard to case; needed where the pid is in several.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, <c>ProcessDead</c> or <c>ProcessAmbiguous</c>.</exception>
    public HandleProcess GetProcess(int id, string? context = null) => Single(FindProcesses(id, context), id);

    /// <summary>The one living process of that name, or else of that pid. Names are compared without regard to case.</summary>
    /// <param name="nameOrId">The name, or the pid in digits.</param>
    /// <param name="context">Its context, without regard to case; needed where the name is in several.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, <c>ProcessDead</c> or <c>ProcessAmbiguous</c>.</exception>
    public HandleProcess GetProcess(string nameOrId, string? context = null) => Single(FindProcesses(nameOrId, context), nameOrId);

    /// <summary>All living processes of that pid, one for each context that it uses, in ascending order of context.</summary>
    /// <param name="id">The pid.</param>
    /// <param name="context">Only those of that context, without regard to case.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, or <c>ProcessDead</c> if there was one.</exception>
    public HandleProcess[] FindProcesses(int id, string? context = null)
    {
        lock (SyncRoot)
        {
            return InContext(_processes.FindById(id), context) is { Length: > 0 } found
                ? found
                : throw NoProcess(id, context, process => process.Id == id);
        }
    }

    /// <summary>All living processes of that name, or else of that pid, in ascending order of Id, then of context.</summary>
    /// <remarks>Names are compared without regard to case.</remarks>
    /// <param name="nameOrId">The name, or the pid in digits.</param>
    /// <param name="context">Only those of that context, without regard to case.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>, or <c>ProcessDead</c> if there was one.</exception>
    public HandleProcess[] FindProcesses(string nameOrId, string? context = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        lock (SyncRoot)
        {
            HandleProcess[] found = InContext(_processes.FindByName(nameOrId), context);
            bool isId = int.TryParse(nameOrId, NumberStyles.None, CultureInfo.InvariantCulture, out int id);
            if (found.Length == 0 && isId)
                found = InContext(_processes.FindById(id), context);
            return found.Length > 0
                ? found
                : throw NoProcess(nameOrId, context,
                    process => string.Equals(process.Name, nameOrId, StringComparison.OrdinalIgnoreCase) || (isId && process.Id == id));
        }
    }

    /// <summary>Lets a process exit: it is marked dead, drops its references, and its nodes become dead nodes to those who hold them.</summary>
    /// <remarks>If it is the manager of its context, the context has none afterwards. O(handles + nodes).</remarks>
    /// <exception cref="HandleException"><c>ProcessDead</c>: it has exited before. <c>ProcessNotFound</c>: it is another session's.</exception>
    public void ExitProcess(HandleProcess process)
    {
        CheckOwn(process);
        using OperationRecorder.Scope recording = Recorder?.Begin(HandleOperationKind.RemoveProcess, process) ?? default;
        lock (SyncRoot)
        {
            if (process.IsDead)
                throw HandleErrors.ProcessDead(process);

            // First of all, so that nothing is inserted into the table after it is cleared.
            if (process.IsManager)
                process.BinderContext.ManagerNode = null;
            process.MarkDead();
            _processes.Exit(process);
            foreach (HandleNode node in process.DetachAll())
            {
                if (node.MarkDead())
                    _nodes.Remove(node);
            }
        }

        Probe?.Invoke(TableStop.BeforeClear);
        List<TableNode> gone = process.Table.Clear();
        Probe?.Invoke(TableStop.BeforeForget);
        lock (SyncRoot)
        {
            foreach (TableNode node in gone)
                _nodes.Remove((HandleNode)node);
        }

        Record(process, HandleEventKind.ProcessExit, $"Process '{process}' ({process.Id}, {VisibleText.Name(process.Context)}) exited.", null, null, null);
    }

    /// <summary>Creates a node.</summary>
    /// <param name="owner">The process that offers it.</param>
    /// <param name="name">Its name, or null; names need not be unique.</param>
    /// <exception cref="HandleException"><c>ProcessDead</c>, or <c>ProcessNotFound</c> if the process is another session's.</exception>
    public HandleNode CreateNode(HandleProcess owner, string? name = null)
    {
        CheckOwn(owner);
        using OperationRecorder.Scope recording = Recorder?.Begin(HandleOperationKind.NewNode, owner, name) ?? default;
        lock (SyncRoot)
        {
            if (owner.IsDead)
                throw HandleErrors.ProcessDead(owner);
            return AddNode(_nodes.NextId, name, owner);
        }
    }

    /// <summary>The nodes in ascending order of id, dead ones that are still held included.</summary>
    public HandleNode[] GetNodes()
    {
        lock (SyncRoot)
            return _nodes.ToArray();
    }

    /// <summary>The node of that id. O(1).</summary>
    /// <exception cref="HandleException"><c>NodeNotFound</c>.</exception>
    public HandleNode GetNode(long id)
    {
        lock (SyncRoot)
            return _nodes.Find(id) ?? throw HandleErrors.NodeNotFound(id, this);
    }

    /// <summary>The one node of that name, or else of that id. Names are compared without regard to case.</summary>
    /// <exception cref="HandleException"><c>NodeNotFound</c> or <c>NodeAmbiguous</c>.</exception>
    public HandleNode GetNode(string nameOrId)
    {
        HandleNode[] found = FindNodes(nameOrId);
        return found.Length == 1 ? found[0] : throw HandleErrors.NodeAmbiguous(nameOrId, found);
    }

    /// <summary>All nodes of that name, or else the one of that id. Names are compared without regard to case.</summary>
    /// <exception cref="HandleException"><c>NodeNotFound</c>.</exception>
    public HandleNode[] FindNodes(string nameOrId)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        lock (SyncRoot)
        {
            HandleNode[] found = [.. _nodes.FindByName(nameOrId)];
            if (found.Length == 0 && long.TryParse(nameOrId, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
                && _nodes.Find(id) is { } node)
            {
                found = [node];
            }

            if (found.Length > 0)
                return found;
            throw _processes.FindByName(nameOrId) is [HandleProcess process, ..]
                ? HandleErrors.ProcessIsNoNode(process)
                : HandleErrors.NodeNotFound(nameOrId, this);
        }
    }

    /// <summary>Removes a node from its living owner. To those who hold it, it is a dead node from then on, as if the owner had exited.</summary>
    /// <exception cref="HandleException">
    /// <c>NodeNotFound</c>: it is dead already, or another session's. <c>ManagerExists</c>: it is the context manager's, which
    /// only goes with its process.
    /// </exception>
    public void RemoveNode(HandleNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (node.Session != this)
            throw HandleErrors.NodeForeign(node, this);

        using OperationRecorder.Scope recording = Recorder?.Begin(node) ?? default;
        lock (SyncRoot)
        {
            if (node.IsDead || node.Owner is not { } owner)
                throw HandleErrors.NodeWithoutOwner(node);
            if (owner.BinderContext.ManagerNode == node)
                throw HandleErrors.ManagerNodeInUse(node);
            owner.Detach(node);
            if (node.MarkDead())
                _nodes.Remove(node);
        }
    }

    /// <summary>The references by which a node is held, in ascending order of the holder's Id. O(processes).</summary>
    public HandleReference[] GetHolders(HandleNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return [.. GetProcesses().Select(process => process.GetReference(node)).OfType<HandleReference>()];
    }

    /// <summary>Has allocations for resizes fail, as if there were no memory.</summary>
    /// <remarks>
    /// Growing then fails with <c>AllocationFailed</c> and changes nothing (a DBitmap is disabled instead); a pool that would have shrunk
    /// stays, and an event says so.
    /// </remarks>
    /// <param name="process">Only those of this process.</param>
    /// <param name="direction">Only those for growing, or for shrinking.</param>
    /// <param name="after">How many are let pass first, 0 or more.</param>
    /// <param name="count">How many fail after that, 1 or more.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>: the process is another session's. <c>ProcessDead</c>: it has exited.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public HandleFault FailAllocations(HandleProcess? process = null, ResizeDirection? direction = null, int after = 0, int count = 1)
    {
        CheckFault(process, after, count);
        return Faults.Add(id => new HandleFault(this, id, HandleFaultKind.FailAllocation, process) { Direction = direction, After = after, Count = count });
    }

    /// <summary>Has allocations for resizes take longer, so that other threads come in between.</summary>
    /// <param name="delay">How much longer, up to a day.</param>
    /// <param name="process">Only those of this process.</param>
    /// <param name="direction">Only those for growing, or for shrinking.</param>
    /// <param name="after">How many are let pass first, 0 or more.</param>
    /// <param name="count">How many take longer after that, 1 or more; all by default.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>: the process is another session's. <c>ProcessDead</c>: it has exited.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public HandleFault DelayAllocations(TimeSpan delay, HandleProcess? process = null, ResizeDirection? direction = null,
        int after = 0, int count = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, TimeSpan.FromDays(1));
        CheckFault(process, after, count);
        return Faults.Add(id => new HandleFault(this, id, HandleFaultKind.DelayAllocation, process)
        {
            Direction = direction,
            After = after,
            Count = count,
            Delay = delay,
        });
    }

    /// <summary>Flips the bit of a handle in a process's pool, behind the table's back.</summary>
    /// <remarks>
    /// If the handle is held, its bit is clear now, and when it is next found as unused, adding a reference fails with
    /// <c>PoolCorrupted</c>, once: the bit is set by that. If it is not, its bit is set, and the handle is given to nobody.
    /// </remarks>
    /// <param name="process">A living process of this session.</param>
    /// <param name="handle">A handle within its pool's capacity.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>: the process is another session's. <c>ProcessDead</c>: it has exited.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The handle is not within the capacity.</exception>
    public HandleFault FlipBit(HandleProcess process, int handle) =>
        Damage(process, handle, HandleFaultKind.FlipBit, static (pool, id) => pool.FlipBit(id));

    /// <summary>Has a summary of a process's pool contradict the bits, behind the back of both.</summary>
    /// <remarks>
    /// Both bits are flipped that say of the 64 handles of a word whether all of them, and whether any of them, are in use. A word that is
    /// said to be full is passed over by those who look for an unused handle. One that is full and said not to be makes adding a reference
    /// fail with <c>PoolCorrupted</c>, once: the summaries are made anew by that. One that is said to be empty does not make a pool
    /// shrink below a handle that is in use: such a shrink is discarded.
    /// </remarks>
    /// <param name="process">A living process of this session, whose allocator is <see cref="HandleAllocator.HierarchicalBitmap"/>.</param>
    /// <param name="handle">A handle within its pool's capacity, which must be 128 or more.</param>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>: the process is another session's. <c>ProcessDead</c>: it has exited.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The handle is not within the capacity.</exception>
    /// <exception cref="InvalidOperationException">The pool has no summaries.</exception>
    public HandleFault BreakSummary(HandleProcess process, int handle) =>
        Damage(process, handle, HandleFaultKind.BreakSummary, static (pool, id) => pool.FlipSummary(id));

    /// <summary>Finds the places where pools, summaries, tables and nodes do not say the same. There are none, unless a fault was set.</summary>
    /// <remarks>
    /// Nothing in the session changes meanwhile: every table's lock is held. O(handles + nodes + capacity / 64). An exited process holds nothing and
    /// is not looked at.
    /// </remarks>
    /// <param name="processes">Only these processes, and the nodes that they hold; the whole session by default.</param>
    /// <returns>What was found: by process, then by node; empty if all is well.</returns>
    /// <exception cref="HandleException"><c>ProcessNotFound</c>: a process is another session's. <c>AllocationFailed</c>: there is no memory to look.</exception>
    public HandleList<HandleMismatch> FindMismatches(IEnumerable<HandleProcess>? processes = null)
    {
        HandleProcess[]? chosen = processes is null ? null : [.. processes.Distinct()];
        foreach (HandleProcess process in chosen ?? [])
            CheckOwn(process);
        return StandStill(integrity => integrity.Find(chosen));
    }

    /// <summary>Mends mismatches, by making anew from the references what does not fit them. No reference is dropped.</summary>
    /// <remarks>
    /// <para>Where a mismatch is in a process, its pool and the indexes of its table are made anew, and the holders and counts of the nodes that
    /// it holds are summed anew; where it is in a node, that node's. What is right by now stays as it is. A count below 0 is
    /// made 0; if both are 0 by that, the reference gets one weak count.</para>
    /// <para>Nothing in the session changes meanwhile: every table's lock is held, also while memory is allocated. O(handles + nodes).</para>
    /// </remarks>
    /// <param name="mismatches">What <see cref="FindMismatches"/> found.</param>
    /// <returns>What was wrong there when it was mended.</returns>
    /// <exception cref="ArgumentException">A mismatch is another session's.</exception>
    /// <exception cref="HandleException"><c>AllocationFailed</c>: there is no memory to make a process's pool or table anew, which stays as it was. What was mended before stays mended.</exception>
    public HandleList<HandleMismatch> Mend(IEnumerable<HandleMismatch> mismatches)
    {
        ArgumentNullException.ThrowIfNull(mismatches);
        HandleMismatch[] given = [.. mismatches];
        if (Array.Find(given, mismatch => mismatch.Session != this) is { } foreign)
            throw new ArgumentException($"The mismatch is in session '{foreign.Session}', not in session '{this}': {foreign}", nameof(mismatches));

        HandleProcess[] processes = [.. given.Select(mismatch => mismatch.Process).OfType<HandleProcess>().Distinct()];
        HandleNode[] nodes = [.. given.Where(mismatch => mismatch.Process is null).Select(mismatch => mismatch.Node).OfType<HandleNode>()];
        return StandStill(integrity => integrity.Mend(processes, nodes));
    }

    /// <summary>The faults that were set and not cleared, in that order; also those that have done what they were to do.</summary>
    public HandleFault[] GetFaults() => Faults.ToArray();

    /// <summary>Takes a fault away. What it has done already stays done.</summary>
    /// <returns>Whether it was there.</returns>
    public bool ClearFault(HandleFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return Faults.Remove(fault);
    }

    /// <summary>The newest events in the order in which they happened; as many as the options say are kept.</summary>
    public HandleEvent[] GetEvents() => _events.ToArray();

    /// <summary>The events after so many; those of them that are still kept.</summary>
    internal HandleEvent[] GetEventsSince(long recorded) => _events.Since(recorded);

    /// <summary>What was done to it since it was created, refused operations included, in the order in which it was done.</summary>
    /// <remarks>
    /// Played by an <see cref="OperationPlayer"/> in an empty session with the same options they give the same handles. What threads
    /// did to each other within an operation is not in them, as there is none while a session is recorded.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The session does not keep them; see <see cref="HandleSessionOptions.RecordOperations"/>.</exception>
    public HandleOperation[] GetOperations() => Recorder?.ToArray()
        ?? throw new InvalidOperationException($"Session '{Name}' does not record its operations; it must be created so that it does.");

    /// <summary>The name as it may be shown.</summary>
    public override string ToString() => VisibleText.Name(Name);

    internal void Record(HandleProcess process, HandleEventKind kind, string message, int? fromCapacity, int? toCapacity, int? handle) =>
        _events.Record(process, kind, message, fromCapacity, toCapacity, handle);

    /// <summary>Takes a node off the list that was dead and has lost its last holder.</summary>
    internal void Forget(HandleNode node)
    {
        Probe?.Invoke(TableStop.BeforeForget);
        lock (SyncRoot)
            _nodes.Remove(node);
    }

    internal HandleProcess? FindProcess(int id, string context)
    {
        lock (SyncRoot)
            return _processes.Find(id, context);
    }

    /// <summary>For the builder, which is alone with the session.</summary>
    internal HandleNode? FindNodeUnlocked(long id) => _nodes.Find(id);

    internal HandleProcess AddProcess(int id, string? name, string context)
    {
        lock (SyncRoot)
        {
            HandleProcess process = new(this, id, name, GetContext(context));
            process.Table.Probe = Probe;
            _processes.Add(process);
            return process;
        }
    }

    /// <summary>For the builder: names a process that has no name yet.</summary>
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
        lock (SyncRoot)
        {
            HandleNode node = new(this, id, name, owner);
            _nodes.Add(node);
            owner?.Attach(node);
            return node;
        }
    }

    internal void AddFinding(HandleFinding finding) => _findings.Add(finding);

    internal void CheckOwn(HandleProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        if (process.Session != this)
            throw HandleErrors.ProcessForeign(process, this);
    }

    /// <summary>All but the handle tables, from one moment.</summary>
    internal SessionMoment GetMoment()
    {
        lock (SyncRoot)
        {
            // The events as well: a process is in the session before anything is recorded about it.
            HandleEvent[] events = _events.ToArray(out long recorded);
            return new SessionMoment(
                _processes.ToArray(includeExited: false),
                [.. _processes.Exited],
                Array.ConvertAll(_nodes.ToArray(), node => (node, node.IsDead)),
                [.. _contexts.Values.Select(context => (context.Name, context.ManagerNode)).OrderBy(context => context.Name, StringComparer.Ordinal)],
                _processes.HighestId, _nodes.HighestId, events, recorded);
        }
    }

    /// <summary>For the builder: a process that has exited.</summary>
    internal HandleProcess AddExitedProcess(int id, string? name, string context)
    {
        lock (SyncRoot)
        {
            HandleProcess process = new(this, id, name, GetContext(context));
            process.MarkDead();
            _processes.AddExited(process);
            return process;
        }
    }

    /// <summary>For the builder: where the numbering of processes and nodes goes on.</summary>
    internal void RestoreHighestIds(int process, long node)
    {
        lock (SyncRoot)
        {
            _processes.HighestId = process;
            _nodes.HighestId = node;
        }
    }

    /// <summary>For the builder: the events so far.</summary>
    internal void RestoreEvents(IEnumerable<HandleEvent> events, long recorded) => _events.Restore(events, recorded);

    /// <summary>Looks at everything while nothing moves: the session's lock is held, and then that of every table.</summary>
    /// <remarks>Nobody takes the session's lock while holding a table's, nor two tables' locks but here.</remarks>
    private T StandStill<T>(Func<SessionIntegrity, T> look)
    {
        lock (SyncRoot)
        {
            HandleProcess[] all = _processes.ToArray(includeExited: true);
            int frozen = 0;
            try
            {
                for (; frozen < all.Length; frozen++)
                    all[frozen].Table.Freeze();
                return look(new SessionIntegrity(this, all, _nodes));
            }
            catch (OutOfMemoryException exception)
            {
                throw HandleErrors.NoMemoryToCompare(this, exception);
            }
            finally
            {
                while (frozen > 0)
                    all[--frozen].Table.Unfreeze();
            }
        }
    }

    /// <summary>Damage is done at once; the fault only tells of it.</summary>
    private HandleFault Damage(HandleProcess process, int handle, HandleFaultKind kind, Action<IdPool, int> damage)
    {
        CheckOwn(process);
        process.Table.Damage(handle, damage);
        HandleFault fault = Faults.Add(id => new HandleFault(this, id, kind, process) { Handle = handle });
        fault.SetHit();
        return fault;
    }

    private void CheckFault(HandleProcess? process, int after, int count)
    {
        if (process is not null)
            CheckOwn(process);
        if (process is { IsDead: true })
            throw HandleErrors.ProcessDead(process);
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
    }

    private BinderContext GetContext(string name)
    {
        if (!_contexts.TryGetValue(name, out BinderContext? context))
            _contexts.Add(name, context = new BinderContext(name));
        return context;
    }

    /// <summary>Those of a context: of that very name, as the driver knows it, or else of one that differs in case only.</summary>
    private static HandleProcess[] InContext(IEnumerable<HandleProcess> processes, string? context)
    {
        processes = ProcessRegistry.InOrder(processes);
        if (context is null)
            return [.. processes];
        HandleProcess[] exact = [.. processes.Where(process => process.Context == context)];
        return exact.Length > 0 ? exact
            : [.. processes.Where(process => string.Equals(process.Context, context, StringComparison.OrdinalIgnoreCase))];
    }

    private static HandleProcess Single(HandleProcess[] found, object asked) =>
        found.Length == 1 ? found[0] : throw HandleErrors.ProcessAmbiguous(asked, found);

    private HandleException NoProcess(object asked, string? context, Func<HandleProcess, bool> match) =>
        _processes.FindExited(process => match(process) && InContext([process], context).Length > 0) is { } exited
            ? HandleErrors.ProcessDead(exited)
            : HandleErrors.ProcessNotFound(asked, context, this, NamesWith(asked, context));

    /// <summary>The names of living processes that have the text in them: what may be meant where a part of a name was given.</summary>
    internal string[] NamesWith(object asked, string? context) =>
        asked is string { Length: > 0 } part
            ? [.. GetProcesses().Where(process => context is null || string.Equals(process.Context, context, StringComparison.OrdinalIgnoreCase))
                .Select(process => process.Name).OfType<string>().Where(name => name.Contains(part, StringComparison.OrdinalIgnoreCase))
                .Distinct(StringComparer.OrdinalIgnoreCase)]
            : [];
}
