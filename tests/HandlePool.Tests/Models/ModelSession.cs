using static HandlePool.HandleErrorIds;

namespace HandlePool.Tests.Models;

/// <summary>
/// Models a session by docs/semantics.md with sets and dictionaries. It was written from that page, not from the library, without
/// regard to speed or threads.
/// </summary>
internal sealed class ModelSession(HandleSessionOptions options)
{
    private readonly Dictionary<string, ModelNode> _managers = [];
    private readonly bool _isRust = options.Driver is HandleDriver.Rust or HandleDriver.RustTree;
    private long _lastNodeId = options.Driver is HandleDriver.Rust or HandleDriver.RustTree ? -1 : 0;
    private int _lastProcessId;

    internal List<ModelProcess> Processes { get; } = [];

    /// <summary>Gets all nodes except those that are gone.</summary>
    internal HashSet<ModelNode> Nodes { get; } = [];

    /// <summary>Gets the node that was created last.</summary>
    internal ModelNode? NewestNode { get; private set; }

    /// <summary>Gets the faults in the order in which they were set.</summary>
    internal List<ModelFault> Faults { get; } = [];

    /// <summary>Gets the events of the last operation in order.</summary>
    internal List<ModelEvent> Events { get; } = [];

    internal Outcome CreateProcess(int? id, string context, bool isManager)
    {
        int pid = id ?? _lastProcessId + 1;
        if (isManager && _managers.ContainsKey(context))
            return new Outcome(ManagerExists);
        if (Processes.Any(process => process.Id == pid && process.Context == context && !process.IsDead))
            return new Outcome(ProcessExists);
        _lastProcessId = Math.Max(_lastProcessId, pid);
        ModelProcess created = new(pid, context, options);
        Processes.Add(created);
        if (isManager)
            _managers.Add(context, AddNode(created));
        return new Outcome(Id: pid);
    }

    internal Outcome ExitProcess(ModelProcess process)
    {
        if (process.IsDead)
            return new Outcome(ProcessDead);
        process.IsDead = true;
        if (IsManager(process))
            _managers.Remove(process.Context);
        foreach (ModelNode node in Nodes.Where(node => node.Owner == process).ToArray())
            Kill(node);
        foreach (int handle in process.References.Keys.ToArray())
        {
            Take(process, handle);
            if (options.Driver != HandleDriver.Rust)
                process.Pool.Used.Remove(handle);
        }

        Events.Add(new ModelEvent(HandleEventKind.ProcessExit, process.Id));
        return Outcome.Nothing;
    }

    internal bool IsManager(ModelProcess process) => _managers.TryGetValue(process.Context, out ModelNode? node) && node.Owner == process;

    /// <summary>Returns whether a node is the manager's and the process is the manager.</summary>
    internal bool IsManagersOwn(ModelProcess process, ModelNode node) => node.Owner == process && _managers.ContainsValue(node);

    internal Outcome CreateNode(ModelProcess owner) =>
        owner.IsDead ? new Outcome(ProcessDead) : new Outcome(Id: AddNode(owner).Id);

    internal Outcome RemoveNode(ModelNode node)
    {
        if (node.IsDead)
            return new Outcome(NodeNotFound);
        if (_managers.ContainsValue(node))
            return new Outcome(ManagerExists);
        Kill(node);
        return Outcome.Nothing;
    }

    /// <summary>Returns the sums over the holders of a node.</summary>
    internal (long Strong, long Weak, int Holders) Sum(ModelNode node)
    {
        (long Strong, long Weak, int Holders) sum = default;
        foreach (ModelProcess process in Processes)
        {
            if (process.Handles.TryGetValue(node, out int handle))
                sum = (sum.Strong + process.References[handle].Strong, sum.Weak + process.References[handle].Weak, sum.Holders + 1);
        }

        return sum;
    }

