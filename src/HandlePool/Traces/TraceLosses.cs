using System.Runtime.InteropServices;

namespace HandlePool.Traces;

/// <summary>Collects when lines of each CPU are missing, and bounds the ids that they can have. Not thread-safe.</summary>
/// <remarks>
/// <para>A loss is between two lines of one CPU. Its place in the text tells nothing of the lines of others, which may be in any order; the
/// times of the two lines do.</para>
/// <para>Of the ids that lost lines have, the lowest is above each id in a line from well before the loss. The highest is below each id
/// that a thread took after a line of its own from after the loss. Memory is that of the hundredths of a second with lines.</para>
/// </remarks>
internal sealed class TraceLosses
{
    private const int MostCpus = 4_096;
    private const long Unknown = -1;

    // The clocks of two CPUs differ by less, and a thread takes less from taking an id to writing it.
    private const long SliceLength = TimeSpan.TicksPerSecond / 100;

    // Lines that are this far apart are not those that a clock of each CPU puts in a wrong order.
    private const long ClockDifference = TimeSpan.TicksPerMillisecond;

    private readonly CpuState[] _cpus = new CpuState[MostCpus];
    private readonly Dictionary<long, Slice> _slices = [];
    private readonly List<Loss> _losses = [];
    private Slice _slice = new();
    private long _sliceNumber = Unknown;
    private long _lastTime = Unknown;
    private long _disorder;
    private int _open;

    // The number of headers so far, the loss before the lines behind the last one if it tells of one, and how many CPUs were not heard since.
    private int _headers;
    private Loss? _overwritten;
    private long _unheard;

    internal int Count => _losses.Count;

    internal long FirstTime { get; private set; } = Unknown;

    internal long LastTime { get; private set; } = Unknown;

    /// <summary>Gets whether the next line of some CPU ends a loss, so that lines of other events matter too.</summary>
    internal bool IsListening => _open > 0 || _unheard > 0;

    /// <summary>Gets whether no line is missing, and all are in the order of time.</summary>
    internal bool IsWhole => _losses.Count == 0 && _open == 0 && !IsDisordered;

    private bool IsDisordered => _disorder > ClockDifference;

    /// <summary>Notes the header of a text.</summary>
    /// <param name="isOverwritten">Whether it tells of overwritten events. Each CPU is missing those before its next line then.</param>
    /// <param name="cpus">The number of CPUs; 0 if it is unknown.</param>
    /// <param name="file">The index of the file.</param>
    /// <param name="line">The line.</param>
    internal void Begin(bool isOverwritten, long cpus, int file, long line)
    {
        _headers++;
        _unheard = isOverwritten ? cpus : 0;
        _overwritten = isOverwritten ? new Loss(Unknown, Unknown, file, line) : null;
    }

    /// <summary>Notes that a CPU lost events between its lines before and after this one.</summary>
    internal void Lose(long number, int file, long line)
    {
        // If nothing was heard since the loss before, that goes on.
        ref CpuState cpu = ref _cpus[Math.Min(number, MostCpus - 1)];
        if (cpu.IsLossOpen)
            return;
        (cpu.IsLossOpen, cpu.LossFile, cpu.LossLine) = (true, file, line);
        _open++;
    }

