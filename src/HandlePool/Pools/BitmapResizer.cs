namespace HandlePool.Pools;

/// <summary>Holds an empty bitmap for a pool to move to.</summary>
internal sealed class BitmapResizer<TBitmap> : PoolResizer
    where TBitmap : struct, IIdBitmap<TBitmap>
{
    private TBitmap _map;

    internal BitmapResizer(IdPool pool, in ResizeRequest request, bool toFit)
        : this(pool, request, toFit, TBitmap.Create(request.ToCapacity))
    {
    }

    private BitmapResizer(IdPool pool, in ResizeRequest request, bool toFit, TBitmap map)
        : base(pool, request, toFit, map.Bytes) => _map = map;

    /// <summary>Returns the bitmap, filled from the pool's present one.</summary>
    internal TBitmap CopyOf(in TBitmap present)
    {
        _map.CopyAndExtend(present);
        return _map;
    }

    internal override void Free() => _map = default;
}
