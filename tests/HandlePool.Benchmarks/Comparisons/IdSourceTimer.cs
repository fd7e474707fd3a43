using System.Diagnostics;
using HandlePool.Benchmarks.IdSources;

namespace HandlePool.Benchmarks.Comparisons;

/// <summary>Times batches of steps of a source that has the IDs 1 to <c>live</c> taken, and leaves it so.</summary>
/// <remarks>
/// A batch has as many steps as take a few milliseconds, but not more than 20,000. It runs twice, and the second run is timed, so that the source
/// finds its own memory in the caches.
/// </remarks>
internal sealed class IdSourceTimer
{
    /// <summary>The number of IDs that <see cref="ChurnMany"/> releases before it takes any.</summary>
    internal const int Many = 16;

    private const int LargestBatch = 20_000;
    private const int SmallestBatch = 8 * Many;
    private const double BatchNanoseconds = 2e6;

    // The runtime looks every 100 ms for code to compile again.
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CompilerTime = TimeSpan.FromMilliseconds(120);
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private readonly Func<IIdSource> _create;
    private readonly IIdSource _source;
    private readonly int _live;
    private readonly Random _random = new(1);
    private int[] _ids = new int[Many];

    internal IdSourceTimer(string name, int live)
    {
        _create = () => IdSourceCase.CreateEmpty(name);
        _source = _create();
        _source.Fill(live);
        _live = live;
    }

    /// <summary>Runs all batches until the runtime has compiled them at its best, and chooses the number of steps.</summary>
    /// <remarks>
    /// The time is that of the processor: on a busy machine the runtime's compiler gets as little of it as the batches. Code passes through two
    /// slower versions, so that the batches run three times, with pauses for the compiler.
    /// </remarks>
    internal void WarmUp()
    {
        using Process process = Process.GetCurrentProcess();
        for (int version = 0; version < 3; version++)
        {
            ChooseBatch();
            TimeSpan end = process.TotalProcessorTime + WarmUpTime;
            while (process.TotalProcessorTime < end)
            {
                TakeAndGiveBack();
                Churn();
                if (_source.IsLowestFirst && _live >= Many)
                    ChurnMany();
                Fill();
                process.Refresh();
            }

            Thread.Sleep(CompilerTime);
        }

        ChooseBatch();
    }

    /// <summary>Takes the next IDs, up to half as many again, and gives them back, from the highest down; nanoseconds for each.</summary>
    /// <remarks>Few IDs are taken and given back so often that it takes as long as a whole batch: a process that has just woken is slow.</remarks>
    internal (double Append, double Drain) TakeAndGiveBack()
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

    /// <summary>Fills new sources up to the number of live IDs, at most 1,000, growing included; nanoseconds for each ID.</summary>
    internal double Fill()
    {
        int live = Math.Min(_live, 1000), sources = Math.Max(1, _ids.Length / live);
        long ticks = 0;
        for (int i = 0; i < sources; i++)
        {
            IIdSource source = _create();
            long start = Stopwatch.GetTimestamp();
            for (int taken = 0; taken < live; taken++)
                source.Take();
            ticks += Stopwatch.GetTimestamp() - start;
        }

        return ticks * NanosecondsPerTick / sources / live;
    }

    /// <summary>Releases an ID at random and takes one, which is the same if the source is lowest-first; nanoseconds for both.</summary>
    internal double Churn()
    {
        for (int i = 0; i < _ids.Length; i++)
            _ids[i] = _random.Next(1, _live + 1);
        ChurnBatch();
        return ChurnBatch();
    }

    /// <summary>Releases 16 IDs at random before it takes as many; nanoseconds for one of each. Only for sources that are lowest-first.</summary>
    internal double ChurnMany()
    {
        // One of each sixteenth, so that they differ, in random order.
        int count = _ids.Length / Many * Many, share = _live / Many;
        for (int i = 0; i < count; i++)
            _ids[i] = (i % Many * share) + _random.Next(share) + 1;
        for (int i = 0; i < count; i += Many)
            _random.Shuffle(_ids.AsSpan(i, Many));
        ChurnManyBatch(count);
        return ChurnManyBatch(count);
    }

    private void ChooseBatch()
    {
        _ids = new int[Many];
        double step = Math.Max(TakeAndGiveBack().Append, Churn());
        _ids = new int[(int)Math.Clamp(BatchNanoseconds / step, SmallestBatch, LargestBatch)];
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

    private double ChurnManyBatch(int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int first = 0; first < count; first += Many)
        {
            for (int i = first; i < first + Many; i++)
                _source.Release(_ids[i]);
            for (int i = 0; i < Many; i++)
                _source.Take();
        }

        return (Stopwatch.GetTimestamp() - start) * NanosecondsPerTick / count;
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
