namespace HandlePool.Pools;

/// <summary>
/// Models the C driver's <c>dbitmap</c>: a flat bitmap in which bit 0 is reserved for the context manager and always set.
/// </summary>
/// <remarks>
/// When there is no memory for a larger bitmap, the bitmap is disabled for good, and IDs are found by walking an ordered
/// tree from its start, as <c>slow_desc_lookup_olocked</c> does.
/// </remarks>
internal sealed class DBitmapIdPool : IdPool
{
    private FlatBitmap _map = FlatBitmap.Create(MinCapacity);
    private bool _isZeroUsed;
    private SortedSet<int>? _ids;

    internal DBitmapIdPool(int maxCapacity)
        : base(maxCapacity) => _map.Set(0);

    public override HandleAllocator Allocator => HandleAllocator.DBitmap;

    public override bool IsDisabled => _ids is not null;

    public override bool IsResizable => !IsDisabled;

    public override int Capacity => IsDisabled ? FittingCapacity : _map.Length;

    public override long Bytes => IsDisabled ? (long)InUse * TreeScanIdPool.NodeBytes : _map.Bytes;

    public override ReadOnlySpan<ulong> Words => _ids is null ? _map.Words : TreeScanIdPool.ToWords(_ids, Capacity);

    public override bool IsUsed(int id)
    {
        if (_ids is not null)
            return _ids.Contains(id);
        return id == 0 ? _isZeroUsed : id > 0 && id < _map.Length && _map.IsSet(id);
    }

    internal override PoolResizer AllocateResizer(in ResizeRequest request, bool toFit) =>
        new BitmapResizer<FlatBitmap>(this, request, toFit);

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
        return true;
    }

    private protected override int FindUnused(int start)
    {
        if (_ids is not null)
            return TreeScanIdPool.FirstGap(_ids, start, Limit);

        // The driver gives 0 to the manager's node without consulting the bitmap.
        return start == 0 && !_isZeroUsed ? 0 : _map.NextZeroBit(start);
    }

    private protected override int FindLast() => _ids is null ? _map.LastBit() : _ids.Count == 0 ? -1 : _ids.Max;

    private protected override void Set(int id)
    {
        if (_ids is not null)
            _ids.Add(id);
        else if (id == 0)
            _isZeroUsed = true;
        else
            _map.Set(id);
    }

    private protected override void Clear(int id)
    {
        if (_ids is not null)
            _ids.Remove(id);
        else if (id == 0)
            _isZeroUsed = false;
        else
            _map.Clear(id);
    }

    private protected override void FindStructureMismatches(List<PoolMismatch> found)
    {
        if (_ids is null && !_map.IsSet(0))
            found.Add(new PoolMismatch(HandleMismatchKind.ReservedBit, "pool, bit 0", "set", "clear"));
    }

    private protected override ulong WithoutReserved(ulong firstWord) =>
        _ids is null ? (firstWord & ~1UL) | (_isZeroUsed ? 1UL : 0) : firstWord;

    private protected override void Restore(List<int> held, int capacity)
    {
        if (_ids is not null)
        {
            _ids = [.. held];
            return;
        }

        FlatBitmap map = FlatBitmap.Create(capacity);
        map.Set(0);
        bool isZeroUsed = false;
        foreach (int id in held)
        {
            if (id == 0)
                isZeroUsed = true;
            else
                map.Set(id);
        }

        (_map, _isZeroUsed) = (map, isZeroUsed);
    }

    private protected override void Adopt(PoolResizer resizer) => _map = ((BitmapResizer<FlatBitmap>)resizer).CopyOf(_map);
}
