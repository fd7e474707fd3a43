namespace HandlePool.Tests.Models;

/// <summary>Does the same operations to a session and its model. The first difference is a <see cref="ModelDifference"/>.</summary>
internal sealed class ModelRun
{
    private const int KeptWhenOver = 3, KeptResizers = 8, StepsBetweenFullComparisons = 250;

    private readonly HandleSessionOptions _options;
    private readonly ModelSession _model;
    private readonly List<(HandleProcess Real, ModelProcess Model)> _processes = [];
    private readonly List<(HandleNode Real, ModelNode Model)> _nodes = [];
    private readonly List<(HandlePoolResizer Real, ModelResizer Model)> _resizers = [];
    private readonly List<(HandleFault Real, ModelFault Model)> _faults = [];
    private readonly Dictionary<long, HandleNode> _nodesById = [];
    private readonly List<Outcome>? _outcomes;
    private long _events;
    private long _nextFullComparison = StepsBetweenFullComparisons;
    private (FormattableString What, Outcome Right)? _last;

    /// <summary>Starts with two processes and a manager in one context, and a process in another.</summary>
    internal ModelRun(HandleSessionOptions options, List<Outcome>? outcomes = null, bool isRecorded = false)
    {
        _options = options with { EventCapacity = 32 };
        _outcomes = outcomes;
        _model = new ModelSession(_options);
        Session = new HandleSession("Model", _options);
        if (isRecorded)
            Session.StartRecording();
        CreateProcess(null, "binder", isManager: true);
        CreateProcess(null, "binder", isManager: false);
        CreateProcess(null, "binder", isManager: false);
        CreateProcess(null, "hwbinder", isManager: false);
    }

    internal HandleSession Session { get; }

    /// <summary>Gets the last call and its outcome as text, which is made only when somebody asks.</summary>
    private string Last => _last is { } last ? $"{last.What} -> {last.Right}" : "nothing to do it to";

    /// <summary>Gets the number of library calls that were compared.</summary>
    internal long Steps { get; private set; }

    /// <summary>Does operations and compares everything at the end.</summary>
    /// <param name="operations">The operations.</param>
    /// <param name="lines">Receives a line for each operation, with its number of calls and the result of the last one.</param>
    /// <exception cref="ModelDifference">The session does not follow the rules.</exception>
    internal void Do(IEnumerable<ModelOperation> operations, List<string>? lines = null)
    {
        foreach (ModelOperation operation in operations)
        {
            long before = Steps;
            _last = null;
            try
            {
                operation.Do(this);
            }
            finally
            {
                lines?.Add($"{operation}: {(Steps - before > 1 ? $"{Steps - before} calls, the last: " : "")}{Last}");
            }
        }

        CompareAll();
    }

    internal (HandleProcess Real, ModelProcess Model) Process(int index) => _processes[index % _processes.Count];

    internal (HandleNode Real, ModelNode Model) Node(int index) => _nodes[index % _nodes.Count];

    internal void CreateProcess(int? id, string context, bool isManager)
    {
        HandleProcess? real = null;
        Outcome outcome = Step($"create process {id} in {context}{(isManager ? " as manager" : "")}",
            () => _model.CreateProcess(id, context, isManager),
            () => new Outcome(Id: (real = Session.CreateProcess(null, id, context, isManager)).Id));
        if (outcome.Error is not null)
            return;
        _processes.Add((real!, _model.Processes[^1]));
        Same("manager", isManager, real!.IsManager);
        if (isManager)
            Add(real.GetNodes().Single());
    }

    internal void ExitProcess((HandleProcess Real, ModelProcess Model) process)
    {
        Step($"exit {process.Model}", () => _model.ExitProcess(process.Model), () =>
        {
            Session.ExitProcess(process.Real);
            return Outcome.Nothing;
        });
        while (_processes.Count(each => each.Model.IsDead) > KeptWhenOver)
            _processes.Remove(_processes.First(each => each.Model.IsDead));
        CompareAll();
    }

    internal void CreateNode((HandleProcess Real, ModelProcess Model) owner)
    {
        HandleNode? real = null;
        Outcome outcome = Step($"create a node of {owner.Model}", () => _model.CreateNode(owner.Model),
            () => new Outcome(Id: (real = Session.CreateNode(owner.Real)).Id));
        if (outcome.Error is null)
            Add(real!);
    }

