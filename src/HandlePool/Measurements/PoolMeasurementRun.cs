using System.Diagnostics;
using HandlePool.Pools;

namespace HandlePool.Measurements;

/// <summary>One allocator's way through a workload.</summary>
internal sealed class PoolMeasurementRun
{
    // Steps are timed in tens, as reading the clock takes as long as a fast step; those that take microseconds one by one.
    private const int StepsPerSample = 10;
    private const int FirstId = 1;

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;
    private static readonly double ClockCost = MeasureClock();

    private readonly PoolMeasurementOptions _options;
    private readonly Action<double> _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly Random _random;
    private readonly IdPool _pool;

    // Knows what the measured pool must answer, and stands in for it where a step is not measured.
    private readonly IdPool _reference;
    private readonly int _samplesPerRange;
    private readonly int _stepsPerSample;
    private readonly int _lastLive;
    private readonly int[] _live;
    private readonly int[] _batch = new int[2 * StepsPerSample];
    private int _liveCount;
    private int _resizes;

    internal PoolMeasurementRun(PoolMeasurementOptions options, HandleAllocator allocator, Action<double> progress, CancellationToken cancellationToken)
    {
        _options = options;
        _progress = progress;
        _cancellationToken = cancellationToken;
        _random = new Random(options.Seed);
        _pool = IdPool.Create(allocator);
        _reference = IdPool.Create(HandleAllocator.HierarchicalBitmap);
        _lastLive = options.Count;
        _live = new int[options.Count];
        bool isTreeScan = allocator == HandleAllocator.TreeScan;
        _stepsPerSample = isTreeScan ? 1 : StepsPerSample;
        _samplesPerRange = isTreeScan ? 100
            : allocator is HandleAllocator.Bitmap or HandleAllocator.DBitmap && options.Count > 200_000 ? 500 : int.MaxValue;
    }

    private bool IsDrain => _options.Workload is PoolWorkload.DrainNewestFirst or PoolWorkload.DrainOldestFirst;

    internal List<PoolLatency> Run()
    {
        if (IsDrain)
        {
            for (int id = FirstId; id <= _lastLive; id++)
                TakeUnmeasured();
        }

        List<PoolLatency> rows = [];
        for (int from = 0; from < _lastLive; from += _options.RangeSize)
            rows.Add(RunRange(from, Math.Min(_lastLive, from + _options.RangeSize)));
        return rows;
    }

    private static double MeasureClock()
    {
        const int Readings = 10_000;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Readings; i++)
            Stopwatch.GetTimestamp();
        return (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick / Readings;
    }

    /// <summary>The steps that take the number of live IDs (or, draining, of released ones) from one number to the other.</summary>
    private PoolLatency RunRange(int from, int to)
    {
        int resizesBefore = _resizes;
        int stride = Math.Max(1, (to - from) / _stepsPerSample / _samplesPerRange);
        List<double> samples = [];
        double total = 0;
        int steps = 0, measured = 0, batches = 0;
        int first = IsDrain ? _lastLive - from : from + 1;
        while (Position < to)
        {
            if ((batches & 0x3F) == 0)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                _progress((double)Position / _lastLive);
            }

            int size = Math.Min(_stepsPerSample, to - Position);
            if (batches++ % stride == 0)
            {
                double time = MeasureBatch(size);
                samples.Add(time / size);
                total += time;
                measured += size;
            }
            else
            {
                for (int i = 0; i < size; i++)
                    StepUnmeasured();
            }

            steps += size;
        }

