using System.Runtime.InteropServices;
using HandlePool.Tables;

namespace HandlePool.Integrity;

/// <summary>Holds pools, tables and nodes of a session against each other while nothing in it moves.</summary>
/// <remarks>
/// The references by handle are what the rest is held against: they are the truth to whoever holds a handle. Everything else
/// can be made from them, and mending does just that.
/// </remarks>
internal sealed class SessionIntegrity
{
    private readonly HandleSession _session;
    private readonly HandleProcess[] _all;
    private readonly NodeRegistry _nodes;
    private readonly MismatchList _found;

    /// <summary>To be used while the session stands still.</summary>
    /// <param name="session">The session.</param>
    /// <param name="all">All its processes, those that have exited included.</param>
    /// <param name="nodes">Its nodes.</param>
    internal SessionIntegrity(HandleSession session, HandleProcess[] all, NodeRegistry nodes)
    {
        _session = session;
        _all = all;
        _nodes = nodes;
        _found = new MismatchList(session);
    }

    /// <summary>What is wrong with these processes and the nodes that they hold; with everything, if it is null.</summary>
    internal HandleList<HandleMismatch> Find(IReadOnlyCollection<HandleProcess>? processes)
    {
        foreach (HandleProcess process in processes ?? _all)
            Check(process);
        CheckNodes(SumNodes(processes is null ? null : NodesHeldBy(processes)), mend: false);
        return _found.ToList();
    }

    /// <summary>Mends these processes, the nodes that they hold, and these nodes.</summary>
    /// <returns>What was wrong with them.</returns>
    internal HandleList<HandleMismatch> Mend(IReadOnlyCollection<HandleProcess> processes, IEnumerable<HandleNode> nodes)
    {
        foreach (HandleProcess process in processes)
        {
            int before = _found.Count;
            Check(process);
            if (_found.Count == before)
                continue;
            process.Table.Mend();
            int count = _found.Count - before;
            _session.Record(process, HandleEventKind.Mended, count == 1 ? "1 mismatch was mended." : $"{count} mismatches were mended.", null, null, null);
        }

        HashSet<TableNode> concerned = NodesHeldBy(processes);
        concerned.UnionWith(nodes);
        CheckNodes(SumNodes(concerned), mend: true);
        return _found.ToList();
    }

    /// <summary>A process that has exited has nothing that could be wrong: its references are gone, or just going.</summary>
    private void Check(HandleProcess process)
    {
        if (process.IsDead)
            return;
        _found.Process = process;
        process.Table.FindMismatches(_found);
    }

    private static HashSet<TableNode> NodesHeldBy(IEnumerable<HandleProcess> processes)
    {
        HashSet<TableNode> nodes = [];
        foreach (HandleProcess process in processes)
        {
            foreach (TableEntry entry in process.Table.Scan())
                nodes.Add(entry.Node);
        }

        return nodes;
    }

    /// <summary>Counts the holders of nodes anew; of all in the session or held in it, if it is null.</summary>
    private Dictionary<TableNode, NodeSum> SumNodes(HashSet<TableNode>? only)
    {
        Dictionary<TableNode, NodeSum> sums = [];
        foreach (TableNode node in only ?? (IEnumerable<TableNode>)_nodes.ToArray())
            sums.Add(node, default);

        foreach (HandleProcess process in _all)
        {
            foreach (TableEntry entry in process.Table.Scan())
            {
                if (only is not null && !only.Contains(entry.Node))
                    continue;
                ref NodeSum sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, entry.Node, out _);
                sum = new NodeSum(sum.Holders + 1, sum.Strong + entry.Strong, sum.Weak + entry.Weak);
            }
        }

        return sums;
    }

    private void CheckNodes(Dictionary<TableNode, NodeSum> sums, bool mend)
    {
        _found.Process = null;
        foreach ((TableNode tableNode, NodeSum sum) in sums)
        {
            HandleNode node = (HandleNode)tableNode;
            int before = _found.Count;
            CheckCount(node, "holders", sum.Holders, node.HolderCount);
            CheckCount(node, "strong counts", sum.Strong, node.Strong);
            CheckCount(node, "weak counts", sum.Weak, node.Weak);
            if (mend && _found.Count > before)
                node.Restate(sum.Holders, sum.Strong, sum.Weak);

            bool isMissing = sum.Holders > 0 && _nodes.Find(node.Id) != node;
            if (isMissing)
                _found.Add(HandleMismatchKind.NodeMissing, "list of nodes", "the node, as it is held", "no such node", node: node);
            if (mend && isMissing && _nodes.Find(node.Id) is null)
                _nodes.Add(node);
            else if (mend && _found.Count > before && node.IsDead && node.MarkDead())
                _nodes.Remove(node);
        }
    }

    private void CheckCount(HandleNode node, string what, long expected, long found)
    {
        if (expected != found)
            _found.Add(HandleMismatchKind.NodeCount, what, expected, found, node: node);
    }

    private readonly record struct NodeSum(int Holders, long Strong, long Weak);
}
