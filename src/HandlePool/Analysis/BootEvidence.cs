using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Finds evidence that a device was rebooted between two sessions.</summary>
internal static class BootEvidence
{
    private const int FewestLateNodes = 20;

    /// <summary>The least number of processes that run on, and would have kept a node.</summary>
    private const int FewestProcesses = 5;

    /// <summary>Returns the evidence as a clause; null if there is none. O(nodes).</summary>
    /// <remarks>
    /// The driver numbers nodes, references and transactions with one counter per boot. So a living node keeps the pid of its owner, and a
    /// node whose number had been reached before is not new; if most are, and few are kept, it is another boot. So it is, or another device, if
    /// processes of the same pids have nodes in both, and none is the same. A node without a living
    /// owner tells nothing, nor does one whose owner's pid is unknown, nor one of a process whose nodes the earlier session does not show: a dump may be of one process, or cut off.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal static string? Of(HandleSession before, HandleSession after, CancellationToken cancellationToken)
    {
        if (before.Time is { } was && after.Time is { } @is && @is < was)
            (before, after) = (after, before);
        EarlierNodes earlier = new(before, cancellationToken);
        LaterNodes later = new(earlier);
        later.Add(after.GetNodesUnordered(), cancellationToken);
        if (later.Moved is var (moved, from))
        {
            return $"node {moved.Id}{(later.MovedCount > 1 ? $" and {later.MovedCount - 1} others" : "")} changed the owner, which a living node cannot "
                + $"(pid {from.Owner!.Id}, then {moved.Owner!.Id})";
        }

        // Services register nodes when they start, and keep them.
        LaterOwner[] common = [.. later.Owners.Where(owner => owner.IsCommon)];
        int nodes = common.Sum(owner => owner.Nodes), processes = common.Select(owner => Identity(owner.Process)).Distinct().Count();
        if (!later.IsAnyKept && nodes >= FewestLateNodes && processes >= FewestProcesses)
            return $"none of the {nodes} nodes of {processes} processes with the same pids is in both, as on another device";
        return later.Late >= FewestLateNodes && 2 * later.Late > later.Shown && FewestLateNodes * later.Kept < later.Shown
            ? $"{Phrase.Count(later.Late, "node")} of {later.Shown} are new, but have lower ids than nodes of the earlier session"
            : null;
    }

    private static (string Context, int Id, string? Name) Identity(HandleProcess process) => (process.Context, process.Id, process.Name);

    /// <summary>Identifies a process over boots: by its name or, without one, by its pid.</summary>
    private static (string Context, string NameOrPid) Title(HandleProcess process) =>
        (process.Context, process.Name ?? process.Id.ToString(CultureInfo.InvariantCulture));

    private static bool IsAlive(HandleNode node) => node is { IsDead: false, Owner: { IsDead: false, IsUnidentified: false } };

    /// <summary>Knows the nodes of the earlier session, and the processes that have living ones.</summary>
    private sealed class EarlierNodes
    {
        private readonly HandleSession _session;
        private readonly HashSet<(string, string)> _titles;
        private readonly HashSet<(string, int, string?)> _identities;

        internal EarlierNodes(HandleSession session, CancellationToken cancellationToken)
        {
            _session = session;
            HashSet<HandleProcess> owners = [];
            HandleProcess? last = null;
            foreach (HandleNode node in session.GetNodesUnordered().WithCancellation(cancellationToken))
            {
                HighestId = Math.Max(HighestId, node.Id);
                if (IsAlive(node) && (object?)node.Owner != last)
                    owners.Add(last = node.Owner!);
            }

            _titles = [.. owners.Select(Title)];
            _identities = [.. owners.Select(Identity)];
        }

        internal long HighestId { get; }

        internal void Find(ReadOnlySpan<long> ids, Span<HandleNode?> nodes) => _session.FindNodes(ids, nodes);

        internal LaterOwner Describe(HandleProcess later) => new(later, _titles.Contains(Title(later)), _identities.Contains(Identity(later)));
    }

    /// <summary>Compares the living nodes of the later session with those of the earlier one.</summary>
    private sealed class LaterNodes(EarlierNodes earlier)
    {
        private readonly Dictionary<HandleProcess, LaterOwner> _owners = [];
        private LaterOwner? _last;

        internal IEnumerable<LaterOwner> Owners => _owners.Values;

        /// <summary>Gets the node of the lowest id that has another owner, and as it was; null if there is none.</summary>
        internal (HandleNode Node, HandleNode Earlier)? Moved { get; private set; }

        /// <summary>Gets the number of nodes whose owners have other pids.</summary>
        internal int MovedCount { get; private set; }

        internal bool IsAnyKept { get; private set; }

        /// <summary>Gets the number of nodes of processes whose nodes the earlier session shows.</summary>
        internal int Shown { get; private set; }

        /// <summary>Gets the number of those that are in both sessions.</summary>
        internal int Kept { get; private set; }

        /// <summary>Gets the number of those that are new, but whose ids had been reached before.</summary>
        internal int Late { get; private set; }

        internal void Add(HandleNode[] nodes, CancellationToken cancellationToken)
        {
            // Several at once, as their look-ups wait for memory.
            long[] ids = new long[NodeIndex.MostAtOnce];
            HandleNode?[] found = new HandleNode?[ids.Length];
            for (int first = 0; first < nodes.Length; first += ids.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ReadOnlySpan<HandleNode> some = nodes.AsSpan(first, Math.Min(ids.Length, nodes.Length - first));
                for (int index = 0; index < some.Length; index++)
                    ids[index] = some[index].Id;
                earlier.Find(ids.AsSpan(0, some.Length), found);
                for (int index = 0; index < some.Length; index++)
                {
                    if (IsAlive(some[index]))
                        Add(some[index], found[index] is { } known && IsAlive(known) ? known : null);
                }
            }
        }

        private void Add(HandleNode node, HandleNode? known)
        {
            if (_last is null || (object)_last.Process != node.Owner)
                _last = OwnerOf(node);
            _last.Nodes++;
            if (known is not null)
            {
                IsAnyKept = true;
                bool hasOtherId = known.Owner!.Id != node.Owner!.Id;
                if (hasOtherId)
                    MovedCount++;
                if ((hasOtherId || known.Owner.Context != node.Owner.Context) && !(Moved?.Node.Id <= node.Id))
                    Moved = (node, known);
            }

            if (!_last.IsShown)
                return;
            Shown++;
            if (known is not null)
                Kept++;
            else if (node.Id <= earlier.HighestId)
                Late++;
        }

        private LaterOwner OwnerOf(HandleNode node)
        {
            if (!_owners.TryGetValue(node.Owner!, out LaterOwner? owner))
                _owners.Add(node.Owner!, owner = earlier.Describe(node.Owner!));
            return owner;
        }
    }

    /// <summary>Represents a process of the later session that has living nodes.</summary>
    private sealed class LaterOwner(HandleProcess process, bool isShown, bool isCommon)
    {
        internal HandleProcess Process { get; } = process;

        /// <summary>Gets whether the earlier session shows living nodes of it, perhaps under another pid.</summary>
        internal bool IsShown { get; } = isShown;

        /// <summary>Gets whether it does so under the same pid and name.</summary>
        internal bool IsCommon { get; } = isCommon;

        internal int Nodes { get; set; }
    }
}
