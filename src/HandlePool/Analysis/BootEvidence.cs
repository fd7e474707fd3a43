using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Finds evidence that a device was rebooted between two sessions.</summary>
internal static class BootEvidence
{
    private const int FewestLateNodes = 20;

    /// <summary>The least number of processes that run on, and would have kept a node.</summary>
    private const int FewestProcesses = 5;

    /// <summary>The number of nodes that are read together.</summary>
    private const int BlockSize = 1 << 14;

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
        LaterNodes later = Compare(before, after.GetNodesUnordered(), cancellationToken);
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

    private static LaterNodes Compare(HandleSession before, HandleNode[] nodes, CancellationToken cancellationToken)
    {
        // Nodes are looked up without the lock, which this thread keeps meanwhile.
        lock (before.SyncRoot)
        {
            EarlierNodes earlier = new(before, cancellationToken);
            LaterNodes all = new(earlier);
            foreach (LaterNodes part in Sweep.Read(BlocksOf(nodes.Length), Sweep.ThreadsFor(nodes.Length), () => new EarlierSearch(earlier), (search, block) =>
            {
                LaterNodes later = new(earlier);
                later.Add(nodes.AsSpan(block), search);
                return later;
            }, cancellationToken))
            {
                all.Include(part);
            }

            return all;
        }
    }

    private static Range[] BlocksOf(int nodes) =>
        [.. Enumerable.Range(0, (nodes + BlockSize - 1) / BlockSize).Select(block => (block * BlockSize)..Math.Min((block + 1) * BlockSize, nodes))];

    private static (string Context, int Id, string? Name) Identity(HandleProcess process) => (process.Context, process.Id, process.Name);

    /// <summary>Identifies a process over boots: by its name or, without one, by its pid.</summary>
    private static (string Context, string NameOrPid) Title(HandleProcess process) =>
        (process.Context, process.Name ?? process.Id.ToString(CultureInfo.InvariantCulture));

    private static bool IsAlive(HandleNode node) => node is { IsDead: false, Owner: { IsDead: false, IsUnidentified: false } };

    /// <summary>Knows the nodes of the earlier session, and the processes that have living ones. Thread-safe while the session is locked.</summary>
    private sealed class EarlierNodes
    {
        private readonly HashSet<(string, string)> _titles;
        private readonly HashSet<(string, int, string?)> _identities;

        internal EarlierNodes(HandleSession session, CancellationToken cancellationToken)
        {
            Session = session;
            Count = session.KnownNodes;
            HashSet<HandleProcess> owners = [];
            foreach ((long highestId, HashSet<HandleProcess> some) in Sweep.Read(BlocksOf(Count), Sweep.ThreadsFor(Count), () => session,
                static (session, block) => Read(session, block), cancellationToken))
            {
                HighestId = Math.Max(HighestId, highestId);
                owners.UnionWith(some);
            }

            _titles = [.. owners.Select(Title)];
            _identities = [.. owners.Select(Identity)];
        }

        internal HandleSession Session { get; }

        /// <summary>Gets the number of nodes.</summary>
        internal int Count { get; }

        internal long HighestId { get; }

        internal LaterOwner Describe(HandleProcess later) => new(later, _titles.Contains(Title(later)), _identities.Contains(Identity(later)));

        private static (long HighestId, HashSet<HandleProcess> Owners) Read(HandleSession session, Range places)
        {
            long highestId = 0;
            HashSet<HandleProcess> owners = [];
            HandleProcess? last = null;
            for (int place = places.Start.Value; place < places.End.Value; place++)
            {
                HandleNode node = session.NodeAtUnlocked(place);
                highestId = Math.Max(highestId, node.Id);
                if (IsAlive(node) && (object?)node.Owner != last)
                    owners.Add(last = node.Owner!);
            }

            return (highestId, owners);
        }
    }

    /// <summary>Finds nodes of the earlier session.</summary>
    private sealed class EarlierSearch(EarlierNodes earlier)
    {
        /// <summary>The largest number of nodes that are passed over, as the later session does not have them any more.</summary>
        private const int MostPassed = 4;

        // Those that are not where they are expected, and where they are among all that are looked for.
        private readonly long[] _ids = new long[NodeIndex.MostAtOnce];
        private readonly int[] _indexes = new int[NodeIndex.MostAtOnce];
        private readonly HandleNode?[] _found = new HandleNode?[NodeIndex.MostAtOnce];
        private int _next;

        /// <summary>Finds several nodes, at most <see cref="NodeIndex.MostAtOnce"/>, which mostly follow those that were found before.</summary>
        /// <remarks>Dumps of a device show what they both have in the same order, so that most are the next ones and need no look-up.</remarks>
        internal void Find(ReadOnlySpan<HandleNode> later, Span<HandleNode?> nodes)
        {
            int others = 0;
            for (int index = 0; index < later.Length; index++)
            {
                long id = later[index].Id;
                if ((nodes[index] = FindNext(id)) is null)
                    (_ids[others], _indexes[others++]) = (id, index);
            }

            if (others == 0)
                return;
            earlier.Session.FindNodesUnlocked(_ids.AsSpan(0, others), _found);
            for (int index = 0; index < others; index++)
                nodes[_indexes[index]] = _found[index];

            // Those that come after it are the next ones again.
            if (_indexes[others - 1] == later.Length - 1 && _found[others - 1] is { } last)
                _next = earlier.Session.PlaceOfUnlocked(last) + 1;
        }

        private HandleNode? FindNext(long id)
        {
            int end = Math.Min(earlier.Count, _next + MostPassed);
            for (int place = _next; place < end; place++)
            {
                if (earlier.Session.NodeAtUnlocked(place) is { } node && node.Id == id)
                {
                    _next = place + 1;
                    return node;
                }
            }

            return null;
        }
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

        internal void Add(ReadOnlySpan<HandleNode> nodes, EarlierSearch search)
        {
            // Several at once, as their look-ups wait for memory.
            HandleNode?[] found = new HandleNode?[NodeIndex.MostAtOnce];
            for (int first = 0; first < nodes.Length; first += found.Length)
            {
                ReadOnlySpan<HandleNode> some = nodes.Slice(first, Math.Min(found.Length, nodes.Length - first));
                search.Find(some, found);
                for (int index = 0; index < some.Length; index++)
                {
                    if (IsAlive(some[index]))
                        Add(some[index], found[index] is { } known && IsAlive(known) ? known : null);
                }
            }
        }

        /// <summary>Adds what was found of other nodes.</summary>
        internal void Include(LaterNodes others)
        {
            foreach ((HandleProcess process, LaterOwner owner) in others._owners)
            {
                if (!_owners.TryAdd(process, owner))
                    _owners[process].Nodes += owner.Nodes;
            }

            if (others.Moved is { } moved && !(Moved?.Node.Id <= moved.Node.Id))
                Moved = moved;
            MovedCount += others.MovedCount;
            IsAnyKept |= others.IsAnyKept;
            Shown += others.Shown;
            Kept += others.Kept;
            Late += others.Late;
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
