using System.Numerics;
using System.Runtime.InteropServices;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Counts by keys the nodes that processes hold in one of two sessions, or in both.</summary>
internal sealed class DifferenceCounter(HandleUsageGrouping by, ProcessMatching matching)
{
    private const int MostKept = 4096;

    private readonly Dictionary<UsageKey, UsageDifference> _differences = [];

    // Of a process, the nodes that are not at the same handle in both sessions.
    private Dictionary<HashedId, HandleNode> _earlier = [];
    private readonly List<HandleNode> _later = [];

    private HandleProcess? _earlierHolder;
    private HandleProcess? _laterHolder;

    // Neighbors often have one key. One of the two is null if the nodes are in one session only; both are if there are none.
    private HandleNode? _runEarlier;
    private HandleNode? _runLater;
    private int _run;

    internal IReadOnlyDictionary<UsageKey, UsageDifference> Differences => _differences;

    /// <summary>Adds the numbers of handles of a process whose nodes are unknown in one of the sessions or both.</summary>
    internal void AddCounts(in UsageKey key, HandleProcess? earlier, HandleProcess? later) =>
        Count(key, later ?? earlier).Add(earlier?.HandleCount ?? 0, later?.HandleCount ?? 0);

    /// <summary>Adds the nodes of a process.</summary>
    /// <remarks>What a process keeps stays at its handle, so that most nodes are found without a look-up.</remarks>
    /// <param name="earlierHolder">The process in the earlier session; null if it is not there.</param>
    /// <param name="earlier">Its references there, in ascending order of handle.</param>
    /// <param name="laterHolder">The process in the later session; null if it is not there.</param>
    /// <param name="later">Its references there, in the same order.</param>
    internal void AddNodes(HandleProcess? earlierHolder, ReadOnlySpan<TableEntry> earlier, HandleProcess? laterHolder, ReadOnlySpan<TableEntry> later)
    {
        (_earlierHolder, _laterHolder) = (earlierHolder, laterHolder);
        int was = 0, now = 0, ahead = 1;
        while (was < earlier.Length && now < later.Length)
        {
            int most = Math.Min(ahead, Math.Min(earlier.Length - was, later.Length - now));
            int kept = CountKept(earlier.Slice(was, most), later.Slice(now, most));
            AddKept(earlier.Slice(was, kept), later.Slice(now, kept));
            was += kept;
            now += kept;
            if (kept == most)
            {
                ahead = Math.Min(2 * ahead, OwnerRuns.MostAtOnce);
                continue;
            }

            ahead = 1;
            if (earlier[was].Handle <= later[now].Handle)
                AddEarlier(earlier[was++]);
            else
                _later.Add((HandleNode)later[now++].Node);
        }

        for (; was < earlier.Length; was++)
            AddEarlier(earlier[was]);
        foreach (HandleNode node in _later)
            Add(_earlier.Remove(node.Id, out HandleNode? known) ? known : null, node);
        for (; now < later.Length; now++)
        {
            HandleNode node = (HandleNode)later[now].Node;
            Add(_earlier.Remove(node.Id, out HandleNode? known) ? known : null, node);
        }

        foreach (HandleNode node in _earlier.Values)
            Add(node, null);
        EndRun();
        _later.Clear();

        // Clearing takes as long as the table is large.
        if (_earlier.EnsureCapacity(0) > MostKept)
            _earlier = [];
        else
            _earlier.Clear();
    }

    /// <summary>Returns the key of an earlier reference, with the processes of the later session if they are in both.</summary>
    internal UsageKey KeyOfEarlier(HandleProcess holder, HandleNode? node)
    {
        UsageKey key = UsageKey.For(by, holder, node);
        return key with { Holder = matching.Other(key.Holder) ?? key.Holder, Owner = matching.Other(key.Owner) ?? key.Owner };
    }

    /// <summary>Returns how many of the first references have the same handle for the same node.</summary>
    private static int CountKept(ReadOnlySpan<TableEntry> earlier, ReadOnlySpan<TableEntry> later)
    {
        // All nodes are asked for before one is looked at, so that the processor waits for memory once.
        uint other = 0;
        for (int index = 0; index < earlier.Length; index++)
            other |= (earlier[index].Handle != later[index].Handle | earlier[index].Node.Id != later[index].Node.Id ? 1u : 0) << index;
        return Math.Min(earlier.Length, BitOperations.TrailingZeroCount(other));
    }

