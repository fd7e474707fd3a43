namespace HandlePool.Pools;

/// <summary>Holds the memory for a pool of another capacity. Pass it to <see cref="IdPool.Grow"/> or <see cref="IdPool.Shrink"/>.</summary>
/// <remarks>
/// It belongs to the pool that it was requested from. The first attempt to apply it uses it up, even if the attempt discards
/// it. Mirrors <c>PoolResizer</c> of the kernel's <c>rust/kernel/id_pool.rs</c>.
/// </remarks>
public abstract class PoolResizer
{
    private protected PoolResizer(IdPool pool, ResizeRequest request, bool toFit, long bytes)
    {
        Bytes = bytes;
        Pool = pool;
        Direction = request.Direction;
        FromCapacity = request.FromCapacity;
        ToCapacity = request.ToCapacity;
        ToFit = toFit;
    }

    /// <summary>Gets the direction of the resize.</summary>
    public ResizeDirection Direction { get; }

    /// <summary>Gets the pool's capacity at the time of the request, in IDs.</summary>
    public int FromCapacity { get; }

    /// <summary>Gets the capacity that this has memory for, in IDs.</summary>
    public int ToCapacity { get; }

    /// <summary>Gets whether an attempt has been made to apply it.</summary>
    public bool IsCompleted { get; internal set; }

    /// <summary>Gets the memory that it holds, in bytes. This is wasted if it is discarded.</summary>
    public long Bytes { get; }

    internal IdPool Pool { get; }

    /// <summary>Releases the memory once the pool has taken or discarded it.</summary>
    internal abstract void Free();

    /// <summary>Gets whether to shrink as far as the bits allow instead of by the driver's first-quarter rule.</summary>
    internal bool ToFit { get; }
}
