namespace HandlePool.Pools;

/// <summary>Keeps used IDs as the keys of an ordered tree and walks it from its start to find a gap, as the old Rust driver did.</summary>
/// <remarks>O(n) to find an unused ID, O(log n) to take and release one.</remarks>
internal sealed class TreeScanIdPool : TreeIdPool
{
    private SortedSet<int> _ids = [];

    internal TreeScanIdPool(int maxCapacity, DriverRules rules)
        : base(HandleAllocator.TreeScan, maxCapacity, rules)
    {
    }

    /// <summary>The size of a node of <see cref="SortedSet{T}"/>: header, method table, two children, key and color.</summary>
    internal const int NodeBytes = 40;

    public override long Bytes => (long)InUse * NodeBytes;

    public override bool IsUsed(int id) => _ids.Contains(id);

    private protected override void CopyStructure() => _ids = new SortedSet<int>(_ids);

    /// <summary>Returns the first missing key from <paramref name="start"/> on; -1 if there is none within the limit.</summary>
    internal static int FirstGap(SortedSet<int> ids, int start, int limit)
    {
        int candidate = start;
        foreach (int id in ids)
        {
            if (id > candidate)
                break;
            if (id == candidate)
                candidate++;
        }

        return candidate < limit ? candidate : -1;
    }

    /// <summary>Returns a new bitmap of the IDs.</summary>
    internal static ulong[] ToWords(SortedSet<int> ids, int capacity)
    {
        ulong[] words = new ulong[capacity >> 6];
        Copy(ids, words);
        return words;
    }

    private protected override int FindUnused(int start) => FirstGap(_ids, start, Limit);

    private protected override int FindLast() => _ids.Count == 0 ? -1 : _ids.Max;

    private protected override bool TrySet(int id) => id < Limit && _ids.Add(id);

    private protected override bool TryClear(int id) => _ids.Remove(id);

    private protected override void Restore(List<int> held, int capacity) => _ids = [.. held];

    private protected override void CopyTo(ulong[] words) => Copy(_ids, words);

    private static void Copy(SortedSet<int> ids, ulong[] words)
    {
        foreach (int id in ids)
            words[id >> 6] |= 1UL << id;
    }
}
