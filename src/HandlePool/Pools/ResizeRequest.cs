namespace HandlePool.Pools;

/// <summary>Describes the allocation for a resize: its first phase. Nothing has been allocated or changed yet.</summary>
/// <remarks>Mirrors <c>ReallocRequest</c> of the kernel's <c>rust/kernel/id_pool.rs</c>. Immutable, hence safe on any thread.</remarks>
public sealed class ResizeRequest
{
    private readonly IdPool _pool;
    private readonly bool _toFit;

    internal ResizeRequest(IdPool pool, ResizeDirection direction, int toCapacity, bool toFit = false)
    {
        _pool = pool;
        _toFit = toFit;
        Direction = direction;
        FromCapacity = pool.Capacity;
        ToCapacity = toCapacity;
    }

    /// <summary>Gets the direction of the resize.</summary>
    public ResizeDirection Direction { get; }

    /// <summary>Gets the pool's capacity at the time of the request, in IDs.</summary>
    public int FromCapacity { get; }

    /// <summary>Gets the capacity to allocate, in IDs.</summary>
    public int ToCapacity { get; }

    /// <summary>Gets whether it needs memory; not if the bits are inline, as the Rust driver's first 64 are.</summary>
    internal bool NeedsMemory => !_pool.IsInline(ToCapacity);

    /// <summary>Allocates the memory without reading the pool. Call it with no lock held. O(ToCapacity / 64).</summary>
    /// <exception cref="HandleException">
    /// <c>AllocationFailed</c>: there is not enough memory, or the capacity is beyond the pool's limit.
    /// </exception>
    public PoolResizer Allocate() => Allocate(owner: null);

    /// <summary>Allocates the memory for an owner, which the error names.</summary>
    internal PoolResizer Allocate(object? owner)
    {
        try
        {
            return ToCapacity <= _pool.Limit ? _pool.AllocateResizer(this, _toFit)
                : throw new InsufficientMemoryException($"A bitmap cannot have more than {_pool.Limit} bits.");
        }
        catch (OutOfMemoryException exception)
        {
            throw PoolErrors.AllocationFailed(this, exception, owner);
        }
    }
}
