namespace HandlePool.Generator;

/// <summary>Represents a process of a device.</summary>
internal sealed class DeviceProcess
{
    internal const string Binder = "binder";
    internal const string Hardware = "hwbinder";

    internal DeviceProcess(int pid, string name, int uid, string? package, bool isJava)
    {
        (Pid, Name, Uid, Package, IsJava) = (pid, name, uid, package, isJava);
        Table = new DeviceTable(this, Binder);
        HardwareTable = new DeviceTable(this, Hardware);
    }

    internal int Pid { get; }

    internal string Name { get; }

    internal int Uid { get; }

    internal string? Package { get; }

    internal bool IsJava { get; }

    internal DeviceTable Table { get; }

    internal DeviceTable HardwareTable { get; }

    /// <summary>Gets the tables that the driver has.</summary>
    internal IEnumerable<DeviceTable> Tables => ((DeviceTable[])[Table, HardwareTable]).Where(table => table.IsOpen);

    /// <summary>Gets the uid as the activity manager prints it.</summary>
    internal string UidText => Uid < 10_000 ? $"{Uid}" : $"u{Uid / 100_000}a{(Uid % 100_000) - 10_000}";

    /// <summary>Gets the uid as a process list prints it.</summary>
    internal string User => Uid switch
    {
        1000 => "system",
        1001 => "radio",
        1002 => "bluetooth",
        1013 => "media",
        1041 => "audioserver",
        < 10_000 => $"{Uid}",
        _ => $"u{Uid / 100_000}_a{(Uid % 100_000) - 10_000}",
    };

    /// <summary>Gets the name as the activity manager has it, which calls its own process by another.</summary>
    internal string RecordName => Name == Phone.SystemServer ? "system" : Name;

    /// <summary>Gets the name as the kernel has it: the end of a package's, the beginning of a file's.</summary>
    internal string Command => Name.Length <= 15 ? Name : IsJava ? Name[^15..] : Name[..15];
}

/// <summary>Represents the nodes and the handles of a process in one context.</summary>
internal sealed class DeviceTable(DeviceProcess process, string context)
{
    private readonly Dictionary<DeviceNode, DeviceReference> _byNode = [];
    private readonly SortedSet<int> _freed = [];
    private int _next = 1;

    internal DeviceProcess Process { get; } = process;

    internal string Context { get; } = context;

    /// <summary>Gets or sets whether the process opened the device.</summary>
    internal bool IsOpen { get; set; }

    /// <summary>Gets whether the process is the context's manager.</summary>
    internal bool IsManager { get; set; }

    internal List<DeviceNode> Nodes { get; } = [];

    /// <summary>Gets the references in the order of their handles.</summary>
    internal SortedDictionary<int, DeviceReference> References { get; } = [];

    /// <summary>Gets the number of nodes and references since it began, with those that are gone.</summary>
    internal (int Nodes, int References) Taken { get; private set; }

    internal DeviceReference? Find(DeviceNode node) => _byNode.GetValueOrDefault(node);

    internal DeviceNode AddNode(long id, string name, string? service = null)
    {
        DeviceNode node = new(id, this, name, service);
        Nodes.Add(node);
        Taken = (Taken.Nodes + 1, Taken.References);
        return node;
    }

    /// <summary>Adds a reference at the lowest handle that is free; that to the manager has handle 0.</summary>
    internal DeviceReference AddReference(long id, DeviceNode node, int sender, int strong)
    {
        int handle = 0;
        if (!node.Table.IsManager || node.Table.Nodes[0] != node)
        {
            handle = _freed.Count > 0 ? _freed.Min : _next++;
            _freed.Remove(handle);
        }

        DeviceReference reference = new(id, handle, node, this, sender, strong);
        References.Add(handle, reference);
        _byNode.Add(node, reference);
        node.Holders.Add(reference);
        Taken = (Taken.Nodes, Taken.References + 1);
        return reference;
    }

    internal void Drop(DeviceReference reference)
    {
        References.Remove(reference.Handle);
        _byNode.Remove(reference.Node);
        reference.Node.Holders.Remove(reference);
        if (reference.Handle > 0)
            _freed.Add(reference.Handle);
    }
}

/// <summary>Represents a node, which is only equal to itself.</summary>
internal sealed class DeviceNode(long id, DeviceTable table, string name, string? service)
{
    internal long Id { get; } = id;

    internal DeviceTable Table { get; } = table;

    /// <summary>Gets the descriptor of its interface, which may be empty.</summary>
    internal string Interface { get; } = name;

    /// <summary>Gets the name under which it is registered; null if it is not.</summary>
    internal string? Service { get; } = service;

    internal List<DeviceReference> Holders { get; } = [];

    /// <summary>Gets or sets whether its owner has exited.</summary>
    internal bool IsDead { get; set; }
}

/// <summary>Represents a handle of a process.</summary>
/// <param name="Id">The debug id.</param>
/// <param name="Handle">The handle.</param>
/// <param name="Node">The node.</param>
/// <param name="Table">The holder.</param>
/// <param name="SenderUid">The uid of the process that sent it, which is mostly that of the owner.</param>
/// <param name="Strong">The strong count: 0 or 1.</param>
internal sealed record DeviceReference(long Id, int Handle, DeviceNode Node, DeviceTable Table, int SenderUid, int Strong)
{
    public bool Equals(DeviceReference? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Id.GetHashCode();
}
