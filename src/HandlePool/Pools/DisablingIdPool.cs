namespace HandlePool.Pools;

/// <summary>
/// Keeps IDs as the bits of a <typeparamref name="TBitmap"/> under the rules of the C driver's <c>dbitmap</c>: a bitmap that cannot grow
/// is disabled for good, and bit 0 may be reserved for the context manager.
/// </summary>
/// <remarks>
/// Once the bitmap is disabled, IDs are found by walking an ordered tree from its start, as <c>slow_desc_lookup_olocked</c> does.
/// </remarks>
internal sealed class DisablingIdPool<TBitmap> : IdPool
    where TBitmap : struct, IIdBitmap<TBitmap>
{
    private readonly bool _reservesZero;
    private TBitmap _map;
    private bool _isZeroUsed;
    private SortedSet<int>? _ids;

    internal DisablingIdPool(HandleAllocator allocator, int maxCapacity, DriverRules rules)
        : base(allocator, maxCapacity, rules)
    {
        _reservesZero = rules.ReservesBitZero;
        _map = CreateMap(MinCapacity);
        BitmapCapacity = MinCapacity;
    }

    /// <summary>Gets the number of set bits: a reserved bit is set although its ID may be unused.</summary>
    private int SetBits => _reservesZero && !_isZeroUsed ? InUse + 1 : InUse;

    public override bool IsDisabled => _ids is not null;

    public override long Bytes => IsDisabled ? (long)InUse * TreeScanIdPool.NodeBytes : _map.Bytes;

    public override ReadOnlySpan<ulong> Words => _ids is null ? _map.Words : TreeScanIdPool.ToWords(_ids, Capacity);

    private protected override ReadOnlySpan<ulong> WordsFrom(int word) => _ids is null ? _map.WordsFrom(word) : base.WordsFrom(word);

    public override bool IsUsed(int id)
    {
        if (_ids is not null)
            return _ids.Contains(id);
        return id == 0 && _reservesZero ? _isZeroUsed : id >= 0 && id < _map.Length && _map.IsSet(id);
    }

    internal override PoolResizer AllocateResizer(ResizeRequest request, bool toFit) =>
        new BitmapResizer<TBitmap>(this, request, toFit);

    internal override void FlipSummary(int id)
    {
        if (_ids is not null || !_map.FlipSummary(id))
            base.FlipSummary(id);
    }

    private protected override void CopyStructure()
    {
        if (_ids is null)
            _map = _map.Copy();
        else
            _ids = new SortedSet<int>(_ids);
    }

    internal override bool Disable()
    {
        if (_ids is not null)
            return false;

        SortedSet<int> ids = [];
        for (int id = 0; id < _map.Length; id++)
        {
            if (IsUsed(id))
                ids.Add(id);
        }

        _ids = ids;
        _map = default;
        BitmapCapacity = 0;
        return true;
    }

    private protected override int FindUnused(int start)
    {
        if (_ids is not null)
            return TreeScanIdPool.FirstGap(_ids, start, Limit);

        // The driver gives 0 to the manager's node without consulting a bitmap that reserves it.
        return start == 0 && _reservesZero && !_isZeroUsed ? 0 : _map.NextZeroBit(start);
    }

    private protected override int FindLast() => _ids is null ? _map.LastBit() : _ids.Count == 0 ? -1 : _ids.Max;

    private protected override int FindFittingCapacity() => _ids is null ? _map.FittingLength : base.FindFittingCapacity();

    private protected override bool IsUnusedFrom(int id) => _map.IsClearFrom(id, SetBits);

    private protected override bool IsCertainlyUnusedFrom(int id) => _map.IsCertainlyClearFrom(id, SetBits);

    private protected override bool TrySet(int id)
    {
        if (_ids is not null)
            return id < Limit && _ids.Add(id);
        if (id != 0 || !_reservesZero)
            return _map.TrySet(id);
        bool wasUsed = _isZeroUsed;
        _isZeroUsed = true;
        return !wasUsed;
    }

    private protected override bool TryClear(int id)
    {
        if (_ids is not null)
            return _ids.Remove(id);
        if (id != 0 || !_reservesZero)
            return _map.TryClear(id);
        bool wasUsed = _isZeroUsed;
        _isZeroUsed = false;
        return wasUsed;
    }

    private protected override void Restructure()
    {
        if (_ids is null)
            _map.Summarize();
    }

    private protected override void FindStructureMismatches(List<PoolMismatch> found)
    {
        if (_ids is not null)
            return;
        if (_reservesZero && !_map.IsSet(0))
            found.Add(new PoolMismatch(HandleMismatchKind.ReservedBit, "pool, bit 0", "set", "clear"));
        _map.FindMismatches(found);
    }

    private protected override ulong WithoutReserved(ulong firstWord) =>
        _ids is null && _reservesZero ? (firstWord & ~1UL) | (_isZeroUsed ? 1UL : 0) : firstWord;

    private protected override void Restore(List<int> held, int capacity)
    {
        if (_ids is not null)
        {
            _ids = [.. held];
            return;
        }

        TBitmap map = CreateMap(capacity);
        bool isZeroUsed = false;
        foreach (int id in held)
        {
            if (id == 0 && _reservesZero)
                isZeroUsed = true;
            else
                map.TrySet(id);
        }

        (_map, _isZeroUsed, BitmapCapacity) = (map, isZeroUsed, capacity);
    }

    private protected override void Adopt(PoolResizer resizer)
    {
        ((BitmapResizer<TBitmap>)resizer).Resize(ref _map);
        BitmapCapacity = resizer.ToCapacity;
    }

    private TBitmap CreateMap(int capacity)
    {
        TBitmap map = TBitmap.Create(capacity);
        if (_reservesZero)
            map.TrySet(0);
        return map;
    }
}