    internal void RemoveNode((HandleNode Real, ModelNode Model) node)
    {
        Step($"remove node {node.Model.Id}", () => _model.RemoveNode(node.Model),
            () =>
            {
                Session.RemoveNode(node.Real);
                return Outcome.Nothing;
            },
            node: node.Model);
    }

    internal Outcome AddReference((HandleProcess Real, ModelProcess Model) process, (HandleNode Real, ModelNode Model) node, int strong, int weak) =>
        Step($"{process.Model} adds {strong}/{weak} to node {node.Model.Id}",
            () => _model.AddReference(process.Model, node.Model, strong, weak),
            () => Outcome.Of(process.Real.AddReference(node.Real, strong, weak)), process, node.Model);

    internal void AddReference((HandleProcess Real, ModelProcess Model) process, long handle, int strong, int weak) =>
        Step($"{process.Model} adds {strong}/{weak} to handle {handle}",
            () => _model.AddReference(process.Model, handle, strong, weak),
            () => Outcome.Of(process.Real.AddReference(handle, strong, weak)), process);

    internal void RemoveReference((HandleProcess Real, ModelProcess Model) process, long handle, int strong, int weak) =>
        Step($"{process.Model} takes {strong}/{weak} from handle {handle}",
            () => _model.RemoveReference(process.Model, handle, strong, weak),
            () => Outcome.Of(process.Real.RemoveReference(handle, strong, weak)), process);

    internal void DropReference((HandleProcess Real, ModelProcess Model) process, long handle) =>
        Step($"{process.Model} drops handle {handle}", () => _model.DropReference(process.Model, handle),
            () => Outcome.Of(process.Real.DropReference(handle)), process);

    internal void Resize((HandleProcess Real, ModelProcess Model) process, ResizeDirection direction, bool fit) =>
        Step($"{process.Model} resizes: {direction}{(fit ? " to fit" : "")}", () => _model.Resize(process.Model, direction, fit),
            () => Outcome.Of(process.Real.Resize(direction, fit)), process);

    internal void RequestResize((HandleProcess Real, ModelProcess Model) process, ResizeDirection direction, bool fit)
    {
        HandlePoolResizer? real = null;
        ModelResizer? model = null;
        Step($"{process.Model} requests: {direction}{(fit ? " to fit" : "")}",
            () => _model.RequestResize(process.Model, direction, fit, out model),
            () =>
            {
                real = process.Real.RequestResize(direction, fit);
                return new Outcome(FromCapacity: real.FromCapacity, ToCapacity: real.ToCapacity);
            },
            process);
        if (model is null)
            return;
        if (_resizers.Count == KeptResizers)
            _resizers.RemoveAt(0);
        _resizers.Add((real!, model));
    }

    /// <summary>Completes one of the resizers, including completed ones.</summary>
    internal void CompleteResize(int index)
    {
        if (_resizers.Count == 0)
            return;
        (HandlePoolResizer real, ModelResizer model) = _resizers[index % _resizers.Count];
        Step($"{model.Process} completes: {model.Direction} to {model.ToCapacity}", () => _model.CompleteResize(model),
            () => Outcome.Of(real.Process.CompleteResize(real)), (real.Process, model.Process));
        Same("completed", model.IsCompleted, real.IsCompleted);
    }

    internal void Optimize((HandleProcess Real, ModelProcess Model) process) =>
        Step($"optimize {process.Model}", () => _model.Optimize(process.Model), () => Outcome.Of(process.Real.Optimize()), process);

    internal void FailAllocations((HandleProcess Real, ModelProcess Model)? process, ResizeDirection? direction, int after, int count)
    {
        HandleFault? real = null;
        Outcome outcome = Step($"allocations of {process?.Model.ToString() ?? "all"} fail, {direction?.ToString() ?? "both ways"}: {count} after {after}",
            () => _model.FailAllocations(process?.Model, direction, after, count),
            () =>
            {
                real = Session.FailAllocations(process?.Real, direction, after, count);
                return Outcome.Nothing;
            });
        if (outcome.Error is null)
            _faults.Add((real!, _model.Faults[^1]));
    }

