using System.Numerics;
using HandlePool.Pools;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.SessionFiles;

/// <summary>Builds the session of a session file, and checks that its values are consistent.</summary>
internal sealed class SessionRestorer
{
    private readonly string _path;
    private readonly SessionDocument _document;
    private readonly HandleSessionOptions _options;
    private readonly HandleSessionBuilder _builder;
    private readonly HandleProcess[] _processes;

    // The nodes of some references.
    private readonly long[] _ids = new long[NodeIndex.MostAtOnce];
    private readonly HandleNode?[] _nodes = new HandleNode?[NodeIndex.MostAtOnce];

    // The living processes, by what identifies them, and their indexes.
    private readonly Dictionary<(int Id, string Context, int OpenNumber), int> _living = [];

    internal SessionRestorer(string path, SessionDocument document)
    {
        _path = path;
        _document = document;
        _options = document.Options.ToOptions();

        // In version 1, the allocator DBitmap had the C driver's rule that disables a bitmap.
        if (document.Version == 1 && _options.Allocator == HandleAllocator.DBitmap && document.Processes.Exists(process => process.Pool.IsDisabled))
            _options = _options with { Driver = HandleDriver.C };
        if (_options.IsInconsistent)
            throw Wrong("$.options.freezeListenerLeak", $"only the Rust driver leaks listeners, and the driver is {_options.Driver}.");
        _builder = new HandleSessionBuilder(_options);
        _processes = new HandleProcess[document.Processes.Count];
    }

    /// <summary>Gets the largest capacity of a pool: the largest power of two within MaxCapacity.</summary>
    private int Limit => 1 << BitOperations.Log2((uint)_options.MaxCapacity);

    internal HandleSession Restore(CancellationToken cancellationToken)
    {
        for (int index = 0; index < _processes.Length; index++)
            AddProcess(index);
        cancellationToken.ThrowIfCancellationRequested();
        for (int index = 0; index < _document.Nodes.Count; index++)
            AddNode(index);
        AddManagers();
        for (int index = 0; index < _processes.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddReferences(index);
            AddNotifications(index);
        }

        AddStatistics();
        CheckInferred();
        _builder.AddListedHolders(path: null);
        AddFindings();
        AddEvents();
        SetHighestIds();
        _builder.SetAllocationDelay(_document.Options.AllocationDelay);
        if (_document.Time is { } time)
            _builder.SetTime(time);
        return _builder.Build(_document.Name);
    }

    private void AddProcess(int index)
    {
        ProcessDocument process = _document.Processes[index];
        string place = $"$.processes[{index}]";
        int openNumber = Math.Max(1, process.OpenNumber);
        if (!process.IsDead && !_living.TryAdd((process.Id, process.Context, openNumber), index))
        {
            throw Wrong(place, $"process {process.Id} of context '{process.Context}' is already alive, at "
                + $"$.processes[{_living[(process.Id, process.Context, openNumber)]}].");
        }

        CheckPool(process, $"{place}.pool");
        int? uid = _document.Version == 1 ? 0 : process.Uid;
        _processes[index] = process.IsDead
            ? _builder.AddExitedProcess(process.Id, process.Context, process.Name, openNumber, uid)
            : _builder.AddProcess(process.Id, process.Context, process.Name, openNumber, uid);
        _builder.SetPool(_processes[index], process.Pool.ToRecord());
        if (process is { IsDead: true, IsFrozen: true })
            throw Wrong($"{place}.isFrozen", "the process has exited, so it cannot be frozen.");
        if (process.IsFreezing && (process.IsDead || process.IsFrozen))
            throw Wrong($"{place}.isFreezing", $"the process {(process.IsDead ? "has exited" : "is frozen")}, so it cannot be about to be frozen.");
        _builder.SetFreezeState(_processes[index], process.IsFrozen ? FreezeState.Frozen : process.IsFreezing ? FreezeState.Freezing : FreezeState.Thawed);
        if (process.IsDead && process.IsInferred)
            throw Wrong($"{place}.isInferred", "the process has exited, so it holds nothing that could be inferred.");
        _processes[index].IsInferred = process.IsInferred;
    }

