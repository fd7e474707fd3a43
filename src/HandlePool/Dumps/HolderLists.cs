using System.Globalization;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Keeps the lists of holders in the lines of nodes, and compares them with the references.</summary>
/// <remarks>
/// A sum for each node tells whether its list and its references agree, so that only the references of nodes where they do not are
/// looked at again.
/// </remarks>
internal static class HolderLists
{
    private const int NamedNodes = 3;
    private const int NamedPids = 5;

    // A driver locks one process after another, so that a few nodes may differ, on a busy device more.
    private const int NormalDifference = 10;
    private const double NormalShare = 0.1;

    // A list without its items.
    private const int ListBytes = 32;

    /// <summary>Gives a node what its line says.</summary>
    /// <returns>The memory that it takes besides the node, in bytes.</returns>
    internal static int Keep(ListedNode node, NodeLine line)
    {
        node.SetLine(new NodeListing(line.Pointer, line.Cookie, line.CountsIndex));
        List<int> holders = line.Holders;
        uint balance = 0;
        foreach (int pid in holders)
            balance += ListedNode.Weigh(pid);
        node.Balance += balance;
        switch (holders.Count)
        {
            case 0:
                return 0;
            case 1:
                node.SetHolder(holders[0]);
                return 0;
            default:
                node.Holders = [.. holders];
                return ListBytes + (sizeof(int) * holders.Count);
        }
    }

    /// <summary>Drops the holders whose references are there, and returns the disagreements.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="processes">The holders of the references.</param>
    /// <param name="isWhole">Whether all processes are there. Otherwise only those that are there are compared.</param>
    internal static Differences Compare(IEnumerable<ListedNode> nodes, IReadOnlyCollection<HandleProcess> processes, bool isWhole)
    {
        Differences differences = new();
        Dictionary<string, HashSet<HashedId>> present = [];
        foreach (IGrouping<string, HandleProcess> inContext in processes.GroupBy(process => process.Context))
            present.Add(inContext.Key, [.. inContext.Select(process => (HashedId)process.Id)]);

        Dictionary<HandleNode, List<int>> toRead = [];
        foreach (ListedNode node in nodes)
        {
            differences.IsAnyOwnerless |= node is { Owner: null, IsDead: false };
            if (!node.HasHolders)
                continue;
            differences.Compared++;
            if (node.Balance == 0)
                node.Holders = null;
            else if (node.TableCount > 0)
                toRead.Add(node, []);
            else if (FindMissing(node, node.Holders!) is { Length: > 0 } missing)
                differences.Add(node, missing, []);
        }

        if (toRead.Count == 0)
            return differences;
        foreach (HandleProcess process in processes)
        {
            foreach (HandleReference reference in process.GetReferences())
            {
                if (toRead.TryGetValue(reference.Node, out List<int>? pids))
                    pids.Add(process.Id);
            }
        }

        foreach ((HandleNode each, List<int> references) in toRead)
        {
            ListedNode node = (ListedNode)each;
            (int[] listed, int[] unlisted) = Subtract(node.Holders!, references);
            node.Holders = listed.Length == 0 ? null : listed;
            int[] missing = FindMissing(node, listed);
            if (missing.Length > 0 || unlisted.Length > 0)
                differences.Add(node, missing, unlisted);
        }

        return differences;

        int[] FindMissing(ListedNode node, int[] listed)
        {
            if (isWhole)
                return listed;
            HashSet<HashedId>? known = node.Context is { } context ? present.GetValueOrDefault(context) : null;
            return known is null ? [] : Array.FindAll(listed, id => known.Contains(id));
        }
    }

    /// <summary>Returns what only one of two lists has. A pid may stand in both several times.</summary>
    private static (int[] Listed, int[] Unlisted) Subtract(int[] listed, List<int> references)
    {
        Dictionary<HashedId, (int Pid, int Count)> counts = [];
        foreach (int pid in references)
            counts[pid] = (pid, counts.GetValueOrDefault(pid).Count + 1);
        List<int> onlyListed = [];
        foreach (int pid in listed)
        {
            if (counts.GetValueOrDefault(pid).Count is > 0 and int count)
                counts[pid] = (pid, count - 1);
            else
                onlyListed.Add(pid);
        }

        return ([.. onlyListed], [.. counts.Values.SelectMany(each => Enumerable.Repeat(each.Pid, each.Count))]);
    }

    /// <summary>Collects the nodes whose lists and references disagree.</summary>
    internal sealed class Differences
    {
        private readonly List<string> _named = [];

        internal int Compared { get; set; }

        /// <summary>Gets or sets whether a living node has no owner.</summary>
        internal bool IsAnyOwnerless { get; set; }

        internal int Count { get; private set; }

        /// <summary>Gets whether they are more than what happens on a busy device while the driver prints process after process.</summary>
        internal bool AreMany => Unlisted > Math.Max(NormalDifference, NormalShare * Compared);

        /// <summary>Gets the number of nodes with holders that they do not list.</summary>
        internal int Unlisted { get; private set; }

        /// <summary>Gets the id of the first node.</summary>
        internal long FirstNode { get; private set; }

        internal void Add(HandleNode node, int[] missing, int[] unlisted)
        {
            if (Count++ == 0)
                FirstNode = node.Id;
            if (unlisted.Length > 0)
                Unlisted++;
            if (Count > NamedNodes)
                return;
            if (missing.Length > 0)
                _named.Add(string.Create(CultureInfo.InvariantCulture, $"node {node.Id} lists {Name(missing)} without a reference"));
            if (unlisted.Length > 0)
                _named.Add(string.Create(CultureInfo.InvariantCulture, $"node {node.Id} is held by {Name(unlisted)} without listing it"));
        }

        internal string Describe() => string.Create(CultureInfo.InvariantCulture,
            $"{Count} of {Phrase.Count(Compared, "node")} {(Count == 1 ? "lists" : "list")} other holders than the references show: {string.Join("; ", _named)}{(Count > NamedNodes ? "; ..." : ".")}");

        private static string Name(int[] pids) =>
            string.Join(", ", pids.Take(NamedPids)) + (pids.Length > NamedPids ? $" and {pids.Length - NamedPids} more" : "");
    }
}
