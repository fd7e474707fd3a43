using System.Globalization;

namespace HandlePool.Benchmarks.Traces;

/// <summary>Makes up a device from a seed: writes its trace, and knows the truth that the trace hides.</summary>
/// <remarks>
/// The driver here is its own small one: sets of free handles, and one counter of ids. Processes call each other, send nodes and handles,
/// drop references, exit and start. Two transactions may run at once; their lines are then mixed, on two CPUs.
/// </remarks>
internal sealed class TraceWorld
{
    /// <summary>The code of the call that leaks: its receiver never drops what it brings.</summary>
    internal const uint LeakingCode = 42;

    private const string OneContext = "binder";

    private readonly Random _random;
    private readonly TraceWorldOptions _options;
    private readonly TextWriter _trace;
    private readonly List<WorldProcess> _processes = [];
    private readonly Dictionary<string, WorldProcess> _managers = [];
    private int _lastId;
    private int _lastPid = 100;
    private long _time = 4_000_000;
    private long _line;

    internal TraceWorld(TextWriter trace, TraceWorldOptions options)
    {
        _random = new Random(options.Seed);
        _options = options;
        _trace = trace;
        _lastId = unchecked((int)options.FirstId);
        WriteHeader();
        foreach (string context in options.Contexts)
        {
            WorldProcess manager = Start(context);
            _managers.Add(context, manager);
            for (int count = 0; count < options.Processes; count++)
                Register(Start(context));
        }

        // One process uses two contexts.
        if (options.Contexts.Count > 1)
            Register(Start(options.Contexts[1], _processes.First(process => process.Context == options.Contexts[0] && !IsManager(process)).Pid));
        Leaking = (OfContext(OneContext)[1], OfContext(OneContext)[2]);
        Leaking.Caller.Name = "com.example.mail";
        Leaking.Holder.Name = "system_server";
    }

    /// <summary>Gets the process whose calls leak, and the one that keeps what they bring.</summary>
    internal (WorldProcess Caller, WorldProcess Holder) Leaking { get; }

    /// <summary>Gets the number of objects that became references of their receivers.</summary>
    internal int References { get; private set; }

    /// <summary>Gets the number of references that were dropped, and of processes that exited.</summary>
    internal (int References, int Processes) Dropped { get; private set; }

    /// <summary>Gets the references that exist, with the call that created each.</summary>
    internal IEnumerable<WorldReference> Held => _processes.SelectMany(process => process.References.Values);

    internal IReadOnlyList<WorldProcess> Processes => _processes;

    private static string Hex(uint number) => number.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Writes the header of a trace.</summary>
    private void WriteHeader()
    {
        Write("# tracer: nop");
        Write("#");
        Write($"# entries-in-buffer/entries-written: 1/1   #P:{_options.Cpus}");
        Write("#");
        Write("#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION");
    }

    /// <summary>Plays until this many more objects have become references.</summary>
    internal void Play(int references)
    {
        for (int goal = References + references; References < goal;)
        {
            int kind = _random.Next(100);
            if (kind < _options.DropPercent)
                Drop();
            else if (kind == 99 && _random.Next(20) == 0)
                Replace();
            else
                Call();
        }
    }

    /// <summary>Gives out a handle that is not the lowest: the fault that a test must find.</summary>
    internal static void Fault(WorldProcess process) => process.Skip();

    /// <summary>Writes a line of the kernel.</summary>
    internal void Write(string line)
    {
        _trace.Write(line);
        _trace.Write('\n');
        _line++;
    }

    /// <summary>Returns the state that the driver shows now.</summary>
    internal string DumpState()
    {
        StringWriter state = new() { NewLine = "\n" };
        state.WriteLine("binder state:");
        foreach (WorldProcess process in Enumerable.Reverse(_processes))
        {
            state.WriteLine(string.Create(CultureInfo.InvariantCulture, $"proc {process.Pid}{(_options.HasNames ? $" {process.Name}" : "")}\ncontext {process.Context}\n  thread {process.Pid}: l 12 need_return 0 tr 0"));
            foreach (WorldNode node in process.Nodes)
            {
                state.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  node {node.Id}: u{(IsManager(process) && node == process.Main ? 0 : node.Id):x16} c{(IsManager(process) && node == process.Main ? 0 : node.Id):x16} hs 1 hw 1 ls 0 lw 0 is {node.Holders.Count} iw {node.Holders.Count} tr 1 proc {string.Join(' ', node.Holders.Select(holder => holder.Pid))}"));
            }

            foreach (WorldReference reference in process.References.Values.OrderBy(reference => reference.Handle))
            {
                state.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  ref {reference.Id}: desc {reference.Handle} {(reference.Node.Owner.HasExited ? "dead " : "")}node {reference.Node.Id} s 1 w 1 d 0000000000000000"));
            }
        }

        return state.ToString();
    }