    private void CheckPool(ProcessDocument process, string place)
    {
        HandleAllocator allocator = _options.Allocator;
        bool isTree = TreeIdPool.IsTree(allocator);
        if (process.Pool.IsDisabled && (isTree || !_options.Rules.DisablesBitmap))
            throw Wrong($"{place}.isDisabled", $"only a bitmap of the C driver can be disabled, and the driver is {_options.Driver}.");
        if (isTree && process.Pool.CapacityInferred)
            throw Wrong($"{place}.capacityInferred", $"the allocator {allocator} has no capacity to infer; write false.");
        if (isTree || process.Pool.IsDisabled)
        {
            if (process.Pool.Capacity is { } given)
            {
                throw Wrong($"{place}.capacity", $"expected null, found {given}: "
                    + (isTree ? $"the allocator {allocator} has no capacity of its own." : "the bitmap is disabled."));
            }
        }
        else if (process.Pool.Capacity is not { } capacity)
        {
            throw Wrong($"{place}.capacity", $"the allocator {allocator} has a capacity, so it must not be null.");
        }
        else if (!BitOperations.IsPow2(capacity) || capacity < IdPool.MinCapacity)
        {
            throw Wrong($"{place}.capacity", $"expected a power of two of at least {IdPool.MinCapacity}, found {capacity}.");
        }
        else if (capacity > Limit)
        {
            throw Wrong($"{place}.capacity", $"{capacity} exceeds the session's maxCapacity, {_options.MaxCapacity}.");
        }

        if ((process.Pool.Capacity ?? IdPool.MinCapacity) > _builder.Room)
        {
            throw Wrong($"{place}.capacity",
                $"with this pool, the pools of the session exceed {HandleSessionBuilder.MaxTotalCapacity} IDs in total, the limit.");
        }
    }

    private void AddNode(int index)
    {
        NodeDocument node = _document.Nodes[index];
        if (_builder.FindNode(node.Id) is not null)
            throw Wrong($"$.nodes[{index}]", $"node {node.Id} is already in $.nodes.");

        HandleProcess? owner = node.Owner is { } at ? Process(at, $"$.nodes[{index}].owner") : null;
        if (node.ListedHolders is { Count: > 0 } holders)
        {
            if (node.IsDead || owner is null or { IsDead: true })
                throw Wrong($"$.nodes[{index}].listedHolders", "the node is dead or has no owner, so it cannot list holders.");
            _builder.AddListedNode(node.Id, owner, [.. holders]);
        }
        else if (node.IsDead)
        {
            _builder.AddDeadNode(node.Id, owner, node.Name);
        }
        else
        {
            if (owner is { IsDead: true })
                throw Wrong($"$.nodes[{index}]", $"the node is alive, but its owner, $.processes[{node.Owner}], has exited.");
            _builder.AddNode(node.Id, owner, node.Name);
        }
    }

    private void AddManagers()
    {
        List<HandleNode> managers = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int index = 0; index < _document.Contexts.Count; index++)
        {
            ContextDocument context = _document.Contexts[index];
            if (!names.Add(context.Name))
                throw Wrong($"$.contexts[{index}]", $"context '{context.Name}' is already in $.contexts.");
            _builder.SetManagerUid(context.Name, _document.Version == 1 && context.Manager is not null ? 0 : context.ManagerUid);
            if (context.Manager is not { } id)
                continue;
            if (_builder.FindNode(id) is not { IsDead: false, Owner: { } owner } node || owner.Context != context.Name)
            {
                throw Wrong($"$.contexts[{index}].manager",
                    $"no living process of the context owns node {id}. Name the node of its manager.");
            }

            managers.Add(node);
        }

