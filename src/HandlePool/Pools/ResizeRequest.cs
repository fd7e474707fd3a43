namespace HandlePool.Pools;

/// <summary>The first phase of a resize: what to allocate. Nothing is allocated or changed yet.</summary>
/// <remarks>Mirrors <c>ReallocRequest</c> of the kernel's <c>rust/kernel/id_pool.rs</c>. Immutable, hence safe on any thread.</remarks>
public readonly struct ResizeRequest
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

    /// <summary>Which way.</summary>
    public ResizeDirection Direction { get; }

    /// <summary>The pool's capacity in IDs when this was asked for.</summary>
    public int FromCapacity { get; }

    /// <summary>The capacity in IDs that is to be allocated.</summary>
    public int ToCapacity { get; }

    /// <summary>Allocates the memory, without looking at the pool: to be called with no lock held. O(ToCapacity / 64).</summary>
    /// <exception cref="HandleException"><c>AllocationFailed</c>: there is not that much memory.</exception>
    public PoolResizer Allocate() => Allocate(process: null);

    /// <summary>The same for a process, whom the error names.</summary>
    internal PoolResizer Allocate(object? process)
    {
        try
        {
            return _pool.AllocateResizer(this, _toFit);
        }
        catch (OutOfMemoryException exception)
        {
            throw HandleErrors.AllocationFailed(this, exception, process);
        }
    }
}
