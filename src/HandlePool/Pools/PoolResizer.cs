namespace HandlePool.Pools;

/// <summary>The memory for a pool of another capacity, to be handed to <see cref="IdPool.Grow"/> or <see cref="IdPool.Shrink"/>.</summary>
/// <remarks>
/// It belongs to the pool that was asked for it and is used up by the first attempt to apply it, whether that applies or
/// discards it. Mirrors <c>PoolResizer</c> of the kernel's <c>rust/kernel/id_pool.rs</c>.
/// </remarks>
public abstract class PoolResizer
{
    private protected PoolResizer(IdPool pool, in ResizeRequest request, bool toFit, long bytes)
    {
        Bytes = bytes;
        Pool = pool;
        Direction = request.Direction;
        FromCapacity = request.FromCapacity;
        ToCapacity = request.ToCapacity;
        ToFit = toFit;
    }

    /// <summary>Which way.</summary>
    public ResizeDirection Direction { get; }

    /// <summary>The pool's capacity in IDs when this was asked for.</summary>
    public int FromCapacity { get; }

    /// <summary>The capacity in IDs that this has memory for.</summary>
    public int ToCapacity { get; }

    /// <summary>True once an attempt was made to apply it.</summary>
    public bool IsCompleted { get; internal set; }

    /// <summary>The memory that it holds, in bytes; what is wasted when it is discarded.</summary>
    public long Bytes { get; }

    internal IdPool Pool { get; }

    /// <summary>Lets go of the memory, once it is the pool's or of no use.</summary>
    internal abstract void Free();

    /// <summary>Shrink as far as the bits allow, not only where the driver's first-quarter rule says so.</summary>
    internal bool ToFit { get; }
}