    /// <summary>Notes a line of a CPU.</summary>
    /// <returns>Whether it is so far before another that the text goes on with another part of the trace.</returns>
    internal bool Hear(int number, long time)
    {
        ref CpuState cpu = ref _cpus[Math.Min(number, MostCpus - 1)];

        // The lines of a CPU are in the order of time. If they are not, it was not heard before in this part of the trace.
        long before = cpu.IsHeard && cpu.LastTime <= time ? cpu.LastTime : Unknown;
        if (cpu.IsLossOpen)
        {
            _losses.Add(new Loss(before, time, cpu.LossFile, cpu.LossLine));
            cpu.IsLossOpen = false;
            _open--;
        }

        if (cpu.Headers != _headers)
        {
            if (_overwritten is { } loss)
                _losses.Add(loss with { Begin = before, End = time });
            cpu.Headers = _headers;
            _unheard--;
        }

        cpu.FirstTime = cpu.IsHeard ? Math.Min(cpu.FirstTime, time) : time;
        cpu.LastTime = time;
        cpu.IsHeard = true;
        if (time < 0)
            return false;
        FirstTime = FirstTime < 0 ? time : Math.Min(FirstTime, time);
        LastTime = Math.Max(LastTime, time);
        _disorder = Math.Max(_disorder, LastTime - time);
        bool isOtherPart = time < _lastTime - SliceLength;
        _lastTime = isOtherPart ? time : Math.Max(_lastTime, time);
        return isOtherPart;
    }

    /// <summary>Notes a transaction, whose id the thread took after its line before.</summary>
    internal void NoteTransaction(TraceThread thread, long time, uint id)
    {
        if (thread.LastTime >= 0 && time >= thread.LastTime && id > thread.LastId)
        {
            Slice slice = SliceOf(thread.LastTime);
            slice.LowestAfter = Math.Min(slice.LowestAfter, id);
        }

        NoteObject(thread, time, id);
    }

    /// <summary>Notes an id in a line of a thread. Another thread may have taken it.</summary>
    internal void NoteObject(TraceThread thread, long time, uint id)
    {
        if (time < 0)
            return;
        Slice slice = SliceOf(time);
        slice.Highest = Math.Max(slice.Highest, id);
        thread.LastTime = time;
        thread.LastId = Math.Max(thread.LastId, id);
    }

    /// <summary>Ends the trace: adds the bounds of each loss to the records.</summary>
    /// <param name="records">The records.</param>
    /// <param name="isCut">Whether the text was not read to its end.</param>
    /// <param name="isStartKnown">Whether the kernel says that nothing is missing at the beginning.</param>
    /// <returns>The id from which on nothing is missing that the text of each CPU begins with; 0 if nothing is.</returns>
    internal uint Finish(TraceRecords records, bool isCut, bool isStartKnown)
    {
        foreach (ref CpuState cpu in _cpus.AsSpan())
        {
            if (cpu.IsLossOpen)
                _losses.Add(new Loss(cpu.IsHeard ? cpu.LastTime : Unknown, Unknown, cpu.LossFile, cpu.LossLine));
        }

        Bounds bounds = new(_slices);
        uint begin = 0;
        if (IsDisordered)
        {
            (long first, long last) = Ends(isCut);
            if (!isStartKnown)
                Add(records, new Loss(Unknown, first, 0, 1), begin: 0, begin = bounds.HighestBefore(first));
            records.Add(new TraceRecord { Kind = TraceRecordKind.End, Transaction = bounds.LowestAfter(last) });
        }

        foreach (Loss loss in _losses)
        {
            (uint lowest, uint highest) = (loss.Begin < 0 ? 0 : bounds.LowestAfter(loss.Begin), loss.End < 0 ? uint.MaxValue : bounds.HighestBefore(loss.End));
            if (lowest < highest)
                Add(records, loss, lowest, highest);
            else
                Add(records, loss, 0, uint.MaxValue);
        }

        return begin;
    }

    /// <summary>Returns the times at which events were lost, from the first one on, and not overlapping.</summary>
    internal List<(long Begin, long End)> Times()
    {
        List<(long Begin, long End)> times = [];
        foreach (Loss loss in _losses.OrderBy(each => each.Begin))
        {
            long end = loss.End < 0 ? long.MaxValue : loss.End + _disorder;
            if (times.Count > 0 && loss.Begin <= times[^1].End)
                times[^1] = (times[^1].Begin, Math.Max(times[^1].End, end));
            else
                times.Add((loss.Begin, end));
        }

        return times;
    }

