using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace HandlePool.Pools;

/// <summary>Keeps up to 4,096 bits in one array under a single word of marks, and more of them in segments that double.</summary>
/// <remarks>
/// <para>The word of marks says which words of the array are full, so that any search reads at most three words. Nearly every process has fewer
/// handles than that.</para>
/// <para>Each segment behind the first is as long as all bits before it. Growing adds a segment and shrinking drops the last one, so at most
/// 512 bytes are copied, and the longest operation does not depend on the length.</para>
/// <para>A search of segments begins at a lower bound: no bit from 1 up to it is clear, except a spare one. A bit that is cleared below the bound
/// becomes the spare, which is found first, and whose setting leaves all marks as they are. So setting bits in order is O(1), and so is clearing
/// any bit and setting it again. Other searches are O(log64 length) by the marks of full words in each segment.</para>
/// <para>Each segment counts its set bits, which tells in O(1) whether the last quarters are clear: their boundaries are those of segments.</para>
/// </remarks>
internal struct SegmentedBitmap : IIdBitmap<SegmentedBitmap>
{
    /// <summary>The length of the first segment, up to which there is only an array: a bit for each of its words fits in a word.</summary>
    internal const int FirstLength = 1 << FirstShift;

    private const int FirstShift = 12;
    private const int NoSpare = -1;

    // Up to FirstLength, the bits are here. Beyond it, this is empty, and they are in the segments.
    private ulong[] _words;
    private Segment[] _segments;

    // Marks the full words of the array. Bits that stand for no word are set.
    private ulong _full;

    // No bit of the segments from 1 up to the lowest is clear but the spare, which is above 0 and below that, and counts as set in the marks.
    // Handle 0 is often unused, so that it is on its own.
    private int _lowest = 1;
    private int _spare = NoSpare;

    private SegmentedBitmap(ulong[] words, Segment[] segments)
    {
        _words = words;
        _segments = segments;
        _full = words.Length < 64 ? ulong.MaxValue << words.Length : 0;
    }

    public readonly int Length => _segments.Length == 0 ? _words.Length << 6 : FirstLength << (_segments.Length - 1);

    public readonly long Bytes
    {
        get
        {
            long bytes = (long)_words.Length * sizeof(ulong);
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
                return _words;
            ulong[] words = new ulong[Length >> 6];
            foreach (Segment segment in _segments)
                segment.Words.CopyTo(words, segment.Start >> 6);
            return words;
        }
    }

    public readonly int FittingLength
    {
        get
        {
            if (_segments.Length == 0)
                return IdPool.CapacityFor(LastBit());
            for (int i = _segments.Length - 1; i > 0; i--)
            {
                if (_segments[i].Used != 0)
                    return FirstLength << i;
            }

            return IdPool.CapacityFor(_segments[0].LastBit());
        }
    }

    public static SegmentedBitmap Create(int length) =>
        length <= FirstLength ? new(new ulong[length >> 6], []) : new([], AllocateSegments(0, SegmentsOf(length)));

    public static SegmentedBitmap AllocateResize(int from, int to)
    {
        if (to > FirstLength)
            return new([], AllocateSegments(from <= FirstLength ? 0 : SegmentsOf(from), SegmentsOf(to)));

        // What was in segments and now is exactly as long as the first of them takes over its array.
        return new(from > FirstLength && to == FirstLength ? [] : new ulong[to >> 6], []);
    }

    public void Resize(in SegmentedBitmap memory, int length)
    {
        // The memory lacks what was there when it was requested. If another thread has shrunk the bitmap since, that is allocated here.
        Segment[] present = _segments;
        ulong[] first = present.Length == 0 ? _words : present[0].Words;
        if (length > FirstLength)
        {
            Segment[] segments = memory._segments;
            for (int i = 0; i < segments.Length; i++)
                segments[i] = i < present.Length ? present[i] : segments[i] ?? new Segment(i);
            _segments = segments;
            if (present.Length > 0)
            {
                Keep(_lowest, _spare);
                return;
            }

            first.CopyTo(segments[0].Words, 0);
            segments[0].Summarize();
            _words = [];
            (_lowest, _spare) = (1, NoSpare);
            return;
        }

        if (first.Length != length >> 6)
        {
            ulong[] words = memory._words.Length > 0 ? memory._words : new ulong[length >> 6];
            Array.Copy(first, words, Math.Min(first.Length, words.Length));
            first = words;
        }

        _words = first;
        if (present.Length > 0)
            _segments = [];
        _full = MarksOfArray();
    }

