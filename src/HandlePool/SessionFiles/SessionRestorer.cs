using System.Numerics;
using HandlePool.Pools;

namespace HandlePool.SessionFiles;

/// <summary>Makes a session out of a session file, if what it says fits together.</summary>
internal sealed class SessionRestorer
{
    private readonly string _path;
    private readonly SessionDocument _document;
    private readonly HandleSessionBuilder _builder;
    private readonly HandleProcess[] _processes;

    internal SessionRestorer(string path, SessionDocument document)
    {
        _path = path;
        _document = document;
        _builder = new HandleSessionBuilder(document.Options);
        _processes = new HandleProcess[document.Processes.Count];
    }

    /// <summary>The handles that a pool can have: below the largest power of two within MaxCapacity.</summary>
    private int Limit => 1 << BitOperations.Log2((uint)_document.Options.MaxCapacity);

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
        }

        AddFindings();
        AddEvents();
        SetHighestIds();
        _builder.SetAllocationDelay(_document.AllocationDelay);
        if (_document.Time is { } time)
            _builder.SetTime(time);
        return _builder.Build(_document.Name);
    }

    private void AddProcess(int index)
    {
        ProcessDocument process = _document.Processes[index];
        string place = $"$.processes[{index}]";
        if (!process.IsDead && _builder.FindProcess(process.Id, process.Context) is { } other)
        {
            throw Wrong(place, $"there is a living process {process.Id} in context '{process.Context}' already, "
                + $"$.processes[{Array.IndexOf(_processes, other)}].");
        }

        CheckPool(process, $"{place}.pool");
        _processes[index] = process.IsDead
            ? _builder.AddExitedProcess(process.Id, process.Context, process.Name)
            : _builder.AddProcess(process.Id, process.Context, process.Name);
        _builder.SetPool(_processes[index], process.Pool);
    }

    private void CheckPool(ProcessDocument process, string place)
    {
        HandleAllocator allocator = _document.Options.Allocator;
        bool isTree = allocator is HandleAllocator.TreeScan or HandleAllocator.AugmentedTree;
        if (process.Pool.IsDisabled && allocator != HandleAllocator.DBitmap)
            throw Wrong($"{place}.isDisabled", $"only the bitmap of a DBitmap can be disabled, and the allocator is {allocator}.");
        if (isTree && process.Pool.CapacityInferred)
            throw Wrong($"{place}.capacityInferred", $"a {allocator} has no capacity that could be inferred.");
        if (isTree || process.Pool.IsDisabled)
        {
            if (process.Pool.Capacity is { } given)
            {
                throw Wrong($"{place}.capacity", $"null is expected here, not {given}: "
                    + (isTree ? $"a {allocator} has no capacity of its own." : "the bitmap is disabled."));
            }
        }
        else if (process.Pool.Capacity is not { } capacity)
        {
            throw Wrong($"{place}.capacity", $"a {allocator} has a capacity; it must not be null.");
        }
        else if (!BitOperations.IsPow2(capacity) || capacity < IdPool.MinCapacity)
        {
            throw Wrong($"{place}.capacity", $"a capacity is a power of two of at least {IdPool.MinCapacity}, not {capacity}.");
        }
        else if (capacity > Limit)
        {
            throw Wrong($"{place}.capacity", $"{capacity} is beyond the maxCapacity of the session, {_document.Options.MaxCapacity}.");
        }

        if ((process.Pool.Capacity ?? IdPool.MinCapacity) > _builder.Room)
        {
            throw Wrong($"{place}.capacity",
                $"the pools of a session may have {HandleSessionBuilder.MaxTotalCapacity} IDs in all, and with this one they have more.");
        }
    }

    private void AddNode(int index)
    {
        NodeDocument node = _document.Nodes[index];
        if (_builder.FindNode(node.Id) is not null)
            throw Wrong($"$.nodes[{index}]", $"there is a node {node.Id} already.");

        HandleProcess? owner = node.Owner is { } at ? Process(at, $"$.nodes[{index}].owner") : null;
        if (node.IsDead)
            _builder.AddDeadNode(node.Id, owner, node.Name);
        else if (owner is { IsDead: true })
            throw Wrong($"$.nodes[{index}]", $"the node is alive, but its owner, $.processes[{node.Owner}], has exited.");
        else
            _builder.AddNode(node.Id, owner, node.Name);
    }

    private void AddManagers()
    {
        List<HandleNode> managers = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int index = 0; index < _document.Contexts.Count; index++)
        {
            ContextDocument context = _document.Contexts[index];
            if (!names.Add(context.Name))
                throw Wrong($"$.contexts[{index}]", $"the context '{context.Name}' is there already.");
            if (context.Manager is not { } id)
                continue;
            if (_builder.FindNode(id) is not { IsDead: false, Owner: { } owner } node || owner.Context != context.Name)
            {
                throw Wrong($"$.contexts[{index}].manager",
                    $"the manager's node must be that of a living process of the context, and there is no such node {id}.");
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
            throw Wrong($"$.processes[{processIndex}].references", "the process has exited, and so it can hold nothing.");

        int end = process.Pool.Capacity ?? Limit;
        for (int index = 0; index < process.References.Count; index++)
        {
            ReferenceDocument reference = process.References[index];
            if (reference.Handle >= end)
            {
                throw WrongReference(process.Pool.Capacity is null
                    ? $"handle {reference.Handle} is beyond the maxCapacity of the session, {_document.Options.MaxCapacity}."
                    : $"handle {reference.Handle} is beyond the capacity of the pool, {end}.");
            }

            if (_builder.FindNode(reference.Node) is null)
                throw WrongReference($"there is no node {reference.Node} in $.nodes.");
            if (!_builder.TryAddReference(holder, reference.Handle, reference.Node, reference.Strong, reference.Weak, out _, out _,
                out HandleReference? existing))
            {
                throw WrongReference(existing is null
                    ? $"with handle {reference.Handle} the pools of the session have more than {HandleSessionBuilder.MaxTotalCapacity} IDs in all."
                    : existing.Handle == reference.Handle
                    ? $"the process has handle {reference.Handle} already, for node {existing.Node.Id}."
                    : $"the process holds node {reference.Node} already, by handle {existing.Handle}.");
            }

            HandleException WrongReference(string message) => Wrong($"$.processes[{processIndex}].references[{index}]", message);
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
        if (events.Count > _document.Options.EventCapacity)
            throw Wrong("$.events", $"there are {events.Count} events, and the session keeps {_document.Options.EventCapacity}, its eventCapacity.");

        List<HandleEvent> restored = new(events.Count);
        for (int index = 0; index < events.Count; index++)
        {
            EventDocument read = events[index];
            if (index > 0 && read.Sequence - events[index - 1].Sequence != 1)
                throw Wrong($"$.events[{index}].sequence", $"after {events[index - 1].Sequence} comes the next number, not {read.Sequence}.");
            restored.Add(new HandleEvent(read.Sequence, read.Time, Process(read.Process, $"$.events[{index}].process"), read.Kind, read.Message,
                read.FromCapacity, read.ToCapacity, read.Handle));
        }

        if (events.Count > 0 && events[^1].Sequence != _document.EventsRecorded)
            throw Wrong("$.eventsRecorded", $"it is {_document.EventsRecorded}, but the last event has the sequence {events[^1].Sequence}.");
        _builder.SetEvents(restored, _document.EventsRecorded);
    }

    private void SetHighestIds()
    {
        int process = _document.Processes.Select(each => each.Id).DefaultIfEmpty().Max();
        if (_document.HighestProcessId < process)
            throw Wrong("$.highestProcessId", $"it is {_document.HighestProcessId}, but there is a process {process}.");
        long node = _document.Nodes.Select(each => each.Id).DefaultIfEmpty().Max();
        if (_document.HighestNodeId < node)
            throw Wrong("$.highestNodeId", $"it is {_document.HighestNodeId}, but there is a node {node}.");
        _builder.SetHighestIds(_document.HighestProcessId, _document.HighestNodeId);
    }

    private HandleProcess Process(int index, string place) => index < _processes.Length ? _processes[index]
        : throw Wrong(place, $"there is no process of index {index}: $.processes has {_processes.Length}.");

    private HandleException Wrong(string place, string message) => SessionFileErrors.SessionFormat(_path, $"{place}: {message}");
}