    private static int Percent => 100;

    private bool IsManager(WorldProcess process) => _managers[process.Context] == process;

    private List<WorldProcess> OfContext(string context) => [.. _processes.Where(process => process.Context == context)];

    private WorldProcess Start(string context, int? pid = null)
    {
        WorldProcess process = new(pid ?? (_lastPid += 10), context);
        process.Main = new WorldNode(++_lastId, process);
        process.Recent.Add(process.Main);
        _processes.Add(process);
        return process;
    }

    /// <summary>Gives the manager the main node of a process, and the process handle 0, which no line of a trace shows.</summary>
    private void Register(WorldProcess process)
    {
        WorldProcess manager = _managers[process.Context];
        process.Add(manager.Main, ++_lastId, new WorldCall(0, 0, 0, 0), isManager: true);
        Send([new WorldTransaction(++_lastId, process, manager, process.Pid, 3, IsReply: false, IsOneWay: true, [process.Main], 0)]);
    }

    private WorldProcess Any(string context, WorldProcess? except = null)
    {
        List<WorldProcess> all = OfContext(context);
        while (true)
        {
            WorldProcess process = all[_random.Next(all.Count)];
            if (process != except && !IsManager(process))
                return process;
        }
    }

    private void Call()
    {
        if (_random.Next(Percent) < _options.LeakPercent)
        {
            Send([new WorldTransaction(++_lastId, Leaking.Caller, Leaking.Holder, Leaking.Caller.Pid + 1, LeakingCode, IsReply: false, IsOneWay: true,
                [Leaking.Caller.NewNode(++_lastId)], 0)]);
            return;
        }

        string context = _options.Contexts[_random.Next(_options.Contexts.Count)];
        WorldTransaction first = Begin(context);
        if (_random.Next(4) == 0)
        {
            WorldTransaction second = Begin(context);

            // A thread does one thing at a time.
            if (second.Thread == first.Thread)
                second = second with { Thread = second.Thread + 7 };
            Send([first, second]);
            Reply(second);
        }
        else
        {
            Send([first]);
        }

        Reply(first);
    }

    private WorldTransaction Begin(string context)
    {
        WorldProcess sender = Any(context), receiver = Any(context, except: sender);
        int transaction = ++_lastId;
        return new WorldTransaction(transaction, sender, receiver, sender.Pid + _random.Next(3), (uint)_random.Next(1, 20), IsReply: false,
            IsOneWay: _random.Next(3) == 0, ObjectsOf(sender), 0);
    }

    private void Reply(WorldTransaction call)
    {
        if (!call.IsOneWay)
        {
            Send([new WorldTransaction(++_lastId, call.Receiver, call.Sender, call.Receiver.Pid + 5, call.Code, IsReply: true, IsOneWay: false,
                ObjectsOf(call.Receiver), call.Thread)]);
        }
    }

    private List<WorldNode> ObjectsOf(WorldProcess sender)
    {
        List<WorldNode> objects = [];
        for (int count = _random.Next(4); count > 0; count--)
        {
            int kind = _random.Next(3);
            if (kind == 0 && sender.References.Count > 0)
                objects.Add(sender.Held[_random.Next(sender.Held.Count)].Node);
            else if (kind == 1)
                objects.Add(sender.Recent[_random.Next(sender.Recent.Count)]);
            else
                objects.Add(sender.NewNode(++_lastId));
        }

        return objects;
    }

    /// <summary>Runs transactions at the same time.</summary>
    private void Send(List<WorldTransaction> transactions)
    {
        List<Queue<(WorldTransaction Transaction, string Payload, WorldReference? Created)>> lines = [];
        foreach (WorldTransaction transaction in transactions)
        {
            lines.Add(new());
            int target = transaction.IsReply ? 0 : transaction.Receiver.Main.Id;
            lines[^1].Enqueue((transaction, string.Create(CultureInfo.InvariantCulture,
                $"binder_transaction: transaction={transaction.Id} dest_node={target} dest_proc={transaction.Receiver.Pid} dest_thread={(transaction.IsReply ? transaction.CallerThread : 0)} reply={(transaction.IsReply ? 1 : 0)} flags=0x{(transaction.IsOneWay ? 1 : 0)} code=0x{(transaction.IsReply ? "0" : Hex(transaction.Code))}"), null));
            foreach (WorldNode node in transaction.Objects)
            {
                string payload = Translate(transaction, node, out WorldReference? created);
                lines[^1].Enqueue((transaction, payload, created));
            }
        }

        while (lines.Count > 0)
        {
            int at = _random.Next(lines.Count);
            (WorldTransaction transaction, string payload, WorldReference? created) = lines[at].Dequeue();
            created?.SetLine(_line + 1);
            WriteEvent(transaction, at, payload);
            if (lines[at].Count == 0)
                lines.RemoveAt(at);
        }
    }