    public readonly ReadOnlySpan<ulong> WordsFrom(int word)
    {
        if (_segments.Length == 0)
            return word < _words.Length ? _words.AsSpan(word) : [];
        return TryLocate(word << 6, out Segment? segment, out int at) ? segment.Words.AsSpan(at) : [];
    }

    public readonly bool IsSet(int index) => (WordOf(index) & (1UL << index)) != 0;

    public int NextZeroBit(int start)
    {
        ulong[] words = _words;
        int word = start >> 6;
        if ((uint)word >= (uint)words.Length)
            return NextZeroBitOfSegments(start);
        ulong free = ~words[word] & (ulong.MaxValue << start);
        return free != 0 ? (word << 6) | BitOperations.TrailingZeroCount(free) : NextZeroBitAfter(word);
    }

    public readonly int LastBit()
    {
        if (_segments.Length == 0)
            return LastBitOf(_words);
        for (int i = _segments.Length - 1; i > 0; i--)
        {
            if (_segments[i].Used != 0 && _segments[i].LastBit() is >= 0 and int last)
                return last;
        }

        return _segments[0].LastBit();
    }

    public readonly bool IsClearFrom(int start) => _segments.Length == 0 ? IsClearFrom(_words, start) : AreSegmentsClearFrom(start);

    public readonly bool IsCertainlyClearFrom(int start, int used)
    {
        if (_segments.Length == 0)
            return IsClearFrom(_words, start);

        // Each segment counts its bits, and the pool counts all of them. If they disagree, the words decide.
        Segment[] segments = _segments;
        ulong[] first = segments[0].Words;
        used -= Count(first);
        for (int i = 1; i < segments.Length; i++)
            used -= segments[i].Used;
        for (int i = segments.Length - 1; i > 0 && segments[i].Start >= start; i--)
        {
            if ((segments[i].Used != 0 || used != 0) && segments[i].Words.AsSpan().ContainsAnyExcept(0UL))
                return false;
        }

        return start >= FirstLength || IsClearFrom(first, start);
    }

    public bool TrySet(int index)
    {
        ulong[] words = _words;
        int word = index >> 6;
        if ((uint)word >= (uint)words.Length)
            return TrySetInSegment(index);

        ulong before = words[word];
        ulong after = before | (1UL << index);
        if (after == before)
            return false;
        words[word] = after;
        if (after == ulong.MaxValue)
            _full |= 1UL << word;
        return true;
    }

    public bool TryClear(int index)
    {
        ulong[] words = _words;
        int word = index >> 6;
        if ((uint)word >= (uint)words.Length)
            return TryClearInSegment(index);

        ulong before = words[word];
        ulong after = before & ~(1UL << index);
        if (after == before)
            return false;
        words[word] = after;
        _full &= ~(1UL << word);
        return true;
    }

    public void Summarize()
    {
        _lowest = 1;
        _spare = NoSpare;
        _full = MarksOfArray();
        foreach (Segment segment in _segments)
            segment.Summarize();
    }

    public readonly void FindMismatches(List<PoolMismatch> found)
    {
        if (_segments.Length == 0)
        {
            if (MarksOfArray() is ulong full && full != _full)
                found.Add(new PoolMismatch(HandleMismatchKind.Summary, "full words, word 0", $"{full:x16}", $"{_full:x16}"));
            return;
        }

        int spareWord = _spare != NoSpare && IsFull(WordOf(_spare), _spare >> 6) ? _spare >> 6 : NoSpare;
        for (int i = 0; i < _segments.Length; i++)
            _segments[i].FindMismatches($"segment {i + 1}", spareWord, found);
        if (_spare != NoSpare && IsSet(_spare))
            found.Add(new PoolMismatch(HandleMismatchKind.Summary, "spare handle", "unused", "used", _spare));
        if (LowestClear() is int lowest && lowest < _lowest)
            found.Add(new PoolMismatch(HandleMismatchKind.Summary, "lower bound of unused handles", $"{lowest} or less", $"{_lowest}", lowest));
    }

