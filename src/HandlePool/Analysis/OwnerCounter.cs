using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Counts the references of processes by the owners of their nodes.</summary>
/// <param name="areLocked">Whether another thread has the locks of the tables, and waits.</param>
internal sealed class OwnerCounter(bool areLocked)
{
    private const int MostKept = 4096;

    private readonly TableSnapshot _snapshot = new(areLocked);

    // Those of one process, in a table that is small enough for the nearest caches.
    private Dictionary<OwnerKey, UsageCount> _owners = [];

    /// <summary>Returns the counts of a process by owner, each open of a device by itself, in the order in which its references have them.</summary>
    internal (OwnerKey Owner, UsageCount Count)[] Count(HandleProcess process)
    {
        ReadOnlySpan<TableEntry> references = _snapshot.Of(process);

        // Neighbors often have one owner.
        ref UsageCount count = ref Unsafe.NullRef<UsageCount>();
        HandleNode? previous = null;
        for (int begin = 0; begin < references.Length; begin += OwnerRuns.MostAtOnce)
        {
            ReadOnlySpan<TableEntry> some = references.Slice(begin, Math.Min(OwnerRuns.MostAtOnce, references.Length - begin));
            uint starts = OwnerRuns.StartsOf(some, previous);
            for (int index = 0; index < some.Length; index++)
            {
                HandleNode node = OwnerRuns.NodeOf(some[index]);
                if (((starts >> index) & 1) != 0)
                    count = ref CollectionsMarshal.GetValueRefOrAddDefault(_owners, new OwnerKey(node.Owner, node.IsDead), out _);
                count.Add(node, some[index].Strong, some[index].Weak);
            }

            previous = OwnerRuns.NodeOf(some[^1]);
        }

        (OwnerKey, UsageCount)[] counts = new (OwnerKey, UsageCount)[_owners.Count];
        int found = 0;
        foreach ((OwnerKey owner, UsageCount ofOwner) in _owners)
            counts[found++] = (owner, ofOwner);

        // Clearing takes as long as the table is large.
        if (_owners.Count > MostKept)
            _owners = [];
        else
            _owners.Clear();
        return counts;
    }
}