    private string Translate(WorldTransaction transaction, WorldNode node, out WorldReference? created)
    {
        (WorldProcess sender, WorldProcess receiver) = (transaction.Sender, transaction.Receiver);
        created = null;
        if (node.Owner == receiver)
        {
            WorldReference source = sender.References[node];
            return string.Create(CultureInfo.InvariantCulture,
                $"binder_transaction_ref_to_node: transaction={transaction.Id} node={node.Id} src_ref={source.Id} src_desc={source.Handle} ==> dest_ptr=0x{node.Id:x16}");
        }

        References++;
        if (!receiver.References.TryGetValue(node, out WorldReference? reference))
        {
            WorldCall call = transaction.IsReply
                ? new WorldCall(receiver.Pid, transaction.CallerThread, transaction.Code, sender.Pid)
                : new WorldCall(sender.Pid, transaction.Thread, transaction.Code, receiver.Pid);
            created = reference = receiver.Add(node, ++_lastId, call, isManager: _managers[receiver.Context].Main == node);
        }

        return node.Owner == sender
            ? string.Create(CultureInfo.InvariantCulture,
                $"binder_transaction_node_to_ref: transaction={transaction.Id} node={node.Id} src_ptr=0x{node.Id:x16} ==> dest_ref={reference.Id} dest_desc={reference.Handle}")
            : string.Create(CultureInfo.InvariantCulture,
                $"binder_transaction_ref_to_ref: transaction={transaction.Id} node={node.Id} src_ref={sender.References[node].Id} src_desc={sender.References[node].Handle} ==> dest_ref={reference.Id} dest_desc={reference.Handle}");
    }

    private void WriteEvent(WorldTransaction transaction, int cpu, string payload)
    {
        _time += _random.Next(1, _options.MostBetween);

        // The clocks of CPUs differ a little.
        long time = Math.Max(0, _time - (_random.Next(10) == 0 ? _random.Next(5) : 0));
        string process = _options.HasProcesses ? string.Create(CultureInfo.InvariantCulture, $" ({transaction.Sender.Pid,7})") : "";
        string flags = _options.HasFlags ? " ....." : "";
        string name = $"{(transaction.Id % 7 == 0 ? "a [b]-c (d) " : "app")}{transaction.Sender.Pid}";
        Write(string.Create(CultureInfo.InvariantCulture,
            $"{name,16}-{transaction.Thread,-7}{process} [{(uint)(transaction.Id + cpu) % _options.Cpus:000}]{flags} {time / 1_000_000,5}.{time % 1_000_000:000000}: {payload}"));
    }

    /// <summary>Lets a process drop references: any but those of leaking calls, and handle 0.</summary>
    private void Drop()
    {
        WorldProcess process = _processes[_random.Next(_processes.Count)];
        for (int count = _random.Next(1, 6); count > 0 && process.Held.Count > 0; count--)
        {
            WorldReference reference = process.Held[_random.Next(process.Held.Count)];
            if (reference.Handle == 0 || reference.Call.Code == LeakingCode)
                continue;
            process.Drop(reference);
            Dropped = Dropped with { References = Dropped.References + 1 };
        }
    }

    /// <summary>Lets a process exit, and another start.</summary>
    private void Replace()
    {
        WorldProcess process = Any(_options.Contexts[^1]);
        if (process == Leaking.Caller || process == Leaking.Holder)
            return;
        _processes.Remove(process);
        process.Exit();
        Dropped = Dropped with { Processes = Dropped.Processes + 1 };
        Register(Start(process.Context));
    }
}

/// <summary>Represents the options of a made-up device.</summary>
/// <param name="Seed">The seed.</param>
internal sealed record TraceWorldOptions(int Seed)
{
    /// <summary>Gets the number of processes in each context, without the manager.</summary>
    internal int Processes { get; init; } = 12;

    internal IReadOnlyList<string> Contexts { get; init; } = ["binder"];

    internal int Cpus { get; init; } = 4;

    /// <summary>Gets the microseconds between two lines that are too many.</summary>
    internal int MostBetween { get; init; } = 40;

    /// <summary>Gets the last id that the driver has given out before, of 32 bits.</summary>
    internal long FirstId { get; init; }

