using HandlePool.Pools;

namespace HandlePool.Measurements;

/// <summary>Counts what an allocator reads, writes, copies and allocates at a number of live IDs. The counts are exact and the same each time.</summary>
internal sealed class PoolCostCount
{
    private const int Batch = 256;

    // A tree takes the same memory for each ID, so that not all need to be there.
    private const int MostIdsInTree = 100_000;

    private readonly AllocatorWords _words;

    // It gives the IDs, capacities and bits that every allocator has.
    private readonly IdPool _pool = IdPool.Create(HandleAllocator.HierarchicalBitmap);
    private readonly CancellationToken _cancellationToken;
    private long _total;

    /// <summary>Counts.</summary>
    /// <param name="allocator">The allocator.</param>
    /// <param name="live">The number of live IDs, 1 or more.</param>
    /// <param name="seed">The seed of the random choices.</param>
    /// <param name="cancellationToken">Cancels the count.</param>
    internal PoolCostCount(HandleAllocator allocator, int live, int seed, CancellationToken cancellationToken)
    {
        _words = AllocatorWords.Of(allocator);
        _cancellationToken = cancellationToken;
        Weigh(allocator, live);
        for (int i = 0; i < live; i++)
            Take(i);

        // What comes next, at this number of live IDs: a batch, but not more than half as many again.
        int batch = Math.Min(Batch, Math.Max(1, live / 2));
        _total = 0;
        for (int i = 0; i < batch; i++)
            Take(i);
        Append = (double)_total / batch;
        for (int i = batch; i > 0; i--)
            Release(live + i, i);

        Random random = new(seed);
        _total = 0;
        for (int i = 0; i < Batch; i++)
        {
            Release(random.Next(1, live + 1), i);
            Take(i);
        }

        Churn = (double)_total / Batch;
        _total = 0;
        for (int id = live; id > 0; id--)
            Release(id, id);
        Drain = (double)_total / live;
    }

    /// <summary>Gets the mean number of words of an append at the number of live IDs, growing included.</summary>
    internal double Append { get; }

    /// <summary>Gets the mean number of words of a release at random and an acquire.</summary>
    internal double Churn { get; }

    /// <summary>Gets the mean number of words of a release, newest first until none is left, shrinking included.</summary>
    internal double Drain { get; }

    /// <summary>Gets the largest number of words while the lock is held once.</summary>
    internal long Longest { get; private set; }

    /// <summary>Gets the operation with that number.</summary>
    internal PoolOperation LongestOperation { get; private set; }

    /// <summary>Gets the memory for each live ID in bytes.</summary>
    internal double BytesPerId { get; private set; }

    /// <summary>Gets the bytes that are copied while the pool grows from empty.</summary>
    internal long CopiedBytes { get; private set; }

    /// <summary>Gets the bytes that are allocated while the pool grows from empty.</summary>
    internal long AllocatedBytes { get; private set; }

    /// <summary>Gets the most bytes that a release may need, to shrink from the capacity for the live IDs down; 0 if none.</summary>
    internal long ReleaseBytes { get; private set; }

    private void Weigh(HandleAllocator allocator, int live)
    {
        IdPool pool = IdPool.Create(allocator);
        if (pool.IsResizable)
        {
            AllocatedBytes = pool.Bytes;
            while (pool.Capacity <= live)
            {
                PoolResizer resizer = pool.GrowRequest()!.Allocate();
                AllocatedBytes += resizer.Bytes;
                CopiedBytes += _words.Copied(resizer.FromCapacity, resizer.ToCapacity) * sizeof(ulong);
                pool.Grow(resizer);
            }

            BytesPerId = (double)pool.Bytes / live;
            WeighRelease(pool);
            return;
        }

        int count = Math.Min(live, MostIdsInTree);
        for (int id = 1; id <= count; id++)
            pool.Acquire(id);
        BytesPerId = (double)pool.Bytes / count;
        AllocatedBytes = (long)(BytesPerId * live);
    }

    private void WeighRelease(IdPool pool)
    {
        while (pool.Capacity > IdPool.MinCapacity)
        {
            // Shrinking by one step, as the last ID in the first quarter allows.
            pool.Acquire((pool.Capacity / 4) - 1);
            PoolResizer resizer = pool.ShrinkRequest()!.Allocate();
            ReleaseBytes = Math.Max(ReleaseBytes, resizer.Bytes);
            pool.Shrink(resizer);
            pool.ReleaseId(pool.LastUsedId!.Value);
        }
    }

    private void Take(int step)
    {
        if ((step & 0xFFFF) == 0)
            _cancellationToken.ThrowIfCancellationRequested();
        int last = _pool.LastUsedId ?? -1;
        if (_pool.FindUnusedId(AllocatorWords.FirstId, out UnusedId unused))
        {
            long search = _words.Find(_pool.Words, last, unused.Id);
            unused.Acquire();
            Count(PoolOperation.Acquire, search + _words.Set(_pool.Words, _pool.InUse, unused.Id));
            return;
        }

        ResizeRequest request = _pool.GrowRequest()!;
        if (_words.IsResizable)
        {
            Count(PoolOperation.Acquire, _words.Find(_pool.Words, last, -1));
            Count(PoolOperation.Grow, _words.Adopt(_pool.Words, request.FromCapacity, request.ToCapacity));
        }

        _pool.Grow(request.Allocate());
        Take(step);
    }

    private void Release(int id, int step)
    {
        if ((step & 0xFFFF) == 0)
            _cancellationToken.ThrowIfCancellationRequested();
        int used = _pool.InUse;
        _pool.ReleaseId(id);
        long count = _words.Clear(_pool.Words, used, id);
        long question = _words.IsResizable ? AskToShrink() : 0;
        Count(PoolOperation.Release, count + question);
        if (_pool.ShrinkRequest() is not { } request)
            return;
        if (_words.IsResizable)
            Count(PoolOperation.Shrink, question + _words.MakeCertain(request.FromCapacity, request.ToCapacity)
                + _words.Adopt(_pool.Words, request.FromCapacity, request.ToCapacity));
        _pool.Shrink(request.Allocate());
    }

    /// <summary>Counts the driver's question whether the pool may shrink: two searches if it may.</summary>
    private long AskToShrink()
    {
        int capacity = _pool.Capacity, last = _pool.LastUsedId ?? -1;
        if (capacity == IdPool.MinCapacity)
            return 0;
        return _words.AskClear(_pool.Words, _pool.InUse, last, capacity / 4)
            + (last < capacity / 4 ? _words.AskClear(_pool.Words, _pool.InUse, last, 0) : 0);
    }

    private void Count(PoolOperation operation, long words)
    {
        _total += words;
        if (words <= Longest)
            return;
        Longest = words;
        LongestOperation = operation;
    }
}
