using System.Diagnostics;
using HandlePool.Pools;

namespace HandlePool.Measurements;

/// <summary>Runs a workload with one allocator.</summary>
/// <remarks>
/// Steps run in batches. The IDs to release are chosen before a batch is timed, and the acquired IDs are checked afterwards against a
/// reference pool that runs the same steps.
/// </remarks>
internal sealed class PoolMeasurementRun
{
    // Reading the clock takes as long as several fast steps, so these are timed together; a tree scan takes far longer.
    private const int StepsPerSample = 50;

    private const int FirstId = 1;
    private const int Taking = -1;

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly PoolMeasurementOptions _options;
    private readonly Action<double> _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly Random _random;
    private readonly IdPool _pool;
    private readonly IdPool _reference;
    private readonly int _samplesPerRange;
    private readonly int _stepsPerSample;
    private readonly int[] _live;
    private readonly int[] _operations = new int[2 * StepsPerSample];
    private readonly int[] _taken = new int[StepsPerSample];
    private int _liveCount;
    private int _operationCount;
    private int _resizes;

    internal PoolMeasurementRun(
        PoolMeasurementOptions options, HandleAllocator allocator, Action<double> progress, CancellationToken cancellationToken)
    {
        _options = options;
        _progress = progress;
        _cancellationToken = cancellationToken;
        _random = new Random(options.Seed);
        _pool = IdPool.Create(allocator, driver: options.Driver);
        _reference = IdPool.Create(HandleAllocator.HierarchicalBitmap, driver: options.Driver);
        _live = new int[options.Count];
        bool isTreeScan = allocator == HandleAllocator.TreeScan;
        bool isFlat = allocator is HandleAllocator.Bitmap or HandleAllocator.DBitmap;
        _stepsPerSample = isTreeScan ? 1 : StepsPerSample;
        _samplesPerRange = isTreeScan ? 100 : isFlat && options.Count > 200_000 ? 100 : int.MaxValue;
    }

    private bool IsDrain => _options.Workload is PoolWorkload.DrainNewestFirst or PoolWorkload.DrainOldestFirst;

    /// <summary>Gets the progress of the workload: the number of live IDs, or of drained ones.</summary>
    private int Position => IsDrain ? _options.Count - _liveCount : _liveCount;

    internal List<PoolLatency> Run()
    {
        while (IsDrain && _liveCount < _options.Count)
            TakeUnmeasured();

        List<PoolLatency> rows = [];
        for (int from = 0; from < _options.Count; from += Math.Min(_options.RangeSize, _options.Count - from))
            rows.Add(RunRange(from, from + Math.Min(_options.RangeSize, _options.Count - from)));
        return rows;
    }

    private PoolLatency RunRange(int from, int to)
    {
        int resizesBefore = _resizes;
        int stride = Math.Max(1, (to - from) / _stepsPerSample / _samplesPerRange);
        List<double> samples = [];
        double total = 0;
        int steps = 0, measured = 0;
        for (int batch = 0; Position < to; batch++)
        {
            if ((batch & 0xF) == 0)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                _progress((double)Position / _options.Count);
            }

            int size = Math.Min(_stepsPerSample, to - Position);
            PlanBatch(size);
            if (batch % stride == 0)
            {
                double time = MeasureBatch();
                samples.Add(time / size);
                total += time;
                measured += size;
            }
            else
            {
                PlayUnmeasured();
            }

            steps += size;
        }

        samples.Sort();
        return new PoolLatency(_pool.Allocator,
            IsDrain ? _options.Count - from : from + 1, IsDrain ? _options.Count - to + 1 : to,
            total / measured, samples[samples.Count / 2], samples[Math.Min(samples.Count - 1, samples.Count * 99 / 100)],
            _pool.Capacity, steps, measured, _resizes - resizesBefore);
    }

    /// <summary>Plans the steps of a batch: an ID to release, or <see cref="Taking"/>.</summary>
    private void PlanBatch(int size)
    {
        if (_options.Workload == PoolWorkload.Churn)
        {
            for (int i = 0; i < size; i++)
                TakeUnmeasured();
        }

        _operationCount = 0;
        for (int i = 0; i < size; i++)
        {
            bool isTaking = _options.Workload == PoolWorkload.Append
                || (_options.Workload == PoolWorkload.Mixed && (_liveCount == 0 || _random.Next(3) != 0));
            _operations[_operationCount++] = isTaking ? Taking : Choose();
            if (_options.Workload == PoolWorkload.Churn)
                _operations[_operationCount++] = Taking;
        }
    }

    private double MeasureBatch()
    {
        int taken = 0;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _operationCount; i++)
        {
            int id = _operations[i];
            if (id == Taking)
                _taken[taken++] = Take(_pool);
            else
                Release(_pool, id);
        }

        double time = (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick;
        taken = 0;
        for (int i = 0; i < _operationCount; i++)
        {
            if (_operations[i] != Taking)
                _reference.ReleaseId(_operations[i]);
            else
                Check(_taken[taken++], Take(_reference));
        }

        return time;
    }

    private void PlayUnmeasured()
    {
        for (int i = 0; i < _operationCount; i++)
        {
            int id = _operations[i];
            if (id == Taking)
            {
                TakeUnmeasured();
            }
            else
            {
                Release(_pool, id);
                _reference.ReleaseId(id);
            }
        }
    }

    /// <summary>Acquires the next ID of the reference pool, without the search that would be measured.</summary>
    private void TakeUnmeasured()
    {
        int id = Take(_reference);
        while (id >= _pool.Capacity && _pool.GrowRequest() is { } request)
        {
            _pool.Grow(request.Allocate());
            _resizes++;
        }

        _pool.Acquire(id);
        _live[_liveCount++] = id;
    }

    private void Check(int taken, int expected)
    {
        if (taken != expected)
            throw new InvalidOperationException($"{_pool.Allocator} returned ID {taken}, but {expected} is the lowest free one.");
        _live[_liveCount++] = taken;
    }

    /// <summary>Removes the next ID to release from the live ones and returns it.</summary>
    private int Choose()
    {
        int index = _options.Workload switch
        {
            PoolWorkload.DrainNewestFirst => _liveCount - 1,
            PoolWorkload.DrainOldestFirst => _options.Count - _liveCount,
            _ => _random.Next(_liveCount),
        };
        int id = _live[index];
        _liveCount--;
        if (!IsDrain)
            _live[index] = _live[_liveCount];
        return id;
    }

    private int Take(IdPool pool) => pool.FindUnusedId(FirstId, out UnusedId unused) ? unused.Acquire() : TakeGrowing(pool);

    private int TakeGrowing(IdPool pool)
    {
        pool.Grow(pool.GrowRequest()!.Allocate());
        if (pool == _pool)
            _resizes++;
        return Take(pool);
    }

    private void Release(IdPool pool, int id)
    {
        pool.ReleaseId(id);
        if (_options.ShrinkPolicy == ShrinkPolicy.Immediate && pool.ShrinkRequest() is { } request
            && pool.Shrink(request.Allocate()) == ResizeOutcome.Applied)
        {
            _resizes++;
        }
    }
}