    /// <summary>Gets whether lines have the pid in parentheses.</summary>
    internal bool HasProcesses { get; init; } = true;

    /// <summary>Gets whether lines have the column of flags.</summary>
    internal bool HasFlags { get; init; } = true;

    /// <summary>Gets whether states have the names of processes, as vendors print them.</summary>
    internal bool HasNames { get; init; }

    /// <summary>Gets how many of a hundred steps drop references.</summary>
    internal int DropPercent { get; init; } = 30;

    /// <summary>Gets how many of a hundred calls leak.</summary>
    internal int LeakPercent { get; init; } = 5;
}

/// <summary>Represents a process in one context, with its handles.</summary>
internal sealed class WorldProcess(int pid, string context)
{
    private readonly SortedSet<int> _free = [];
    private int _next = 1;

    internal int Pid { get; } = pid;

    internal string Context { get; } = context;

    internal string Name { get; set; } = string.Create(CultureInfo.InvariantCulture, $"app{pid}");

    internal WorldNode Main { get; set; } = null!;

    /// <summary>Gets the nodes that it offers and others hold, in the order of their ids.</summary>
    internal SortedSet<WorldNode> Nodes { get; } = new(Comparer<WorldNode>.Create((one, other) => one.Id.CompareTo(other.Id)));

    /// <summary>Gets some of its nodes, which it sends again.</summary>
    internal List<WorldNode> Recent { get; } = [];

    internal Dictionary<WorldNode, WorldReference> References { get; } = [];

    /// <summary>Gets the same references as a list.</summary>
    internal List<WorldReference> Held { get; } = [];

    internal bool HasExited { get; private set; }

    internal WorldNode NewNode(int id)
    {
        WorldNode node = new(id, this);
        Recent.Add(node);
        if (Recent.Count > 200)
            Recent.RemoveRange(0, 100);
        return node;
    }

    internal WorldReference Add(WorldNode node, int id, WorldCall call, bool isManager)
    {
        int handle = isManager && !References.Values.Any(reference => reference.Handle == 0) ? 0 : _free.Count > 0 ? _free.Min : _next++;
        _free.Remove(handle);
        WorldReference reference = new(id, this, node, handle, call);
        References.Add(node, reference);
        reference.Index = Held.Count;
        Held.Add(reference);
        node.Holders.Add(this);
        node.Owner.Nodes.Add(node);
        return reference;
    }

    internal void Drop(WorldReference reference)
    {
        References.Remove(reference.Node);
        Held[^1].Index = reference.Index;
        Held[reference.Index] = Held[^1];
        Held.RemoveAt(Held.Count - 1);
        reference.Node.Holders.Remove(this);
        if (reference.Node.Holders.Count == 0)
            reference.Node.Owner.Nodes.Remove(reference.Node);
        if (reference.Handle > 0)
            _free.Add(reference.Handle);
    }

    /// <summary>Leaves the lowest free handle out once.</summary>
    internal void Skip()
    {
        if (_free.Count > 0)
            _free.Remove(_free.Min);
        else
            _next++;
    }

    internal void Exit()
    {
        HasExited = true;
        foreach (WorldReference reference in References.Values.ToArray())
            Drop(reference);
    }
}

/// <summary>Represents a node.</summary>
internal sealed class WorldNode(int id, WorldProcess owner)
{
    internal int Id { get; } = id;

    internal WorldProcess Owner { get; } = owner;

    internal HashSet<WorldProcess> Holders { get; } = [];
}

/// <summary>Represents a reference, and the call that created it.</summary>
internal sealed class WorldReference(int id, WorldProcess holder, WorldNode node, int handle, WorldCall call)
{
    internal int Id { get; } = id;

    internal WorldProcess Holder { get; } = holder;

    internal WorldNode Node { get; } = node;

    internal int Handle { get; } = handle;

    internal WorldCall Call { get; } = call;

    /// <summary>Gets or sets the index in the list of its holder.</summary>
    internal int Index { get; set; }

    /// <summary>Gets the line of the trace; 0 if it has none.</summary>
    internal long Line { get; private set; }

    internal void SetLine(long line) => Line = line;
}

/// <summary>Represents a call: the caller's pid and thread, the code, and the pid that was called.</summary>
internal readonly record struct WorldCall(int Process, int Thread, uint Code, int Called);

/// <summary>Represents a transaction.</summary>
internal sealed record WorldTransaction(int Id, WorldProcess Sender, WorldProcess Receiver, int Thread, uint Code, bool IsReply, bool IsOneWay,
    List<WorldNode> Objects, int CallerThread);