    internal void FlipBit((HandleProcess Real, ModelProcess Model) process, int handle) =>
        Step($"flip bit {handle} of {process.Model}", () => ModelSession.FlipBit(process.Model, handle),
            () =>
            {
                Session.RemoveFault(Session.FlipBit(process.Real, handle));
                return Outcome.Nothing;
            },
            process);

    internal void ClearFault(int index)
    {
        if (_faults.Count == 0)
            return;
        index %= _faults.Count;
        (HandleFault real, ModelFault model) = _faults[index];
        Same("hits of the fault", model.Hits, real.Hits);
        _faults.RemoveAt(index);
        _model.Faults.Remove(model);
        Same("fault taken away", true, Session.RemoveFault(real));
        Same("fault taken away twice", false, Session.RemoveFault(real));
    }

    internal void Repair()
    {
        Step($"repair", _model.Repair, () =>
        {
            Session.Repair(Session.FindMismatches());
            return Outcome.Nothing;
        });
        CompareAll();
    }

    /// <summary>Creates a node for a process to hold, of another living process in its context or of its own.</summary>
    internal void CreateNodeFor(ModelProcess holder) => CreateNode(_processes.Find(process =>
        process.Model != holder && process.Model.Context == holder.Context && !process.Model.IsDead) is { Model: not null } owner
        ? owner : _processes.Find(process => process.Model == holder));

    /// <summary>
    /// Returns the index, from <paramref name="index"/> on, of a node for which the process could get a new handle; null if there
    /// is none.
    /// </summary>
    internal int? FindUnheld(ModelProcess process, int index)
    {
        for (; index < _nodes.Count; index++)
        {
            ModelNode node = _nodes[index].Model;
            if (!node.IsDead && node.Owner.Context == process.Context && !_model.IsManagersOwn(process, node) && !process.Handles.ContainsKey(node))
                return index;
        }

        return null;
    }

    private static void Same<T>(string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new ModelDifference($"{what}: {Text(expected)} by the rules, {Text(actual)} in the session");

        static string Text(T value) => value?.ToString() ?? "nothing";
    }

    internal static void SameList<T>(string what, IEnumerable<T> expected, IEnumerable<T> actual)
    {
        List<T> left = [.. expected], right = [.. actual];
        if (left.SequenceEqual(right))
            return;
        int at = left.Zip(right).TakeWhile(pair => EqualityComparer<T>.Default.Equals(pair.First, pair.Second)).Count();
        throw new ModelDifference(
            $"{what}: {left.Count} by the rules, {right.Count} in the session; at {at} {At(left)} by the rules, {At(right)} in the session");

        string At(List<T> list) => at < list.Count ? list[at]?.ToString() ?? "nothing" : "the end";
    }

    private void Add(HandleNode real)
    {
        ModelNode model = _model.NewestNode!;
        Same("node", model.Id, real.Id);
        _nodes.Add((real, model));
        _nodesById.Add(real.Id, real);
    }

    private Outcome Step(FormattableString what, Func<Outcome> expected, Func<Outcome> actual,
        (HandleProcess Real, ModelProcess Model)? process = null, ModelNode? node = null)
    {
        Steps++;
        _model.Events.Clear();
        int nodes = _model.Nodes.Count;
        Outcome right = expected();
        Outcome real = Outcome.Of(actual);
        _last = (what, right);
        _outcomes?.Add(right);
        if (right != real)
            Same(Last, right, real);
        CompareEvents();
        if (process is { } touched)
            ComparePool(touched.Real, touched.Model);
        if (node is not null)
            CompareNode(node);
        else if (right is { Handle: not null, Id: { } id })
            CompareNode(_nodes.Find(each => each.Model.Id == id).Model);
        if (_model.Nodes.Count < nodes)
            ForgetGone();
        if (Steps >= _nextFullComparison)
            CompareAll();
        return right;
    }

    /// <summary>Keeps a few nodes that are gone, to test that they are refused.</summary>
    private void ForgetGone()
    {
        int gone = _nodes.Count - _model.Nodes.Count;
        _nodes.RemoveAll(node => !_model.Nodes.Contains(node.Model) && --gone >= KeptWhenOver && _nodesById.Remove(node.Model.Id));
    }