        _builder.SetManagers(managers);
    }

    private void AddReferences(int processIndex)
    {
        ProcessDocument process = _document.Processes[processIndex];
        HandleProcess holder = _processes[processIndex];
        if (holder.IsDead && process.References.Count > 0)
            throw Wrong($"$.processes[{processIndex}].references", "the process has exited, so it cannot hold references.");

        int end = process.Pool.Capacity ?? (process.Pool.IsDisabled ? IdPool.LargestCapacity : Limit);
        for (int index = 0; index < process.References.Count; index++)
        {
            // Several at once, as their look-ups wait for memory.
            int place = index % NodeIndex.MostAtOnce;
            if (place == 0)
                FindNodes(process.References, index);
            ReferenceDocument reference = process.References[index];
            if (reference.Handle >= end)
            {
                throw WrongReference(process.Pool is { Capacity: null, IsDisabled: false }
                    ? $"handle {reference.Handle} exceeds the session's maxCapacity, {_options.MaxCapacity}."
                    : $"handle {reference.Handle} exceeds the pool's capacity, {end}.");
            }

            if (_nodes[place] is not { } node)
                throw WrongReference($"node {reference.Node} is not in $.nodes.");
            if (!_builder.TryAddReference(holder, reference.Handle, reference.Node, node, reference.Strong, reference.Weak, out _, out _,
                out HandleReference? existing))
            {
                throw WrongReference(existing is null
                    ? $"with handle {reference.Handle}, the pools of the session exceed {HandleSessionBuilder.MaxTotalCapacity} IDs in total, the limit."
                    : existing.Handle == reference.Handle
                    ? $"the process already has handle {reference.Handle}, for node {existing.Node.Id}."
                    : $"the process already holds node {reference.Node}, by handle {existing.Handle}.");
            }

            HandleException WrongReference(string message) => Wrong($"$.processes[{processIndex}].references[{index}]", message);
        }
    }

    private void FindNodes(List<ReferenceDocument> references, int first)
    {
        int count = Math.Min(NodeIndex.MostAtOnce, references.Count - first);
        for (int index = 0; index < count; index++)
            _ids[index] = references[first + index].Node;
        _builder.FindNodes(_ids.AsSpan(0, count), _nodes);
    }

    private void AddNotifications(int processIndex)
    {
        ProcessDocument process = _document.Processes[processIndex];
        string place = $"$.processes[{processIndex}]";
        HandleProcess holder = _processes[processIndex];
        if (_document.Version > 1)
            new NotificationCheck(process, place, holder, _options.NotificationRules, _document.HighestNodeId, _builder.FindNode, Wrong).Run();
        List<NotificationDocument> notifications = process.Notifications ?? [];
        if (process.ErrorAfter is { } errorAfter)
        {
            if (holder.IsDead)
                throw Wrong($"{place}.errorAfter", "the process has exited, so it has nothing to read.");
            if (errorAfter > process.ThreadMessages.Count)
                throw Wrong($"{place}.errorAfter", $"expected null or a number from 0 to {process.ThreadMessages.Count}, found {errorAfter}.");
        }

        if (notifications.Count == 0 && process.ErrorAfter is null)
            return;
        _builder.RestoreNotifications(holder,
            new NotificationRecords(notifications.ConvertAll(each => each.ToRecord()), process.ThreadMessages, process.Messages, process.Delivered)
            {
                ErrorAfter = process.ErrorAfter,
            });
    }

    private void AddStatistics()
    {
        if (_document.Statistics is not { } statistics)
            return;
        HandleProcess?[] processes = new HandleProcess?[statistics.Processes.Count];
        HashSet<HandleProcess> seen = [];
        for (int index = 0; index < processes.Length; index++)
        {
            StatisticDocument statistic = statistics.Processes[index];
            if (statistic.Process is not { } at)
                continue;
            string place = $"$.statistics.processes[{index}].process";
            HandleProcess process = Process(at, place);
            if (process.Id != statistic.Id || process.Context != statistic.Context)
                throw Wrong(place, $"process {process.Id} of context '{process.Context}' is not process {statistic.Id} of context '{statistic.Context}'.");
            if (!seen.Add(process))
                throw Wrong(place, $"$.processes[{at}] already has statistics.");
            if (process.IsInferred && statistic.Handles is null)
                throw Wrong($"$.statistics.processes[{index}].handles", "the process is inferred from them, so they must not be null.");
            processes[index] = process;
        }

        _builder.RestoreStatistics(new StatisticsRecord(statistics.Counters,
            statistics.Objects.ConvertAll(each => new HandleObjectCount(each.Kind, each.Active, each.Total)),
            statistics.Processes.ConvertAll(each => each.ToRecord())), processes);
    }

    /// <summary>Refuses a process that has references and yet is inferred, unless statistics count more of them.</summary>
    private void CheckInferred()
    {
        for (int index = 0; index < _processes.Length; index++)
        {
            int known = _document.Processes[index].References.Count;
            if (_processes[index].IsInferred && known > 0 && !(_processes[index].Statistic?.Handles > known))
            {
                throw Wrong($"$.processes[{index}].isInferred",
                    $"the process has {Phrase.Count(known, "reference")}, and no statistics count more, so nothing is inferred; write false.");
            }
        }
    }

    private void AddFindings()
    {
        for (int index = 0; index < _document.Findings.Count; index++)
        {
            FindingDocument finding = _document.Findings[index];
            HandleProcess? process = finding.Process is { } at ? Process(at, $"$.findings[{index}].process") : null;
            _builder.AddFinding(finding.Kind, finding.Message, finding.Path, finding.Line, process, finding.Handle, finding.Node);
        }
    }

    private void AddEvents()
    {
        List<EventDocument> events = _document.Events;
        if (events.Count > _options.EventCapacity)
            throw Wrong("$.events", $"the file has {Phrase.Count(events.Count, "event")}, more than the session's eventCapacity, {_options.EventCapacity}.");

        List<HandleEvent> restored = new(events.Count);
        for (int index = 0; index < events.Count; index++)
        {
            EventDocument read = events[index];
            if (index > 0 && read.Sequence - events[index - 1].Sequence != 1)
                throw Wrong($"$.events[{index}].sequence", $"expected the number after {events[index - 1].Sequence}, found {read.Sequence}.");
            if (_document.Version == 1 && read.Kind >= HandleEventKind.NotificationRequested)
                throw Wrong($"$.events[{index}].kind", $"version 1 has no events of kind {read.Kind}.");
            restored.Add(new HandleEvent(read.Sequence, read.Time, Process(read.Process, $"$.events[{index}].process"), read.Kind, read.Message,
                read.FromCapacity, read.ToCapacity, read.Handle));
        }

        if (events.Count > 0 && events[^1].Sequence != _document.EventsRecorded)
            throw Wrong("$.eventsRecorded", $"expected {events[^1].Sequence}, the sequence of the last event, found {_document.EventsRecorded}.");
        _builder.SetEvents(restored, _document.EventsRecorded);
    }

    private void SetHighestIds()
    {
        int process = _document.Processes.Select(each => each.Id).DefaultIfEmpty().Max();
        if (_document.HighestProcessId < process)
            throw Wrong("$.highestProcessId", $"expected at least {process}, the id of a process, found {_document.HighestProcessId}.");
        long node = _document.Nodes.Select(each => each.Id).DefaultIfEmpty(-1).Max();
        if (_document.HighestNodeId < node)
            throw Wrong("$.highestNodeId", $"expected at least {node}, the id of a node, found {_document.HighestNodeId}.");
        _builder.SetHighestIds(_document.HighestProcessId, _document.HighestNodeId);
    }

    private HandleProcess Process(int index, string place) => index < _processes.Length ? _processes[index]
        : throw Wrong(place, $"index {index} is out of range: $.processes has {_processes.Length} items.");

    private HandleException Wrong(string place, string message) => SessionFileErrors.SessionFormat(_path, $"{place}: {message}");
}
