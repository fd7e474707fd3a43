namespace HandlePool.Traces;

/// <summary>Tells which nodes of a trace are of one context, so that the handles of a process that uses several are not mixed.</summary>
/// <remarks>
/// The lines name no context. Objects go to a node of their own context only, so that all nodes in a transaction, and the one that it is
/// for, are of one context. A session names the contexts of its nodes.
/// </remarks>
internal sealed class TraceContexts
{
    // Stands for the groups of a process that has several. No context has this number.
    private const long Several = long.MinValue;

    // Nodes and transactions have ids of one counter. A context has a negative number.
    private readonly Dictionary<long, long> _parents = [];
    private readonly Dictionary<int, long> _groups = [];
    private readonly List<string> _names = [];

    internal TraceContexts(TraceRecords records, HandleSession? session, CancellationToken cancellationToken)
    {
        if (session is not null)
            Name(session, cancellationToken);
        for (int index = 0; index < records.Count; index++)
        {
            ref readonly TraceRecord record = ref records[index];
            if (record.Kind >= TraceRecordKind.ProxyCount)
                continue;
            if ((index & 0xfff) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            Join(record.Node, record.Transaction);
            if (record.HasCall && record.TargetNode > 0)
                Join(record.TargetNode, record.Transaction);
        }

        for (int index = 0; index < records.Count; index++)
        {
            ref readonly TraceRecord record = ref records[index];
            if (record.Kind >= TraceRecordKind.ProxyCount)
                continue;
            if ((index & 0xfff) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            long group = Find(record.Node);
            if (record.HasDestination)
                AddGroup(record.DestinationProcess, group);
            if (record.HasSource && record.Process > 0)
                AddGroup(record.Process, group);
        }
    }

    /// <summary>Returns the group of a node in the trace.</summary>
    internal long GroupOf(uint node) => Find(node);

    /// <summary>Returns the name of a group's context; null if it is unknown.</summary>
    internal string? NameOf(long group) => group < 0 ? _names[(int)(-1 - group)] : null;

    /// <summary>Returns whether a process has objects of this group only, so that they are of one context.</summary>
    internal bool IsOnly(int process, long group) => _groups.TryGetValue(process, out long only) && only == group;

    private void Name(HandleSession session, CancellationToken cancellationToken)
    {
        Dictionary<string, int> numbers = [];
        foreach (HandleProcess process in session.GetProcesses().WithCancellation(cancellationToken))
        {
            if (!numbers.TryGetValue(process.Context, out int number))
            {
                _names.Add(process.Context);
                numbers.Add(process.Context, number = -_names.Count);
            }

            foreach (HandleReference reference in process.GetReferences())
                Join(reference.NodeId, number);
            foreach (HandleNode node in process.GetNodes())
                Join(node.Id, number);
        }
    }

    private void AddGroup(int process, long group)
    {
        if (!_groups.TryAdd(process, group) && _groups[process] != group)
            _groups[process] = Several;
    }

    private void Join(long node, long other)
    {
        if (node is <= 0 or > uint.MaxValue)
            return;
        (long one, long two) = (Find(node), Find(other));

        // The number of a context stands for its group.
        if (one != two)
            _parents[Math.Max(one, two)] = Math.Min(one, two);
    }

    private long Find(long element)
    {
        long root = element;
        while (_parents.TryGetValue(root, out long parent))
            root = parent;
        while (element != root)
        {
            long next = _parents[element];
            _parents[element] = root;
            element = next;
        }

        return root;
    }
}
