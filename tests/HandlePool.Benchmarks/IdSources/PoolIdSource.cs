using HandlePool.Pools;

namespace HandlePool.Benchmarks.IdSources;

/// <summary>One of the library's pools, used as a handle table uses it: it grows when it is full.</summary>
public sealed class PoolIdSource : IIdSource
{
    private const int FirstId = 1;

    private readonly IdPool _pool;
    private readonly bool _shrinks;

    /// <param name="allocator">The pool's allocator.</param>
    /// <param name="shrinks">Whether each release asks if the pool may shrink, as the driver's does.</param>
    public PoolIdSource(HandleAllocator allocator, bool shrinks = true)
    {
        _pool = IdPool.Create(allocator);
        _shrinks = shrinks;
    }

    /// <inheritdoc/>
    public long Bytes => _pool.Bytes;

    /// <inheritdoc/>
    public int Take() => TakeFrom(FirstId);

    /// <inheritdoc/>
    public void Release(int id)
    {
        _pool.ReleaseId(id);
        if (_shrinks && _pool.ShrinkRequest() is { } request)
            _pool.Shrink(request.Allocate());
    }

    /// <inheritdoc/>
    public void Fill(int count)
    {
        for (int id = FirstId; id <= count; id++)
            TakeFrom(id);
    }

    private int TakeFrom(int start)
    {
        if (_pool.FindUnusedId(start, out UnusedId unused))
            return unused.Acquire();
        _pool.Grow(_pool.GrowRequest()!.Allocate());
        return TakeFrom(start);
    }
}