    private void CompareEvents()
    {
        HandleEvent[] events = Session.GetEvents();
        long before = _events;
        _events = events.Length == 0 ? 0 : events[^1].Sequence;
        if (_events == before && _model.Events.Count == 0)
            return;
        SameList("events", _model.Events, events.Where(each => each.Sequence > before)
            .Select(each => new ModelEvent(each.Kind, each.Process.Id, each.FromCapacity, each.ToCapacity, each.Handle)));
    }

    private static void ComparePool(HandleProcess real, ModelProcess model)
    {
        HandlePoolStatus status = real.GetPool();
        ModelPool pool = model.Pool;
        Same("handles held", model.References.Count, real.HandleCount);
        Same("used", pool.Used.Count, status.InUse);
        Same("highest used", pool.HighestUsed, status.HighestUsed);
        Same("lowest free", pool.LowestFree, status.LowestFree);
        Same("capacity", pool.Capacity, status.Capacity);
        Same("fitting capacity", pool.FittingCapacity, real.FittingCapacity);
        Same("disabled", pool.IsDisabled, status.IsDisabled);
        Same("grown, shrunk, discarded", (pool.GrowCount, pool.ShrinkCount, pool.DiscardedResizes),
            (status.GrowCount, status.ShrinkCount, status.DiscardedResizes));
    }

    private void CompareNode(ModelNode node)
    {
        HandleNode real = _nodesById[node.Id];
        ((long, long, int), bool) expected = (_model.Sum(node), node.IsDead), actual = ((real.Strong, real.Weak, real.TableCount), real.IsDead);
        if (expected != actual)
            Same($"strong, weak, holders, death of node {node.Id}", expected, actual);
    }

    private void CompareAll()
    {
        _nextFullComparison = Steps + StepsBetweenFullComparisons;
        ILookup<ModelProcess, ModelNode> living = _model.Nodes.Where(node => !node.IsDead).ToLookup(node => node.Owner);
        SameList("living processes", _model.Processes.Where(process => !process.IsDead).Select(Identity).Order(),
            Session.GetProcesses().Select(process => (process.Id, process.Context, process.IsDead, process.IsManager, process.NodeCount)));
        SameList("all processes", _model.Processes.Select(Identity).Order(), Session.GetProcesses(includeDead: true)
            .Select(process => (process.Id, process.Context, process.IsDead, process.IsManager, process.NodeCount)).Order());
        foreach ((HandleProcess real, ModelProcess model) in _processes)
        {
            ComparePool(real, model);
            SameList($"references of {model}",
                model.References.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value.Node.Id, pair.Value.Strong, pair.Value.Weak)),
                real.GetReferences().Select(reference => (reference.Handle, reference.Node.Id, reference.Strong, reference.Weak)));
            IEnumerable<int> used = _options.Driver == HandleDriver.C611rc1 && model.Pool.IsResizable
                ? model.Pool.Used.Prepend(0).Distinct() : model.Pool.Used;
            SameList($"bits of {model}", used, Observed.SetBits(real.GetBitmap().Words));
        }

        SameList("nodes", _model.Nodes.OrderBy(node => node.Id).Select(node => (node.Id, node.Owner.Id, node.IsDead)),
            Session.GetNodes().Select(node => (node.Id, node.Owner!.Id, node.IsDead)));
        foreach ((HandleNode _, ModelNode model) in _nodes)
            CompareNode(model);
        SameList("mismatches", _model.Mismatches().Order(), Session.FindMismatches()
            .Select(mismatch => ($"{mismatch.Process?.Id}/{mismatch.Process?.Context}", mismatch.Kind, mismatch.Handle ?? -1)).Order());
        SameList("hits of faults", _model.Faults.Select(fault => fault.Hits), Session.GetFaults().Select(fault => fault.Hits));

        (int, string, bool, bool, int) Identity(ModelProcess process) => (process.Id, process.Context, process.IsDead,
            _model.IsManager(process), living[process].Count());
    }
}

/// <summary>Represents a difference between a session and its model.</summary>
internal sealed class ModelDifference(string message) : Exception(message);
