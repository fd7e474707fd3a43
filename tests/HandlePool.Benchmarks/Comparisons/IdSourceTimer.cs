using System.Diagnostics;
using HandlePool.Benchmarks.IdSources;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>Times batches of steps of a source that has the IDs 1 to <c>live</c> taken, and leaves it so.</summary>
/// <remarks>Each batch runs twice and the second run is timed, so that the source finds its own memory in the caches.</remarks>
internal sealed class IdSourceTimer
{
    private const int LargestBatch = 20_000;
    private const int SlowBatch = 1000;
    private const int LargestOfFastScan = 1_000_000;

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly Func<IIdSource> _create;
    private readonly IIdSource _source;
    private readonly int _live;
    private readonly int[] _ids;
    private readonly Random _random = new(1);

    internal IdSourceTimer(string name, int live)
    {
        _create = () => IdSourceCase.CreateEmpty(name);
        _source = _create();
        _source.Fill(live);
        _live = live;
        bool isSlow = name == nameof(HandleAllocator.TreeScan) || (live > LargestOfFastScan && IdSourceCase.Scans(name));
        _ids = new int[isSlow ? SlowBatch : LargestBatch];
    }

    /// <summary>Takes the next IDs, up to half as many again; nanoseconds for each.</summary>
    internal double Append() => TakeAndGiveBack().Append;

    /// <summary>Gives the highest IDs back, from the highest down; nanoseconds for each.</summary>
    internal double Drain() => TakeAndGiveBack().Drain;

    /// <summary>Fills new sources up to the number of live IDs, growing included; nanoseconds for each ID.</summary>
    internal double Fill()
    {
        int sources = Math.Max(1, _ids.Length / _live);
        long ticks = 0;
        for (int i = 0; i < sources; i++)
        {
            IIdSource source = _create();
            long start = Stopwatch.GetTimestamp();
            for (int taken = 0; taken < _live; taken++)
                source.Take();
            ticks += Stopwatch.GetTimestamp() - start;
        }

        return ticks * NanosecondsPerTick / sources / _live;
    }

    /// <summary>Releases an ID at random and takes one, which is the same if the source is lowest-first; nanoseconds for both.</summary>
    internal double Churn()
    {
        for (int i = 0; i < _ids.Length; i++)
            _ids[i] = _random.Next(1, _live + 1);
        ChurnBatch();
        return ChurnBatch();
    }

    /// <summary>Few IDs at a time are taken and given back so often that it takes as long as a whole batch: a process that has just woken is slow.</summary>
    private (double Append, double Drain) TakeAndGiveBack()
    {
        int repeats = Math.Max(1, _ids.Length / Math.Max(1, _live / 2));
        double append = 0, drain = 0;
        for (int i = -repeats; i < repeats; i++)
        {
            double taken = TakeNext(), given = GiveBack();
            append += i < 0 ? 0 : taken;
            drain += i < 0 ? 0 : given;
        }

        return (append / repeats, drain / repeats);
    }

    private double ChurnBatch()
    {
        long start = Stopwatch.GetTimestamp();
        foreach (int id in _ids)
        {
            _source.Release(id);
            _source.Take();
        }

        return (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick / _ids.Length;
    }

    private double TakeNext()
    {
        int count = Math.Min(_ids.Length, Math.Max(1, _live / 2));
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
            _ids[i] = _source.Take();
        double time = (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick;
        if (_source.IsLowestFirst && (_ids[0] != _live + 1 || _ids[count - 1] != _live + count))
            throw new InvalidOperationException($"{_ids[0]} to {_ids[count - 1]} were taken, with {_live} live.");
        return time / count;
    }

    private double GiveBack()
    {
        int count = Math.Min(_ids.Length, Math.Max(1, _live / 2));
        long start = Stopwatch.GetTimestamp();
        for (int i = count - 1; i >= 0; i--)
            _source.Release(_ids[i]);
        return (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick / count;
    }
}
