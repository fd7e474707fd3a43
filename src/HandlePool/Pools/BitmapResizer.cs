namespace HandlePool.Pools;

/// <summary>Holds the memory for a pool's bitmap to have another length.</summary>
internal sealed class BitmapResizer<TBitmap> : PoolResizer
    where TBitmap : struct, IIdBitmap<TBitmap>
{
    private TBitmap _memory;

    internal BitmapResizer(IdPool pool, ResizeRequest request, bool toFit)
        : this(pool, request, toFit, TBitmap.AllocateResize(request.FromCapacity, request.ToCapacity))
    {
    }

    private BitmapResizer(IdPool pool, ResizeRequest request, bool toFit, TBitmap memory)
        : base(pool, request, toFit, memory.Bytes) => _memory = memory;

    /// <summary>Gives the pool's bitmap the other length.</summary>
    internal void Resize(ref TBitmap map) => map.Resize(_memory, ToCapacity);

    internal override void Free() => _memory = default;
}
