namespace HandlePool.Pools;

/// <summary>Keeps IDs as the bits of a <typeparamref name="TBitmap"/>.</summary>
internal sealed class BitmapIdPool<TBitmap> : IdPool
    where TBitmap : struct, IIdBitmap<TBitmap>
{
    private TBitmap _map = TBitmap.Create(MinCapacity);

    internal BitmapIdPool(HandleAllocator allocator, int maxCapacity, DriverRules rules)
        : base(allocator, maxCapacity, rules) => BitmapCapacity = MinCapacity;

    public override long Bytes => _map.Bytes;

    public override ReadOnlySpan<ulong> Words => _map.Words;

    private protected override ReadOnlySpan<ulong> WordsFrom(int word) => _map.WordsFrom(word);

    public override bool IsUsed(int id) => id >= 0 && id < BitmapCapacity && _map.IsSet(id);

    internal override PoolResizer AllocateResizer(ResizeRequest request, bool toFit) =>
        new BitmapResizer<TBitmap>(this, request, toFit);

    internal override void FlipSummary(int id)
    {
        if (!_map.FlipSummary(id))
            base.FlipSummary(id);
    }

    private protected override void CopyStructure() => _map = _map.Copy();

    private protected override int FindUnused(int start) => _map.NextZeroBit(start);

    private protected override int FindLast() => _map.LastBit();

    private protected override int FindFittingCapacity() => _map.FittingLength;

    private protected override bool IsUnusedFrom(int id) => _map.IsClearFrom(id, InUse);

    private protected override bool IsCertainlyUnusedFrom(int id) => _map.IsCertainlyClearFrom(id, InUse);

    private protected override bool TrySet(int id) => _map.TrySet(id);

    private protected override bool TryClear(int id) => _map.TryClear(id);

    private protected override void Restructure() => _map.Summarize();

    private protected override void FindStructureMismatches(List<PoolMismatch> found) => _map.FindMismatches(found);

    private protected override void Restore(List<int> held, int capacity)
    {
        TBitmap map = TBitmap.Create(capacity);
        foreach (int id in held)
            map.TrySet(id);
        (_map, BitmapCapacity) = (map, capacity);
    }

    private protected override void Adopt(PoolResizer resizer)
    {
        ((BitmapResizer<TBitmap>)resizer).Resize(ref _map);
        BitmapCapacity = resizer.ToCapacity;
    }
}
