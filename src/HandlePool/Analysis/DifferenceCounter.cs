using System.Runtime.InteropServices;

namespace HandlePool.Analysis;

/// <summary>Counts by keys the nodes that processes hold in one of two sessions, or in both.</summary>
internal sealed class DifferenceCounter(HandleUsageGrouping by, ProcessMatching matching)
{
    private readonly Dictionary<UsageKey, UsageDifference> _differences = [];

    internal IReadOnlyDictionary<UsageKey, UsageDifference> Differences => _differences;

    /// <summary>Adds the numbers of handles of a process whose nodes are unknown in one of the sessions or both.</summary>
    internal void AddCounts(HandleProcess? earlier, HandleProcess? later) => Count(later is null ? KeyOfEarlier(earlier!, node: null) : UsageKey.For(by, later, node: null), later ?? earlier)
        .Add(earlier?.HandleCount ?? 0, later?.HandleCount ?? 0);

    /// <summary>Adds the nodes of a process.</summary>
    /// <param name="holder">The process.</param>
    /// <param name="nodes">Its nodes.</param>
    internal void AddNodes(in ComparedHolder holder, ReadOnlySpan<ComparedNodes> nodes)
    {
        foreach (ComparedNodes some in nodes)
            Add(holder, some);
    }

    private void Add(in ComparedHolder holder, in ComparedNodes nodes)
    {
        (HandleNode? earlier, HandleNode? later, int count) = nodes;
        if (later is null)
        {
            Count(KeyOfEarlier(holder.Earlier!, earlier), holder.Earlier).Removed += count;
            return;
        }

        UsageKey key = UsageKey.For(by, holder.Later!, later);
        if (earlier is null)
        {
            Count(key, holder.Later).Added += count;
            return;
        }

        // The text of one process does not tell the owner that another tells of the same node, and no dump that of a dead one.
        UsageKey earlierKey = KeyOfEarlier(holder.Earlier!, earlier);
        if ((IsOwnerUnknown(earlier) && !later.IsDead) || (earlier.IsDead && later.IsDead && matching.Reboot is null))
            earlierKey = key;
        else if (IsOwnerUnknown(later) && !earlier.IsDead)
            key = earlierKey;
        if (matching.Reboot is null && earlierKey == key)
        {
            Count(key, holder.Later, holder.Earlier).Kept += count;
        }
        else
        {
            Count(earlierKey, holder.Earlier).Removed += count;
            Count(key, holder.Later).Added += count;
        }
    }

    private static bool IsOwnerUnknown(HandleNode node) => node is { Owner: null, IsDead: false };

    /// <summary>Returns the key of an earlier reference, with the processes of the later session if they are in both.</summary>
    private UsageKey KeyOfEarlier(HandleProcess holder, HandleNode? node)
    {
        UsageKey key = UsageKey.For(by, holder, node);
        return key with { Holder = matching.Other(key.Holder) ?? key.Holder, Owner = matching.Other(key.Owner) ?? key.Owner };
    }

    private ref UsageDifference Count(in UsageKey key, HandleProcess? holder, HandleProcess? other = null)
    {
        ref UsageDifference difference = ref CollectionsMarshal.GetValueRefOrAddDefault(_differences, key, out _);
        difference.Include(holder?.CountSource ?? HandleCountSource.State);
        difference.Include(other?.CountSource ?? HandleCountSource.State);
        return ref difference;
    }
}