    public bool FlipSummary(int index)
    {
        if (_words.Length == 1)
            return false;
        if (!TryLocate(index, out Segment? segment, out int word))
        {
            _full ^= 1UL << (index >> 6);
            return true;
        }

        // The next search must meet it.
        Keep(_lowest, _spare);
        _lowest = 1;
        segment.Full.Flip(word);
        return true;
    }

    public readonly SegmentedBitmap Copy() =>
        new([.. _words], Array.ConvertAll(_segments, segment => segment.Copy())) { _full = _full, _lowest = _lowest, _spare = _spare };

    /// <summary>Returns the number of segments of a length; an array alone counts as one.</summary>
    private static int SegmentsOf(int length) => Math.Max(1, BitOperations.Log2((uint)length) - FirstShift + 1);

    private static Segment[] AllocateSegments(int first, int count)
    {
        Segment[] segments = new Segment[count];
        for (int i = first; i < count; i++)
            segments[i] = new Segment(i);
        return segments;
    }

    private static bool IsClearFrom(ulong[] words, int start)
    {
        // From below: bits are set lowest first, so that the first word tells if they reach that far.
        int word = start >> 6;
        return (words[word] & (ulong.MaxValue << start)) == 0 && !words.AsSpan(word + 1).ContainsAnyExcept(0UL);
    }

    private static int LastBitOf(ulong[] words)
    {
        int word = words.AsSpan().LastIndexOfAnyExcept(0UL);
        return word < 0 ? BitSearch.None : (word << 6) | BitOperations.Log2(words[word]);
    }

    // Called under the lock, too rarely for the runtime to optimize it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Count(ReadOnlySpan<ulong> words)
    {
        int count = 0;
        foreach (ulong word in words)
            count += BitOperations.PopCount(word);
        return count;
    }

    private readonly ulong MarksOfArray() => _words.Length == 0 ? 0 : FullWords.SummaryOf(_words, 0);

    private readonly ulong WordOf(int index)
    {
        ulong[] words = _words;
        int word = index >> 6;
        if ((uint)word < (uint)words.Length)
            return words[word];
        return TryLocate(index, out Segment? segment, out word) ? segment.Words[word] : 0;
    }

    /// <summary>Returns whether the bits of a word are all set but the spare.</summary>
    private readonly bool IsFull(ulong bits, int word) => (bits | (word == _spare >> 6 ? 1UL << _spare : 0)) == ulong.MaxValue;

    private readonly bool IsBelowLowest(int index) => (uint)(index - 1) < (uint)(_lowest - 1);

    /// <summary>Returns the lowest clear bit from 1 on but the spare; the length if there is none.</summary>
    private readonly int LowestClear()
    {
        int word = 0;
        while (WordsFrom(word) is { Length: > 0 } words)
        {
            int at = words.IndexOfAnyExcept(ulong.MaxValue);
            if (at < 0)
            {
                word += words.Length;
                continue;
            }

            word += at;
            ulong free = ~words[at] & (word == 0 ? ~1UL : ulong.MaxValue) & (word == _spare >> 6 ? ~(1UL << _spare) : ulong.MaxValue);
            if (free != 0)
                return (word << 6) | BitOperations.TrailingZeroCount(free);
            word++;
        }

        return Length;
    }

    /// <summary>Returns the lowest clear bit in a word of the array after one that has none.</summary>
    private readonly int NextZeroBitAfter(int word)
    {
        // The words after this one. Two shifts, because a shift by 64 would shift by 0.
        ulong open = ~_full & (ulong.MaxValue << word << 1);
        if (open == 0)
            return BitSearch.None;
        word = BitOperations.TrailingZeroCount(open);
        ulong[] words = _words;
        ulong free = (uint)word < (uint)words.Length ? ~words[word] : 0;
        return free != 0 ? (word << 6) | BitOperations.TrailingZeroCount(free) : BitSearch.Corrupted;
    }

    private int NextZeroBitOfSegments(int start)
    {
        if (start == 0)
        {
            if (!IsSet(0))
                return 0;
            start = 1;
        }

        if (start <= _spare)
            return IsSet(_spare) ? BitSearch.Corrupted : _spare;
        bool isLowest = start <= _lowest;
        if (isLowest)
            start = _lowest;
        if (!TryLocate(start, out Segment? segment, out int word))
            return BitSearch.None;

        // The processor goes on with the lower bound before it has seen the bits.
        ulong free = ~segment.Words[word] & (ulong.MaxValue << start);
        if ((free & (1UL << start)) != 0)
            return start;
        int found = free != 0 ? (start & ~63) | BitOperations.TrailingZeroCount(free) : NextZeroBitAfter(Segment.NumberOf(start), word);
        if (isLowest && found >= 0)
            _lowest = found;
        return found;
    }