    internal Outcome AddReference(ModelProcess process, ModelNode node, int strong, int weak) =>
        AddReference(process, node, strong, weak, _managers.ContainsValue(node) && !_isRust ? 0 : 1);

    /// <param name="process">The holder.</param>
    /// <param name="node">The node.</param>
    /// <param name="strong">The strong counts to add.</param>
    /// <param name="weak">The weak counts to add.</param>
    /// <param name="start">The first handle to consider.</param>
    private Outcome AddReference(ModelProcess process, ModelNode node, int strong, int weak, int start)
    {
        if (!AreCounts(strong, weak))
            return Outcome.OutOfRange;
        if (process.IsDead)
            return new Outcome(ProcessDead);
        if (!Nodes.Contains(node) || node.Owner.Context != process.Context)
            return new Outcome(NodeNotFound);
        if (IsManagersOwn(process, node))
            return new Outcome(ManagerSelfReference);
        if (process.Handles.TryGetValue(node, out int held))
            return Increase(process, held, strong, weak);

        if (start == 0 && options.Driver == HandleDriver.C611rc1 && process.References.ContainsKey(0))
            return new Outcome(HandleZeroTaken);
        int? unused = process.Pool.FindUnused(start);
        if (unused is null)
        {
            if (GrowFull(process) is { } error)
                return new Outcome(error);
            unused = process.Pool.FindUnused(start);
        }

        int handle = unused!.Value;
        process.Pool.Used.Add(handle);
        if (process.References.ContainsKey(handle))
        {
            Events.Add(new ModelEvent(HandleEventKind.Mismatch, process.Id, Handle: handle));
            return new Outcome(PoolCorrupted);
        }

        if (options.Driver != HandleDriver.HandlePool)
            _lastNodeId++;
        process.References.Add(handle, new ModelReference(node));
        process.Handles.Add(node, handle);
        return Increase(process, handle, strong, weak);
    }

    internal Outcome AddReference(ModelProcess process, long handle, int strong, int weak)
    {
        if (!AreCounts(strong, weak))
            return Outcome.OutOfRange;
        if (process.IsDead)
            return new Outcome(ProcessDead);
        if (handle == 0 && _managers.TryGetValue(process.Context, out ModelNode? manager))
            return AddReference(process, manager, strong, weak, start: 0);
        if (Find(process, handle) is not { } reference)
            return new Outcome(handle == 0 ? ManagerMissing : HandleNotFound);
        if (strong > 0 && reference.Strong == 0)
            return new Outcome(WeakReferenceOnly);
        return Increase(process, (int)handle, strong, weak);
    }

    internal Outcome RemoveReference(ModelProcess process, long handle, int strong, int weak)
    {
        if (!AreCounts(strong, weak))
            return Outcome.OutOfRange;
        if (process.IsDead)
            return Outcome.Nothing;
        if (Find(process, handle) is not { } reference)
            return new Outcome(HandleNotFound);
        if (reference.Strong < strong || reference.Weak < weak)
            return new Outcome(CountUnderflow);
        reference.Strong -= strong;
        reference.Weak -= weak;
        return reference.Strong == 0 && reference.Weak == 0 ? Release(process, (int)handle) : Reference(process, (int)handle);
    }

    internal Outcome DropReference(ModelProcess process, long handle)
    {
        if (process.IsDead)
            return Outcome.Nothing;
        return Find(process, handle) is null ? new Outcome(HandleNotFound) : Release(process, (int)handle);
    }

    internal Outcome RequestResize(ModelProcess process, ResizeDirection direction, bool fit, out ModelResizer? resizer)
    {
        resizer = null;
        if (process.IsDead)
            return new Outcome(ProcessDead);
        ModelPool pool = process.Pool;
        if (!pool.IsResizable)
            return new Outcome(NotResizable);
        bool isGrowing = direction == ResizeDirection.Grow;
        if ((isGrowing ? pool.GrowTarget() : pool.ShrinkTarget(fit)) is not { } target)
            return new Outcome(isGrowing ? PoolExhausted : ShrinkNotPossible);
        if (!Allocates(process, direction, target))
            return new Outcome(AllocationFailed);
        resizer = new ModelResizer(process, direction, fit, pool.Capacity, target);
        return new Outcome(FromCapacity: pool.Capacity, ToCapacity: target);
    }

