namespace HandlePool.Pools;

/// <summary>Holds the memory for a pool's bitmap to have another length.</summary>
internal sealed class BitmapResizer<TBitmap> : PoolResizer
    where TBitmap : struct, IIdBitmap<TBitmap>
{
    private TBitmap _memory;

    internal BitmapResizer(IdPool pool, in ResizeRequest request, bool toFit)
        : this(pool, request, toFit, TBitmap.AllocateResize(request.FromCapacity, request.ToCapacity))
    {
    }

    private BitmapResizer(IdPool pool, in ResizeRequest request, bool toFit, TBitmap memory)
        : base(pool, request, toFit, memory.Bytes) => _memory = memory;

    /// <summary>Returns the pool's present bitmap with the other length.</summary>
    internal TBitmap Resized(in TBitmap present) => TBitmap.Resized(present, _memory, ToCapacity);

    internal override void Free() => _memory = default;
}
