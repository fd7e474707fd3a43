using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Compares the nodes that processes hold in two sessions, and counts those alike together.</summary>
/// <param name="by">The grouping.</param>
/// <param name="areLocked">Whether another thread has the locks of the tables, and waits.</param>
internal sealed class NodeComparer(HandleUsageGrouping by, bool areLocked)
{
    private const int MostKept = 4096;

    private readonly HeldNodes _heldEarlier = new(areLocked);
    private readonly HeldNodes _heldLater = new(areLocked);

    // Of a process, the nodes that are not at the same handle in both sessions.
    private Dictionary<HashedId, HandleNode> _earlier = [];
    private readonly List<HandleNode> _later = [];

    // Of a process, the nodes that are counted together.
    private Dictionary<NodeKey, ComparedNodes> _counts = [];

    // Neighbors often have one key. One of the two is null if the nodes are in one session only; both are if there are none.
    private HandleNode? _runEarlier;
    private HandleNode? _runLater;
    private int _run;

    /// <summary>Compares what a process holds.</summary>
    /// <remarks>What a process keeps stays at its handle, so that most nodes are found without a look-up.</remarks>
    /// <returns>The counts, in the order in which the nodes of each were first found.</returns>
    internal ComparedNodes[] Compare(in ComparedHolder holder)
    {
        ReadOnlySpan<TableEntry> earlier = _heldEarlier.Of(holder.Earlier, holder.EarlierSource), later = _heldLater.Of(holder.Later, holder.LaterSource);
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
                _later.Add(OwnerRuns.NodeOf(later[now++]));
        }

        for (; was < earlier.Length; was++)
            AddEarlier(earlier[was]);
        foreach (HandleNode node in _later)
            Add(_earlier.Remove(node.Id, out HandleNode? known) ? known : null, node);
        for (; now < later.Length; now++)
        {
            HandleNode node = OwnerRuns.NodeOf(later[now]);
            Add(_earlier.Remove(node.Id, out HandleNode? known) ? known : null, node);
        }

        foreach (HandleNode node in _earlier.Values)
            Add(node, null);
        EndRun();
        ComparedNodes[] counts = [.. _counts.Values];
        Clear();
        return counts;
    }

    private void Clear()
    {
        _later.Clear();

        // Clearing takes as long as the table is large.
        if (_earlier.EnsureCapacity(0) > MostKept)
            _earlier = [];
        else
            _earlier.Clear();
        if (_counts.EnsureCapacity(0) > MostKept)
            _counts = [];
        else
            _counts.Clear();
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
                Add(OwnerRuns.NodeOf(earlier[index]), OwnerRuns.NodeOf(later[index]));
            else
                _run++;
        }
    }

    private void AddEarlier(in TableEntry reference)
    {
        // A list of holders may have a node twice.
        HandleNode node = OwnerRuns.NodeOf(reference);
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
        {
            bool isByInterface = by == HandleUsageGrouping.Interface;
            NodeKey key = new(_runEarlier?.Owner, _runLater?.Owner, isByInterface ? _runEarlier?.Interface : null, isByInterface ? _runLater?.Interface : null,
                _runEarlier?.IsDead, _runLater?.IsDead);
            ref ComparedNodes counted = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out bool isKnown);
            counted = isKnown ? counted with { Count = counted.Count + _run } : new ComparedNodes(_runEarlier, _runLater, _run);
        }

        (_runEarlier, _runLater, _run) = (null, null, 0);
    }

    /// <summary>Represents what decides under which keys a node is counted; whether it is dead is unknown if it is not in the session.</summary>
    private readonly record struct NodeKey(HandleProcess? Earlier, HandleProcess? Later, string? EarlierInterface, string? LaterInterface, bool? IsEarlierDead, bool? IsLaterDead)
    {
        public bool Equals(NodeKey other) => (object?)Earlier == other.Earlier && (object?)Later == other.Later && IsEarlierDead == other.IsEarlierDead
            && IsLaterDead == other.IsLaterDead && EarlierInterface == other.EarlierInterface && LaterInterface == other.LaterInterface;

        public override int GetHashCode() => (31 * RuntimeHelpers.GetHashCode(Earlier)) + RuntimeHelpers.GetHashCode(Later)
            + (31 * (EarlierInterface?.GetHashCode() ?? 0)) + (LaterInterface?.GetHashCode() ?? 0);
    }
}

/// <summary>Represents a process whose nodes are compared.</summary>
/// <param name="Earlier">The process in the earlier session; null if it is not there.</param>
/// <param name="EarlierSource">How its handles are known there.</param>
/// <param name="Later">The process in the later session; null if it is not there.</param>
/// <param name="LaterSource">How its handles are known there.</param>
internal readonly record struct ComparedHolder(HandleProcess? Earlier, HandleCountSource EarlierSource, HandleProcess? Later, HandleCountSource LaterSource)
{
    internal ComparedHolder(HandleProcess? earlier, HandleProcess? later)
        : this(earlier, SourceOf(earlier), later, SourceOf(later))
    {
    }

    /// <summary>Gets whether only the number of handles is known in one of the sessions or both, so that nodes cannot be compared.</summary>
    internal bool IsCounted => EarlierSource == HandleCountSource.Statistics || LaterSource == HandleCountSource.Statistics;

    private static HandleCountSource SourceOf(HandleProcess? holder) => holder?.CountSource ?? HandleCountSource.State;
}

/// <summary>Represents nodes of one holder that are counted under the same keys.</summary>
/// <param name="Earlier">One of them in the earlier session; null if they are not there.</param>
/// <param name="Later">The same in the later session.</param>
/// <param name="Count">The number of them.</param>
internal readonly record struct ComparedNodes(HandleNode? Earlier, HandleNode? Later, int Count);

/// <summary>Reads the nodes that processes hold.</summary>
/// <param name="areLocked">Whether another thread has the locks of the tables, and waits.</param>
internal sealed class HeldNodes(bool areLocked)
{
    private readonly TableSnapshot _snapshot = new(areLocked);

    /// <summary>Returns the nodes that a process holds, as far as they are known, in ascending order of handle. Those of a list of holders are numbered instead.</summary>
    internal ReadOnlySpan<TableEntry> Of(HandleProcess? holder, HandleCountSource source) => holder is null ? []
        : source == HandleCountSource.HolderList ? holder.ListedNodes.Select((node, index) => new TableEntry(index, node, 0, 0)).ToArray()
        : _snapshot.Of(holder);
}
