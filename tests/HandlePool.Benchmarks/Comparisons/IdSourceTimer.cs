using System.Diagnostics;
using HandlePool.Benchmarks.IdSources;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>Times batches of steps of a source that has the IDs 1 to <c>live</c> taken, and leaves it so.</summary>
internal sealed class IdSourceTimer
{
    private const int LargestBatch = 1000;

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly IIdSource _source;
    private readonly int _live;
    private readonly int[] _ids;
    private readonly Random _random = new(1);

    internal IdSourceTimer(IIdSource source, int live)
    {
        source.Fill(live);
        _source = source;
        _live = live;
        _ids = new int[Math.Min(LargestBatch, live / 2)];
    }

    internal IdSourceTimer(HandleAllocator allocator, int live)
        : this(new PoolIdSource(allocator), live)
    {
    }

    /// <summary>Takes the next IDs; nanoseconds for each. They are given back after the clock has stopped.</summary>
    internal double Append()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _ids.Length; i++)
            _ids[i] = _source.Take();
        double time = (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick;
        if (_ids[0] != _live + 1 || _ids[^1] != _live + _ids.Length)
            throw new InvalidOperationException($"{_ids[0]} to {_ids[^1]} were taken, with {_live} live.");
        for (int i = _ids.Length - 1; i >= 0; i--)
            _source.Release(_ids[i]);
        return time / _ids.Length;
    }

    /// <summary>Releases an ID at random and takes the lowest unused one, which is the same; nanoseconds for both.</summary>
    internal double Churn()
    {
        IdBatch.ChooseDistinct(_random, _live, _ids);
        long start = Stopwatch.GetTimestamp();
        foreach (int id in _ids)
        {
            _source.Release(id);
            _source.Take();
        }

        return (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick / _ids.Length;
    }
}
