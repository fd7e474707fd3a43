using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace HandlePool.Pools;

/// <summary>Keeps bits in a first part of up to 65,536 and in segments behind it, each as long as all bits before it.</summary>
/// <remarks>
/// <para>Growing beyond the first part adds a segment, and shrinking drops the last one: nothing is copied. The first part is a
/// <see cref="HierarchicalBitmap"/>, whose 8 KiB are copied when it grows. So the longest operation does not depend on the length.</para>
/// <para>A search of the segments begins at a lower bound for their lowest clear bit, so that taking bits in order is O(1). Otherwise it is
/// O(log64 length) by the summaries of each segment.</para>
/// <para>Each segment counts its set bits, which tells in O(1) whether the last quarters are clear: their boundaries are those of
/// segments.</para>
/// </remarks>
internal struct SegmentedBitmap : IIdBitmap<SegmentedBitmap>
{
    /// <summary>The length at which segments begin: 8 KiB of bits, the most that is copied.</summary>
    internal const int FirstLength = 1 << FirstShift;

    private const int FirstShift = 16;

    private readonly HierarchicalBitmap _first;
    private readonly Segment[] _segments;

    // No bit of a segment is clear below.
    private int _lowest = FirstLength;

    // All bits of the first part but bit 0 are set. Handle 0 is often unused, so that its summaries do not say so.
    private bool _isFirstFull;

    private SegmentedBitmap(HierarchicalBitmap first, Segment[] segments)
    {
        _first = first;
        _segments = segments;
    }

    public readonly int Length => _first.Length << _segments.Length;

    public readonly long Bytes
    {
        get
        {
            long bytes = _first.Bytes;
            foreach (Segment? segment in _segments)
                bytes += segment?.Bytes ?? 0;
            return bytes;
        }
    }

    public readonly ReadOnlySpan<ulong> Words
    {
        get
        {
            if (_segments.Length == 0)
                return _first.Words;
            ulong[] words = new ulong[Length >> 6];
            _first.Words.CopyTo(words);
            foreach (Segment segment in _segments)
                segment.Words.CopyTo(words, segment.Start >> 6);
            return words;
        }
    }

    public readonly ReadOnlySpan<ulong> WordsFrom(int word)
    {
        if (word << 6 < FirstLength)
            return _first.WordsFrom(word);
        int segment = SegmentOf(word << 6);
        return segment < _segments.Length ? _segments[segment].Words.AsSpan(word - (StartOf(segment) >> 6)) : [];
    }

    public readonly int FittingLength
    {
        get
        {
            int count = _segments.Length;
            while (count > 0 && _segments[count - 1].Used == 0)
                count--;
            return count > 0 ? FirstLength << count : _first.FittingLength;
        }
    }

    public static SegmentedBitmap Create(int length) =>
        new(HierarchicalBitmap.Create(Math.Min(length, FirstLength)), AllocateSegments(0, SegmentsOf(length)));

    public static SegmentedBitmap AllocateResize(int from, int to) => new(
        from >= FirstLength && to >= FirstLength ? default : HierarchicalBitmap.Create(Math.Min(to, FirstLength)),
        AllocateSegments(SegmentsOf(from), SegmentsOf(to)));

    public static SegmentedBitmap Resized(in SegmentedBitmap present, in SegmentedBitmap memory, int length)
    {
        // The memory lacks what was there when it was requested. If another thread has shrunk the bitmap since, that is allocated here.
        HierarchicalBitmap first = present._first;
        int firstLength = Math.Min(length, FirstLength);
        if (first.Length != firstLength)
        {
            HierarchicalBitmap other = memory._first.IsAllocated ? memory._first : HierarchicalBitmap.Create(firstLength);
            first = HierarchicalBitmap.Resized(first, other, firstLength);
        }

        Segment[] segments = memory._segments;
        for (int i = 0; i < segments.Length; i++)
            segments[i] = i < present._segments.Length ? present._segments[i] : segments[i] ?? new Segment(StartOf(i));
        return new SegmentedBitmap(first, segments) { _lowest = Math.Max(FirstLength, Math.Min(present._lowest, length)) };
    }

    public readonly bool IsSet(int index)
    {
        if (index < FirstLength)
            return _first.IsSet(index);
        Segment segment = _segments[SegmentOf(index)];
        return (segment.Words[(index - segment.Start) >> 6] & (1UL << index)) != 0;
    }