    internal Outcome CompleteResize(ModelResizer resizer)
    {
        ModelProcess process = resizer.Process;
        if (resizer.IsCompleted)
            return new Outcome(ResizerCompleted);
        if (process.IsDead)
            return new Outcome(ProcessDead);
        resizer.IsCompleted = true;
        int before = process.Pool.Capacity;
        bool applied = process.Pool.TryApply(resizer);
        if (!applied)
            process.Pool.DiscardedResizes++;
        HandleEventKind kind = !applied ? HandleEventKind.ResizeDiscarded
            : resizer.Direction == ResizeDirection.Grow ? HandleEventKind.Grow : HandleEventKind.Shrink;
        Events.Add(new ModelEvent(kind, process.Id, applied ? before : resizer.FromCapacity, resizer.ToCapacity));
        return new Outcome(Applied: applied, FromCapacity: before, ToCapacity: process.Pool.Capacity);
    }

    internal Outcome Resize(ModelProcess process, ResizeDirection direction, bool fit)
    {
        Outcome requested = RequestResize(process, direction, fit, out ModelResizer? resizer);
        return resizer is null ? requested : CompleteResize(resizer);
    }

    internal Outcome Optimize(ModelProcess process)
    {
        ModelPool pool = process.Pool;
        return process.IsDead || !pool.IsResizable || pool.ShrinkTarget(fit: true) is null
            ? Outcome.Nothing
            : Resize(process, ResizeDirection.Shrink, fit: true);
    }

    internal Outcome FailAllocations(ModelProcess? process, ResizeDirection? direction, int after, int count)
    {
        if (process is { IsDead: true })
            return new Outcome(ProcessDead);
        Faults.Add(new ModelFault(process, direction, after, count));
        return Outcome.Nothing;
    }

    internal static Outcome FlipBit(ModelProcess process, int handle)
    {
        if (process.IsDead)
            return new Outcome(ProcessDead);
        if (handle >= process.Pool.Capacity)
            return Outcome.OutOfRange;
        if (!process.Pool.Used.Remove(handle))
            process.Pool.Used.Add(handle);
        return Outcome.Nothing;
    }

    /// <summary>Returns the handles for which pools and tables differ; for a pool that is too small, the highest handle.</summary>
    internal IEnumerable<(string Process, HandleMismatchKind Kind, int Handle)> Mismatches()
    {
        foreach (ModelProcess process in Processes.Where(process => !process.IsDead))
        {
            foreach (int handle in process.References.Keys.Except(process.Pool.Used))
                yield return (process.ToString(), HandleMismatchKind.BitClear, handle);
            foreach (int handle in process.Pool.Used.Except(process.References.Keys))
                yield return (process.ToString(), HandleMismatchKind.BitSet, handle);
            int highest = process.References.Keys.DefaultIfEmpty(-1).Max();
            if (process.Pool.IsResizable && highest >= process.Pool.Capacity)
                yield return (process.ToString(), HandleMismatchKind.Capacity, highest);
        }
    }

    /// <summary>Makes the pools match the tables.</summary>
    internal Outcome Repair()
    {
        string[] wrong = [.. Mismatches().Select(mismatch => mismatch.Process)];
        foreach (ModelProcess process in Processes.Where(process => !process.IsDead && wrong.Contains(process.ToString()))
            .OrderBy(process => (process.Id, process.Context)))
        {
            process.Pool.Restore(process.References.Keys);
            Events.Add(new ModelEvent(HandleEventKind.Repaired, process.Id));
        }

        return Outcome.Nothing;
    }