    /// <summary>Returns the lowest clear bit after a word of a segment.</summary>
    private readonly int NextZeroBitAfter(int number, int word)
    {
        for (int i = number; i < _segments.Length; i++, word = -1)
        {
            Segment segment = _segments[i];
            if (word < 0 && segment.Full.AreAllMarked)
                continue;
            int open = segment.Full.NextUnmarked(word);
            if (open == BitSearch.None)
                continue;
            ulong free = (uint)open < (uint)segment.Words.Length ? ~segment.Words[open] : 0;
            return free != 0 ? segment.Start + (open << 6) + BitOperations.TrailingZeroCount(free) : BitSearch.Corrupted;
        }

        return BitSearch.None;
    }

    private readonly bool AreSegmentsClearFrom(int start)
    {
        Segment[] segments = _segments;
        for (int i = segments.Length - 1; i > 0 && segments[i].Start >= start; i--)
        {
            if (segments[i].Used != 0)
                return false;
        }

        return start >= FirstLength || IsClearFrom(segments[0].Words, start);
    }

    /// <summary>Notes that a bit of the segments has been cleared below the lower bound.</summary>
    private void Spare(int index)
    {
        int spare = _spare;
        if (spare == NoSpare)
        {
            _spare = index;
            return;
        }

        // Of two, the lower is the spare. The other is the lowest clear bit but it.
        _spare = Math.Min(index, spare);
        _lowest = Math.Max(index, spare);
        Unmark(_lowest);
    }

    /// <summary>Takes over a lower bound with no spare bit: that is now the lowest.</summary>
    private void Keep(int lowest, int spare)
    {
        _spare = NoSpare;
        _lowest = Math.Min(spare == NoSpare ? lowest : spare, Length);
        if (spare != NoSpare && spare < Length)
            Unmark(spare);
    }

    private readonly void Unmark(int index)
    {
        if (TryLocate(index, out Segment? segment, out int word))
            segment.Full.Unmark(word);
    }

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
        if (index == _spare)
        {
            _spare = NoSpare;
            return true;
        }

        if (index == _lowest)
            _lowest = index + 1;
        if (IsFull(after, index >> 6))
            segment.Full.Mark(word);
        return true;
    }

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
        if (IsBelowLowest(index))
            Spare(index);
        else if (IsFull(before, index >> 6))
            segment.Full.Unmark(word);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool TryLocate(int index, [NotNullWhen(true)] out Segment? segment, out int word)
    {
        Segment[] segments = _segments;
        int number = Segment.NumberOf(index);
        if ((uint)number < (uint)segments.Length)
        {
            segment = segments[number];
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

        internal Segment(int number)
        {
            Start = StartOf(number);
            Words = new ulong[Math.Max(FirstLength, Start) >> 6];
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

        /// <summary>Returns the number of the segment with a bit, from 0. It may be beyond the last.</summary>
        internal static int NumberOf(int index) => BitOperations.Log2((uint)index | (FirstLength >> 1)) - (FirstShift - 1);

        /// <summary>Returns the first bit of a segment, which is also the length of all but the first.</summary>
        internal static int StartOf(int number) => number == 0 ? 0 : FirstLength >> 1 << number;

        internal Segment Copy() => new(this);

        internal int LastBit() => LastBitOf(Words) is >= 0 and int last ? Start + last : BitSearch.None;

        internal void Summarize()
        {
            Used = Count(Words);
            Full.Summarize(Words);
        }

        /// <param name="place">The segment, in words.</param>
        /// <param name="spareWord">The word of the bitmap that counts as full because of the spare bit; -1 if none does.</param>
        /// <param name="found">Receives the mismatches.</param>
        internal void FindMismatches(string place, int spareWord, List<PoolMismatch> found)
        {
            if (Count(Words) is int used && used != Used)
                found.Add(new PoolMismatch(HandleMismatchKind.Summary, $"{place}, count of used handles", used, Used));
            Full.FindMismatches(place, Words, spareWord - (Start >> 6), found);
        }
    }
}