    public int NextZeroBit(int start)
    {
        if (_segments.Length == 0)
            return _first.NextZeroBit(start);
        if (start == 0 || (start < FirstLength && !_isFirstFull))
        {
            int found = _first.NextZeroBit(start);
            if (found != BitSearch.None)
                return found;
            _isFirstFull |= start <= 1;
        }

        return NextZeroBitOfSegments(start);
    }

    public readonly int LastBit()
    {
        for (int i = _segments.Length - 1; i >= 0; i--)
        {
            if (_segments[i].Used != 0 && _segments[i].LastBit() is >= 0 and int last)
                return last;
        }

        return _first.LastBit();
    }

    public readonly bool IsClearFrom(int start)
    {
        Segment[] segments = _segments;
        for (int i = segments.Length - 1; i >= 0 && StartOf(i) >= start; i--)
        {
            if (segments[i].Used != 0)
                return false;
        }

        return start >= FirstLength || _first.IsClearFrom(start);
    }

    public readonly bool IsCertainlyClearFrom(int start, int used)
    {
        // Each segment counts its bits, and the pool counts all of them. If they disagree, the words decide.
        if (_segments.Length > 0)
            used -= Count(_first.Words);
        foreach (Segment segment in _segments)
            used -= segment.Used;
        foreach (Segment segment in _segments)
        {
            if (segment.Start >= start && (segment.Used != 0 || used != 0) && segment.Words.AsSpan().ContainsAnyExcept(0UL))
                return false;
        }

        return start >= FirstLength || _first.IsCertainlyClearFrom(start, used);
    }

    public bool TrySet(int index) => index < FirstLength ? _first.TrySet(index) : TrySetInSegment(index);

    public bool TryClear(int index)
    {
        if (index >= FirstLength)
            return TryClearInSegment(index);
        _isFirstFull = false;
        return _first.TryClear(index);
    }

    public void Summarize()
    {
        _lowest = FirstLength;
        _isFirstFull = false;
        _first.Summarize();
        foreach (Segment segment in _segments)
            segment.Summarize();
    }

    public readonly void FindMismatches(List<PoolMismatch> found)
    {
        _first.FindMismatches(found);
        if (_isFirstFull && ((_first.Words[0] | 1) != ulong.MaxValue || _first.Words[1..].ContainsAnyExcept(ulong.MaxValue)))
            found.Add(new PoolMismatch(HandleMismatchKind.Summary, "first part of the bitmap", "not full", "marked as full"));
        int? lowest = null;
        for (int i = 0; i < _segments.Length; i++)
        {
            _segments[i].FindMismatches($"segment {i + 1}", found);
            lowest ??= _segments[i].LowestClear();
        }

        if (lowest < _lowest)
            found.Add(new PoolMismatch(HandleMismatchKind.Summary, "lower bound of unused handles", $"{lowest} or less", $"{_lowest}", lowest));
    }

    public bool FlipSummary(int index)
    {
        // The next search must meet it.
        _lowest = FirstLength;
        _isFirstFull = false;
        if (index < FirstLength)
            return _first.FlipSummary(index);

        Segment segment = _segments[SegmentOf(index)];
        segment.Full.Flip((index - segment.Start) >> 6);
        return true;
    }

    public readonly SegmentedBitmap Copy() =>
        new(_first.Copy(), Array.ConvertAll(_segments, segment => segment.Copy())) { _lowest = _lowest, _isFirstFull = _isFirstFull };

    private static int SegmentsOf(int length) => Math.Max(0, BitOperations.Log2((uint)length) - FirstShift);

    /// <summary>Returns the segment of a bit behind the first part. It may be beyond the last.</summary>
    private static int SegmentOf(int index) => BitOperations.Log2((uint)index) - FirstShift;

    /// <summary>Returns the first bit of a segment, which is also its length.</summary>
    private static int StartOf(int segment) => FirstLength << segment;

    // Called under the lock, too rarely for the runtime to optimize it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Count(ReadOnlySpan<ulong> words)
    {
        int count = 0;
        foreach (ulong word in words)
            count += BitOperations.PopCount(word);
        return count;
    }

