using System.Globalization;
using System.Runtime.InteropServices;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Experiments;

/// <summary>Compares the pools, tables and nodes of a locked session, and repairs them.</summary>
/// <remarks>
/// The references by handle are the truth, because processes use them. Everything else can be rebuilt from them, and a repair does
/// exactly that.
/// </remarks>
internal sealed class IntegrityCheck(HandleSession session, SessionLock locked, CancellationToken cancellationToken)
{
    private readonly List<HandleMismatch> _found = [];

    /// <summary>Finds mismatches in these processes and the nodes that they hold, or in everything if null.</summary>
    internal HandleList<HandleMismatch> Find(IReadOnlyCollection<HandleProcess>? processes)
    {
        foreach (HandleProcess process in (processes ?? locked.Processes).WithCancellation(cancellationToken))
            Check(process);
        CheckNodes(SumNodes(processes is null ? null : NodesHeldBy(processes)), repair: false);
        return new HandleList<HandleMismatch>(_found);
    }

    /// <summary>Repairs these processes, the nodes that they hold, and these nodes.</summary>
    /// <returns>The mismatches that were repaired.</returns>
    internal HandleList<HandleMismatch> Repair(IReadOnlyCollection<HandleProcess> processes, IEnumerable<HandleNode> nodes)
    {
        foreach (HandleProcess process in processes)
        {
            int before = _found.Count;
            Check(process);
            int count = _found.Count - before;
            if (count == 0)
                continue;
            process.Table.Repair();
            session.Record(process, HandleEventKind.Repaired,
                $"{Phrase.Count(count, "mismatch was", "mismatches were")} repaired.", null, null, null);
        }

        HashSet<TableNode> concerned = NodesHeldBy(processes);
        concerned.UnionWith(nodes);
        CheckNodes(SumNodes(concerned), repair: true);
        return new HandleList<HandleMismatch>(_found);
    }

    /// <summary>Checks a process. One that has exited has no references, or is about to drop them.</summary>
    private void Check(HandleProcess process)
    {
        if (process.IsDead)
            return;
        foreach (TableMismatch mismatch in process.Table.FindMismatches())
        {
            _found.Add(new HandleMismatch(session, mismatch.Kind, process, mismatch.Handle, (HandleNode?)mismatch.Node,
                mismatch.Location, mismatch.Expected, mismatch.Found));
        }
    }

    private HashSet<TableNode> NodesHeldBy(IEnumerable<HandleProcess> processes)
    {
        HashSet<TableNode> nodes = [];
        foreach (HandleProcess process in processes.WithCancellation(cancellationToken))
        {
            foreach (TableEntry entry in process.Table.Scan())
                nodes.Add(entry.Node);
        }

        return nodes;
    }

    /// <summary>Recomputes the holders and counts of nodes; of all that are in the session or held in it if null.</summary>
    private Dictionary<TableNode, NodeSum> SumNodes(HashSet<TableNode>? only)
    {
        Dictionary<TableNode, NodeSum> sums = [];
        foreach (TableNode node in only ?? (IEnumerable<TableNode>)locked.Nodes.ToArray())
            sums.Add(node, default);

        foreach (HandleProcess process in locked.Processes.WithCancellation(cancellationToken))
        {
            foreach (TableEntry entry in process.Table.Scan().WithCancellation(cancellationToken))
            {
                if (only is not null && !only.Contains(entry.Node))
                    continue;
                ref NodeSum sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, entry.Node, out _);
                sum = new NodeSum(sum.Holders + 1, sum.Strong + entry.Strong, sum.Weak + entry.Weak);
            }
        }

        return sums;
    }

    private void CheckNodes(Dictionary<TableNode, NodeSum> sums, bool repair)
    {
        foreach ((TableNode tableNode, NodeSum sum) in sums.WithCancellation(cancellationToken))
        {
            HandleNode node = (HandleNode)tableNode;
            int before = _found.Count;
            CheckCount(node, "holders", sum.Holders, node.TableCount);
            CheckCount(node, "strong counts", sum.Strong, node.Strong);
            CheckCount(node, "weak counts", sum.Weak, node.Weak);
            if (repair && _found.Count > before)
                node.Restate(sum.Holders, sum.Strong, sum.Weak);

            bool isMissing = sum.Holders > 0 && locked.Nodes.Find(node.Id) != node;
            if (isMissing)
                Add(HandleMismatchKind.NodeMissing, node, "list of nodes", "the node, because it is held", "no such node");
            if (repair && isMissing && locked.Nodes.Find(node.Id) is null)
                locked.Nodes.Add(node);
            else if (repair && _found.Count > before && node.IsDead && node.MarkDead())
                locked.Nodes.Remove(node);
        }
    }

    private void CheckCount(HandleNode node, string what, long expected, long found)
    {
        if (expected != found)
            Add(HandleMismatchKind.NodeCount, node, what, expected.ToString(CultureInfo.InvariantCulture), found.ToString(CultureInfo.InvariantCulture));
    }

    private void Add(HandleMismatchKind kind, HandleNode node, string location, string expected, string found) =>
        _found.Add(new HandleMismatch(session, kind, process: null, handle: null, node, location, expected, found));

    private readonly record struct NodeSum(int Holders, long Strong, long Weak);
}
