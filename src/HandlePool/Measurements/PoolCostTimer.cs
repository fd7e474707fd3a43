using System.Diagnostics;
using HandlePool.Pools;

namespace HandlePool.Measurements;

/// <summary>Times an allocator at a number of live IDs, in rounds between which others are timed.</summary>
/// <remarks>
/// Up to 1,000 live IDs, whole pools are filled and drained, resizing included. Beyond that, it is batches at that number. The IDs to release
/// at random are chosen before the clock starts.
/// </remarks>
internal sealed class PoolCostTimer
{
    private const int MostOfWholePool = 1000;
    private const int Batch = 2000;
    private const int Samples = 1000;

    // A tree scan walks all IDs in each search.
    private const int MostScanned = 2_000_000;

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly HandleAllocator _allocator;
    private readonly int _live;
    private readonly int _batch;
    private readonly int[] _ids;
    private readonly Random _random;
    private readonly List<double> _append = [], _churn = [], _drain = [];
    private IdPool _pool;
    private double _longestSeen;

    internal PoolCostTimer(HandleAllocator allocator, int live, int seed)
    {
        _allocator = allocator;
        _live = live;
        int scanned = Math.Max(1, MostScanned / live);
        _batch = allocator == HandleAllocator.TreeScan ? Math.Min(Batch, scanned) : Batch;
        _ids = new int[_batch];
        _random = new Random(seed);
        _pool = IdPool.Create(allocator);
        if (live > MostOfWholePool)
            Fill(_pool, 1, live);
    }

    /// <summary>Gets the number of live IDs.</summary>
    internal int Live => _live;

    /// <summary>Gets the nanoseconds per append, ascending.</summary>
    internal double[] Append => [.. _append.Order()];

    /// <summary>Gets the nanoseconds per release at random and acquire, ascending.</summary>
    internal double[] Churn => [.. _churn.Order()];

    /// <summary>Gets the nanoseconds per release, newest first, ascending.</summary>
    internal double[] Drain => [.. _drain.Order()];

    /// <summary>Forgets what was timed, after the rounds that warm up.</summary>
    internal void Clear()
    {
        _append.Clear();
        _churn.Clear();
        _drain.Clear();
    }

    internal void Run()
    {
        if (_live > MostOfWholePool)
            RunBatch();
        else
            RunWholePools();
    }

    /// <summary>
    /// Times single operations from empty to the number of live IDs and back, and returns the longest in nanoseconds. Of each operation, the
    /// least time of the repeats counts, which a collection or another program did not lengthen. <paramref name="seen"/> is the longest of all.
    /// </summary>
    internal double Longest(int repeats, out double seen)
    {
        _longestSeen = 0;
        int samples = _allocator == HandleAllocator.TreeScan ? Math.Min(Samples, Math.Max(8, MostScanned / _live)) : Samples;
        int stride = Math.Max(1, _live / samples);
        List<double> least = [];
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            int at = 0;
            IdPool pool = IdPool.Create(_allocator);
            for (int id = 1; id <= _live; id++)
            {
                bool isFull = pool.IsResizable && id == pool.Capacity;
                if (isFull)
                {
                    Note(() => pool.FindUnusedId(1, out _));
                    PoolResizer resizer = pool.GrowRequest()!.Allocate();
                    Note(() => pool.Grow(resizer));
                }

                if (isFull || id % stride == 0 || id == _live)
                    Note(() => Take(pool));
                else
                    pool.Acquire(id);
            }

            for (int id = _live; id > 0; id--)
            {
                // The release of this ID is the one after which the pool may shrink.
                bool mayShrink = pool.IsResizable && id == pool.Capacity / 4;
                if (!mayShrink && id % stride != 0 && id > 1)
                {
                    pool.ReleaseId(id);
                    continue;
                }

                ResizeRequest? request = null;
                int released = id;
                Note(() =>
                {
                    pool.ReleaseId(released);
                    request = pool.ShrinkRequest();
                });
                if (request is not { } shrink)
                    continue;
                PoolResizer resizer = shrink.Allocate();
                Note(() => pool.Shrink(resizer));
            }

            void Note(Action operation)
            {
                long start = Stopwatch.GetTimestamp();
                operation();
                double time = (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick;
                _longestSeen = Math.Max(_longestSeen, time);
                if (at == least.Count)
                    least.Add(time);
                else
                    least[at] = Math.Min(least[at], time);
                at++;
            }
        }

        seen = _longestSeen;
        return least.Max();
    }

    private static void Fill(IdPool pool, int from, int to)
    {
        for (int id = from; id <= to; id++)
        {
            if (pool.IsResizable && id >= pool.Capacity)
                pool.Grow(pool.GrowRequest()!.Allocate());
            pool.Acquire(id);
        }
    }

    private static int Take(IdPool pool)
    {
        if (pool.FindUnusedId(1, out UnusedId unused))
            return unused.Acquire();
        pool.Grow(pool.GrowRequest()!.Allocate());
        return Take(pool);
    }

    private static void Release(IdPool pool, int id)
    {
        pool.ReleaseId(id);
        if (pool.ShrinkRequest() is { } request)
            pool.Shrink(request.Allocate());
    }

    private void RunWholePools()
    {
        int pools = Math.Max(1, _batch / _live);
        long filling = 0, draining = 0;
        for (int i = 0; i < pools; i++)
        {
            _pool = IdPool.Create(_allocator);
            long start = Stopwatch.GetTimestamp();
            for (int id = 1; id <= _live; id++)
                Take(_pool);
            filling += Stopwatch.GetTimestamp() - start;
            if (i == 0)
                RunChurn();
            start = Stopwatch.GetTimestamp();
            for (int id = _live; id > 0; id--)
                Release(_pool, id);
            draining += Stopwatch.GetTimestamp() - start;
        }

        _append.Add(filling * NanosecondsPerTick / pools / _live);
        _drain.Add(draining * NanosecondsPerTick / pools / _live);
    }

    private void RunBatch()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _batch; i++)
            _ids[i] = Take(_pool);
        _append.Add((Stopwatch.GetTimestamp() - start) * NanosecondsPerTick / _batch);
        if (_ids[^1] != _live + _batch)
            throw new InvalidOperationException($"{_pool.Allocator} returned ID {_ids[^1]}, but {_live + _batch} is the lowest free one.");
        start = Stopwatch.GetTimestamp();
        for (int i = _batch - 1; i >= 0; i--)
            Release(_pool, _ids[i]);
        _drain.Add((Stopwatch.GetTimestamp() - start) * NanosecondsPerTick / _batch);
        RunChurn();
    }

    private void RunChurn()
    {
        for (int i = 0; i < _batch; i++)
            _ids[i] = _random.Next(1, _live + 1);
        long start = Stopwatch.GetTimestamp();
        foreach (int id in _ids)
        {
            Release(_pool, id);
            Take(_pool);
        }

        _churn.Add((Stopwatch.GetTimestamp() - start) * NanosecondsPerTick / _batch);
    }
}