        samples.Sort();
        return new PoolLatency(_pool.Allocator, first, IsDrain ? _lastLive - to + 1 : to, total / measured,
            samples[samples.Count / 2], samples[Math.Min(samples.Count - 1, samples.Count * 99 / 100)],
            _pool.Capacity, steps, measured, _resizes - resizesBefore);
    }

    private int Position => IsDrain ? _lastLive - _liveCount : _liveCount;

    /// <summary>Times some steps. What they take or release is settled before, and checked after.</summary>
    private double MeasureBatch(int size)
    {
        switch (_options.Workload)
        {
            case PoolWorkload.Append:
                return MeasureTaking(size);
            case PoolWorkload.DrainNewestFirst:
            case PoolWorkload.DrainOldestFirst:
                return MeasureReleasing(size, taking: false);
            case PoolWorkload.Churn:
                for (int i = 0; i < size; i++)
                    TakeUnmeasured();
                return MeasureReleasing(size, taking: true);
            default:
                // A third of the steps release: at random places among them, but as often in all.
                double time = 0;
                for (int i = 0; i < size; i++)
                    time += MeasureMixed();
                return time;
        }
    }

    private double MeasureTaking(int size)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < size; i++)
            _batch[i] = Take(_pool);
        double time = Since(start);
        for (int i = 0; i < size; i++)
            CheckTaken(_batch[i]);
        return time;
    }

    private double MeasureReleasing(int size, bool taking)
    {
        // A churned ID is released and taken again before the next one is, so that what is taken is known beforehand only
        // to the reference; the live IDs to choose from do not include those of this batch.
        for (int i = 0; i < size; i++)
            _batch[i] = Choose();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < size; i++)
        {
            Release(_pool, _batch[i]);
            if (taking)
                _batch[StepsPerSample + i] = Take(_pool);
        }

        double time = Since(start);
        for (int i = 0; i < size; i++)
        {
            _reference.ReleaseId(_batch[i]);
            if (taking)
                CheckTaken(_batch[StepsPerSample + i]);
        }

        return time;
    }

    private double MeasureMixed()
    {
        if (_liveCount > 0 && _random.Next(3) == 0)
        {
            int id = Choose();
            long start = Stopwatch.GetTimestamp();
            Release(_pool, id);
            double time = Since(start);
            _reference.ReleaseId(id);
            return time;
        }

        return MeasureTaking(1);
    }

    private void StepUnmeasured()
    {
        switch (_options.Workload)
        {
            case PoolWorkload.Append:
                TakeUnmeasured();
                break;
            case PoolWorkload.Churn:
                TakeUnmeasured();
                ReleaseUnmeasured();
                TakeUnmeasured();
                break;
            case PoolWorkload.Mixed:
                if (_liveCount > 0 && _random.Next(3) == 0)
                    ReleaseUnmeasured();
                else
                    TakeUnmeasured();
                break;
            default:
                ReleaseUnmeasured();
                break;
        }
    }

    private void TakeUnmeasured()
    {
        int id = Take(_reference);
        while (id >= _pool.Capacity && _pool.GrowRequest() is { } request)
            _pool.Grow(request.Allocate());
        _pool.Acquire(id);
        _live[_liveCount++] = id;
    }

    private void ReleaseUnmeasured()
    {
        int id = Choose();
        Release(_pool, id);
        _reference.ReleaseId(id);
    }

    /// <summary>Takes the ID that is to be released next off the list of the live ones.</summary>
    private int Choose()
    {
        int index = _options.Workload switch
        {
            PoolWorkload.DrainNewestFirst => _liveCount - 1,
            PoolWorkload.DrainOldestFirst => _lastLive - _liveCount,
            _ => _random.Next(_liveCount),
        };
        int id = _live[index];
        _liveCount--;
        if (!IsDrain)
            _live[index] = _live[_liveCount];
        return id;
    }

    private void CheckTaken(int id)
    {
        int expected = Take(_reference);
        if (id != expected)
            throw new InvalidOperationException($"{_pool.Allocator} gave ID {id} where {expected} is the lowest unused one.");
        _live[_liveCount++] = id;
    }

    private int Take(IdPool pool)
    {
        if (pool.FindUnusedId(FirstId, out UnusedId unused))
            return unused.Acquire();
        return TakeGrowing(pool);
    }

    private int TakeGrowing(IdPool pool)
    {
        pool.Grow(pool.GrowRequest()!.Value.Allocate());
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

    private static double Since(long start) => Math.Max(0, ((Stopwatch.GetTimestamp() - start) * NanosecondsPerTick) - ClockCost);
}