    private static Segment[] AllocateSegments(int first, int count)
    {
        Segment[] segments = count == 0 ? [] : new Segment[count];
        for (int i = first; i < count; i++)
            segments[i] = new Segment(StartOf(i));
        return segments;
    }

    // The runtime optimizes a method 100 ms after its first calls, in which time a pool can take all its handles. Those of segments are optimized
    // from the start.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TrySetInSegment(int index)
    {
        if (!TryLocate(index, out Segment? segment, out int word))
            return false;

        ulong[] words = segment.Words;
        ulong before = words[word];
        ulong after = before | (1UL << index);
        if (after == before)
            return false;
        words[word] = after;
        segment.Used++;
        if (after == ulong.MaxValue)
            segment.Full.Mark(word);
        if (index == _lowest)
            _lowest = index + 1;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryClearInSegment(int index)
    {
        if (!TryLocate(index, out Segment? segment, out int word))
            return false;

        ulong[] words = segment.Words;
        ulong before = words[word];
        ulong after = before & ~(1UL << index);
        if (after == before)
            return false;
        words[word] = after;
        segment.Used--;
        if (before == ulong.MaxValue)
            segment.Full.Unmark(word);
        if (index < _lowest)
            _lowest = index;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int NextZeroBitOfSegments(int start)
    {
        bool isLowest = start <= _lowest;
        if (isLowest)
            start = _lowest;
        if (!TryLocate(start, out Segment? segment, out int word))
            return BitSearch.None;

        ulong free = ~segment.Words[word] & (ulong.MaxValue << start);
        int found = free != 0 ? (start & ~63) | BitOperations.TrailingZeroCount(free) : NextZeroBitAfter(SegmentOf(start), word);
        if (isLowest && found >= 0)
            _lowest = found;
        return found;
    }

    /// <summary>Returns the lowest clear bit after a word of a segment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int NextZeroBitAfter(int first, int word)
    {
        for (int i = first; i < _segments.Length; i++, word = -1)
        {
            Segment segment = _segments[i];
            int open = segment.Full.NextUnmarked(word);
            if (open == BitSearch.None)
                continue;
            ulong free = (uint)open < (uint)segment.Words.Length ? ~segment.Words[open] : 0;
            return free != 0 ? segment.Start + (open << 6) + BitOperations.TrailingZeroCount(free) : BitSearch.Corrupted;
        }

        return BitSearch.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool TryLocate(int index, [NotNullWhen(true)] out Segment? segment, out int word)
    {
        Segment[] segments = _segments;
        int at = SegmentOf(index);
        if ((uint)at < (uint)segments.Length)
        {
            segment = segments[at];
            word = (index - segment.Start) >> 6;
            return true;
        }

        segment = null;
        word = 0;
        return false;
    }

    private sealed class Segment
    {
        internal readonly ulong[] Words;
        internal readonly int Start;
        internal readonly FullWords Full;
        internal int Used;

        /// <param name="start">The first bit, and the number of bits.</param>
        internal Segment(int start)
        {
            Start = start;
            Words = new ulong[start >> 6];
            Full = FullWords.Create(Words.Length);
        }

        private Segment(Segment source)
        {
            Start = source.Start;
            Words = [.. source.Words];
            Full = source.Full.Copy();
            Used = source.Used;
        }

        internal long Bytes => ((long)Words.Length * sizeof(ulong)) + Full.Bytes;

        internal Segment Copy() => new(this);

        internal int LastBit()
        {
            int word = Words.AsSpan().LastIndexOfAnyExcept(0UL);
            return word < 0 ? BitSearch.None : Start + (word << 6) + BitOperations.Log2(Words[word]);
        }

        internal int? LowestClear()
        {
            int word = Words.AsSpan().IndexOfAnyExcept(ulong.MaxValue);
            return word < 0 ? null : Start + (word << 6) + BitOperations.TrailingZeroCount(~Words[word]);
        }

        internal void Summarize()
        {
            Used = Count(Words);
            Full.Summarize(Words);
        }

        internal void FindMismatches(string place, List<PoolMismatch> found)
        {
            if (Count(Words) is int used && used != Used)
                found.Add(new PoolMismatch(HandleMismatchKind.Summary, $"{place}, count of used handles", used, Used));
            Full.FindMismatches(place, Words, found);
        }
    }
}