    /// <summary>Adds references, at most <see cref="OwnerRuns.MostAtOnce"/>, that are the same in both sessions.</summary>
    private void AddKept(ReadOnlySpan<TableEntry> earlier, ReadOnlySpan<TableEntry> later)
    {
        uint starts = by == HandleUsageGrouping.Interface ? uint.MaxValue : OwnerRuns.StartsOf(earlier, previous: null) | OwnerRuns.StartsOf(later, previous: null);
        for (int index = 0; index < earlier.Length; index++)
        {
            if (((starts >> index) & 1) != 0)
                Add((HandleNode)earlier[index].Node, (HandleNode)later[index].Node);
            else
                _run++;
        }
    }

    private static bool IsOwnerUnknown(HandleNode node) => node is { Owner: null, IsDead: false };

    private void AddEarlier(in TableEntry reference)
    {
        // A list of holders may have a node twice.
        HandleNode node = (HandleNode)reference.Node;
        if (!_earlier.TryAdd(node.Id, node))
            Add(node, null);
    }

    /// <summary>Adds a node that is in the earlier session, the later one, or both.</summary>
    private void Add(HandleNode? earlier, HandleNode? later)
    {
        if (!IsAlike(earlier, _runEarlier) || !IsAlike(later, _runLater))
        {
            EndRun();
            (_runEarlier, _runLater) = (earlier, later);
        }

        _run++;
    }

    /// <summary>Returns whether two nodes are counted under one key.</summary>
    private bool IsAlike(HandleNode? one, HandleNode? other) =>
        one == (object?)other || (one is not null && other is not null && one.Owner == (object?)other.Owner && one.IsDead == other.IsDead && by != HandleUsageGrouping.Interface);

    private void EndRun()
    {
        if (_run > 0)
            Count(_runEarlier, _runLater, _run);
        (_runEarlier, _runLater, _run) = (null, null, 0);
    }

    private void Count(HandleNode? earlier, HandleNode? later, int count)
    {
        if (later is null)
        {
            Count(KeyOfEarlier(_earlierHolder!, earlier), _earlierHolder).Removed += count;
            return;
        }

        UsageKey key = UsageKey.For(by, _laterHolder!, later);
        if (earlier is null)
        {
            Count(key, _laterHolder).Added += count;
            return;
        }

        // The text of one process does not tell the owner that another tells of the same node, and no dump that of a dead one.
        UsageKey earlierKey = KeyOfEarlier(_earlierHolder!, earlier);
        if ((IsOwnerUnknown(earlier) && !later.IsDead) || (earlier.IsDead && later.IsDead && matching.Reboot is null))
            earlierKey = key;
        else if (IsOwnerUnknown(later) && !earlier.IsDead)
            key = earlierKey;
        if (matching.Reboot is null && earlierKey == key)
        {
            Count(key, _laterHolder, _earlierHolder).Kept += count;
        }
        else
        {
            Count(earlierKey, _earlierHolder).Removed += count;
            Count(key, _laterHolder).Added += count;
        }
    }

    private ref UsageDifference Count(in UsageKey key, HandleProcess? holder, HandleProcess? other = null)
    {
        ref UsageDifference difference = ref CollectionsMarshal.GetValueRefOrAddDefault(_differences, key, out _);
        difference.Include(holder?.CountSource ?? HandleCountSource.State);
        difference.Include(other?.CountSource ?? HandleCountSource.State);
        return ref difference;
    }
}

/// <summary>Reads the nodes that processes hold, into memory that is used again and again.</summary>
internal sealed class HeldNodes
{
    private TableEntry[] _entries = [];

    /// <summary>Returns the nodes that a process holds, as far as they are known, in ascending order of handle. Those of a list of holders are numbered instead.</summary>
    internal ReadOnlySpan<TableEntry> Of(HandleProcess? holder) => holder switch
    {
        null => [],
        { CountSource: HandleCountSource.HolderList } => holder.ListedNodes.Select((node, index) => new TableEntry(index, node, 0, 0)).ToArray(),
        _ => holder.Table.CopyTo(ref _entries),
    };
}