    private static bool AreCounts(int strong, int weak) => strong >= 0 && weak >= 0 && strong + (long)weak > 0;

    private static ModelReference? Find(ModelProcess process, long handle) =>
        handle is >= 0 and <= int.MaxValue ? process.References.GetValueOrDefault((int)handle) : null;

    private static Outcome Reference(ModelProcess process, int handle)
    {
        ModelReference reference = process.References[handle];
        return new Outcome(Id: reference.Node.Id, Handle: handle, Strong: reference.Strong, Weak: reference.Weak);
    }

    private static Outcome Increase(ModelProcess process, int handle, int strong, int weak)
    {
        ModelReference reference = process.References[handle];
        if ((long)reference.Strong + strong > int.MaxValue || (long)reference.Weak + weak > int.MaxValue)
            return new Outcome(CountOverflow);
        reference.Strong += strong;
        reference.Weak += weak;
        return Reference(process, handle);
    }

    private ModelNode AddNode(ModelProcess owner)
    {
        ModelNode node = new(++_lastNodeId, owner);
        Nodes.Add(node);
        NewestNode = node;
        return node;
    }

    private void Kill(ModelNode node)
    {
        node.IsDead = true;
        ForgetIfGone(node);
    }

    private void ForgetIfGone(ModelNode node)
    {
        if (node.IsDead && Sum(node).Holders == 0)
            Nodes.Remove(node);
    }

    /// <summary>Removes a reference from both maps.</summary>
    private ModelNode Take(ModelProcess process, int handle)
    {
        ModelNode node = process.References[handle].Node;
        process.References.Remove(handle);
        process.Handles.Remove(node);
        ForgetIfGone(node);
        return node;
    }

    private Outcome Release(ModelProcess process, int handle)
    {
        ModelNode node = Take(process, handle);
        process.Pool.Used.Remove(handle);
        if (options.ShrinkPolicy == ShrinkPolicy.Immediate && process.Pool.IsResizable && process.Pool.ShrinkTarget(fit: false) is { } target)
        {
            if (Allocates(process, ResizeDirection.Shrink, target))
                CompleteResize(new ModelResizer(process, ResizeDirection.Shrink, fit: false, process.Pool.Capacity, target));
            else
                Events.Add(new ModelEvent(HandleEventKind.AllocationFailed, process.Id, process.Pool.Capacity, target));
        }

        return new Outcome(Id: node.Id, Handle: handle, Strong: 0, Weak: 0);
    }

    /// <summary>Makes room in a full pool.</summary>
    /// <returns>The reason for a failure, or null.</returns>
    private string? GrowFull(ModelProcess process)
    {
        ModelPool pool = process.Pool;
        // The C driver knows no limit: an allocation beyond it fails.
        int? grown = pool.GrowTarget() ?? (options.Driver is HandleDriver.C or HandleDriver.C611rc1 ? pool.Capacity * 2 : null);
        if (!pool.IsResizable || grown is not { } target)
        {
            Events.Add(new ModelEvent(HandleEventKind.PoolExhausted, process.Id, pool.Capacity));
            return PoolExhausted;
        }

        if (Allocates(process, ResizeDirection.Grow, target) && pool.GrowTarget() is not null)
        {
            CompleteResize(new ModelResizer(process, ResizeDirection.Grow, fit: false, pool.Capacity, target));
            return null;
        }

        if (options.Driver is not (HandleDriver.C or HandleDriver.C611rc1))
            return AllocationFailed;
        Events.Add(new ModelEvent(HandleEventKind.BitmapDisabled, process.Id, pool.Capacity, target));
        pool.Disable();
        return null;
    }

    /// <summary>Returns whether there is memory; the Rust driver needs none for 64 handles.</summary>
    private bool Allocates(ModelProcess process, ResizeDirection direction, int capacity) =>
        (_isRust && capacity == 64) || !Faults.Any(fault => fault.Fails(process, direction));
}