    private static void Add(TraceRecords records, in Loss loss, uint begin, uint end)
    {
        records.Add(new TraceRecord { Kind = TraceRecordKind.LossBegin, Transaction = begin, File = loss.File, Line = loss.Line });
        if (end < uint.MaxValue)
            records.Add(new TraceRecord { Kind = TraceRecordKind.LossEnd, Transaction = end, File = loss.File, Line = loss.Line });
    }

    /// <summary>Returns the times between which no line is missing at the ends of a text whose lines are not in the order of time.</summary>
    /// <remarks>Lines that are cut off are no further from the end than others are out of order; and none is between two of its CPU.</remarks>
    private (long First, long Last) Ends(bool isCut)
    {
        (long first, long last) = (FirstTime, isCut ? FirstTime : LastTime);
        foreach (ref readonly CpuState cpu in _cpus.AsSpan())
        {
            if (cpu.IsHeard)
                (first, last) = (Math.Max(first, cpu.FirstTime), Math.Min(last, cpu.LastTime));
        }

        return (Math.Min(first, FirstTime + _disorder), Math.Max(last, LastTime - _disorder));
    }

    private Slice SliceOf(long time)
    {
        long number = time / SliceLength;
        if (number == _sliceNumber)
            return _slice;
        ref Slice? slice = ref CollectionsMarshal.GetValueRefOrAddDefault(_slices, number, out _);
        (_sliceNumber, _slice) = (number, slice ??= new Slice());
        return slice;
    }

    /// <summary>Represents a loss between two times of a CPU; -1 where its lines do not bound it.</summary>
    private readonly record struct Loss(long Begin, long End, int File, long Line);

    private struct CpuState
    {
        internal bool IsHeard;
        internal bool IsLossOpen;
        internal int LossFile;
        internal int Headers;
        internal long LossLine;
        internal long FirstTime;
        internal long LastTime;
    }

    /// <summary>Represents the lines of a hundredth of a second.</summary>
    private sealed class Slice
    {
        /// <summary>Gets or sets the highest id in its lines.</summary>
        internal uint Highest { get; set; }

        /// <summary>Gets or sets the lowest id that was taken after one of its lines.</summary>
        internal uint LowestAfter { get; set; } = uint.MaxValue;
    }

    /// <summary>Tells which ids were taken before and after a time.</summary>
    private sealed class Bounds
    {
        private readonly long[] _numbers;
        private readonly uint[] _highest;
        private readonly uint[] _lowestAfter;

        internal Bounds(Dictionary<long, Slice> slices)
        {
            _numbers = [.. slices.Keys.Order()];
            _highest = new uint[_numbers.Length + 1];
            _lowestAfter = new uint[_numbers.Length + 1];
            for (int index = 0; index < _numbers.Length; index++)
                _highest[index + 1] = Math.Max(_highest[index], slices[_numbers[index]].Highest);
            _lowestAfter[^1] = uint.MaxValue;
            for (int index = _numbers.Length - 1; index >= 0; index--)
                _lowestAfter[index] = Math.Min(_lowestAfter[index + 1], slices[_numbers[index]].LowestAfter);
        }

        /// <summary>Returns an id below all that were taken after a time; 0 if none is certain to be.</summary>
        internal uint LowestAfter(long time)
        {
            // A whole slice is left out for lines that were written later than their ids were taken.
            long number = time / SliceLength;
            uint lowest = _highest[IndexOf(number - 1)];

            // A damaged line may have a higher id than any that was taken.
            return lowest < _lowestAfter[IndexOf(number)] ? lowest : 0;
        }

        /// <summary>Returns an id above all that were taken before a time; the highest number if none is certain to be.</summary>
        internal uint HighestBefore(long time) => _lowestAfter[IndexOf((time / SliceLength) + 2)];

        /// <summary>Returns the index of the first slice with this number or a higher one.</summary>
        private int IndexOf(long number)
        {
            int index = Array.BinarySearch(_numbers, number);
            return index < 0 ? ~index : index;
        }
    }
}
