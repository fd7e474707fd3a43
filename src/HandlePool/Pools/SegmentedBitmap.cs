using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace HandlePool.Pools;

/// <summary>
/// Keeps 64 bits in itself, up to 4,096 in one array under a single word of marks as well, and more of them in segments that double.
/// </summary>
/// <remarks>
/// <para>The first word needs no array, and any search begins there. The word of marks says which words of the array are full, so that any search
/// reads at most three words. Nearly every process has fewer handles than that.</para>
/// <para>Each segment behind the first is as long as all bits before it. Growing adds a segment and shrinking drops the last one, so at most
/// 512 bytes are copied, and the longest operation does not depend on the length.</para>
/// <para>A search of segments begins at a lower bound: no bit from 64 up to it is clear, except a spare one. A bit that is cleared below the bound
/// becomes the spare, which is found first, and whose setting leaves all marks as they are. So setting bits in order is O(1), and so is clearing
/// any bit and setting it again. Other searches are O(log64 length) by the marks of full words in each segment.</para>
/// <para>More set bits than fit below a bound reach beyond it, so that the count of all answers most questions whether the last quarters are clear.
/// Each segment counts its set bits too, which answers the others in O(1): their boundaries are those of segments.</para>
/// </remarks>
internal struct SegmentedBitmap : IIdBitmap<SegmentedBitmap>
{
    /// <summary>The length of the first segment, up to which there is only an array: a bit for each of its words fits in a word.</summary>
    internal const int FirstLength = 1 << FirstShift;

    private const int FirstShift = 12;
    private const int WordLength = 64;
    private const int NoSpare = -1;

    // The bits of the first word, at any length. In the array or the first segment, a full word takes its place, where no search stops.
    private ulong _first;

    // Up to FirstLength, the other bits are here; nothing if there are none. Beyond it, this is empty, and they are in the segments.
    private ulong[] _words;
    private Segment[] _segments;

    // Marks the full words of the array. Bits that stand for no word are set, and so is that of the first.
    private ulong _full;

    // No bit of the segments from WordLength up to the lowest is clear but the spare, which is below that and counts as set in the marks.
    private int _lowest = WordLength;
    private int _spare = NoSpare;

    private SegmentedBitmap(ulong[] words, Segment[] segments)
    {
        _words = words;
        _segments = segments;
        _full = (words.Length < 64 ? ulong.MaxValue << words.Length : 0) | 1;
    }

    public readonly int Length => _segments.Length == 0 ? Math.Max(1, _words.Length) << 6 : FirstLength << (_segments.Length - 1);

    public readonly long Bytes
    {
        get
        {
            // What resizes without memory is no bitmap.
            if (_segments is null)
                return 0;
            if (_segments.Length == 0)
                return Math.Max(1, _words.Length) * sizeof(ulong);
            long bytes = 0;
            foreach (Segment? segment in _segments)
                bytes += segment?.Bytes ?? 0;
            return bytes;
        }
    }

    public readonly ReadOnlySpan<ulong> Words
    {
        get
        {
            ulong[] words = new ulong[Length >> 6];
            _words.CopyTo(words, 0);
            foreach (Segment segment in _segments)
                segment.Words.CopyTo(words, segment.Start >> 6);
            words[0] = _first;
            return words;
        }
    }

    public readonly int FittingLength
    {
        get
        {
            for (int i = _segments.Length - 1; i > 0; i--)
            {
                if (_segments[i].Used != 0)
                    return FirstLength << i;
            }

            return IdPool.CapacityFor(LastBitOfFirstWords());
        }
    }

    public static SegmentedBitmap Create(int length) =>
        length <= FirstLength ? new(AllocateWords(length), []) : new([], AllocateSegments(0, SegmentsOf(length)));

    public static SegmentedBitmap AllocateResize(int from, int to)
    {
        if (to > FirstLength)
            return new([], AllocateSegments(from <= FirstLength ? 0 : SegmentsOf(from), SegmentsOf(to)));

        // What was in segments and now is exactly as long as the first of them takes over its array. A single word needs none.
        return to == WordLength || (from > FirstLength && to == FirstLength) ? default : new(AllocateWords(to), []);
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
            _full = ulong.MaxValue;
            (_lowest, _spare) = (WordLength, NoSpare);
            return;
        }

        if (first.Length == 0 && memory._words is not null)
        {
            // There was only the first word, so that nothing is copied.
            (_words, _full) = (memory._words, memory._full);
            return;
        }

        if (length == WordLength)
        {
            first = [];
        }
        else if (first.Length != length >> 6)
        {
            ulong[] words = memory._words ?? AllocateWords(length);
            Array.Copy(first, words, Math.Min(first.Length, words.Length));
            first = words;
        }

        _words = first;
        if (present.Length > 0)
            _segments = [];
        _full = MarksOf(first);
    }

    public readonly ReadOnlySpan<ulong> WordsFrom(int word)
    {
        if (word == 0)
            return new[] { _first };
        if (_segments.Length == 0)
            return word < _words.Length ? _words.AsSpan(word) : [];
        return TryLocate(word << 6, out Segment? segment, out int at) ? segment.Words.AsSpan(at) : [];
    }

    public readonly bool IsSet(int index) => (WordOf(index) & (1UL << index)) != 0;

    public int NextZeroBit(int start)
    {
        if (start < WordLength)
        {
            ulong free = ~_first & (ulong.MaxValue << start);
            if (free != 0)
                return BitOperations.TrailingZeroCount(free);
            start = WordLength;
        }

        return NextZeroBitOfWords(start);
    }

    public readonly int LastBit()
    {
        for (int i = _segments.Length - 1; i > 0; i--)
        {
            if (_segments[i].Used != 0 && _segments[i].LastBit() is >= 0 and int last)
                return last;
        }

        return LastBitOfFirstWords();
    }

    public readonly bool IsClearFrom(int start, int used) => used <= start && IsClearFrom(start);

    public readonly bool IsCertainlyClearFrom(int start, int used)
    {
        if (_segments.Length == 0)
            return AreFirstWordsClearFrom(start);

        // Each segment counts its bits, and the pool counts all of them. If they disagree, the words decide.
        Segment[] segments = _segments;
        used -= BitOperations.PopCount(_first) + segments[0].Count();
        for (int i = 1; i < segments.Length; i++)
            used -= segments[i].Used;
        for (int i = segments.Length - 1; i > 0 && segments[i].Start >= start; i--)
        {
            if ((segments[i].Used != 0 || used != 0) && segments[i].Words.AsSpan().ContainsAnyExcept(0UL))
                return false;
        }

        return start >= FirstLength || AreFirstWordsClearFrom(start);
    }

    public bool TrySet(int index)
    {
        if ((uint)index >= WordLength)
            return TrySetInWords(index);

        ulong before = _first;
        ulong after = before | (1UL << index);
        _first = after;
        return after != before;
    }

    public bool TryClear(int index)
    {
        if ((uint)index >= WordLength)
            return TryClearInWords(index);

        ulong before = _first;
        ulong after = before & ~(1UL << index);
        _first = after;
        return after != before;
    }

    public void Summarize()
    {
        _lowest = WordLength;
        _spare = NoSpare;
        _full = MarksOf(_words);
        foreach (Segment segment in _segments)
            segment.Summarize();
    }

    public readonly void FindMismatches(List<PoolMismatch> found)
    {
        if (_segments.Length == 0)
        {
            if (MarksOf(_words) is ulong full && full != _full)
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
        if (Length == WordLength)
            return false;
        if (!TryLocate(index, out Segment? segment, out int word))
        {
            _full ^= 1UL << (index >> 6);
            return true;
        }

        // The next search must meet it.
        Keep(_lowest, _spare);
        _lowest = WordLength;
        segment.Full.Flip(word);
        return true;
    }

    public readonly SegmentedBitmap Copy() =>
        new([.. _words], Array.ConvertAll(_segments, segment => segment.Copy())) { _first = _first, _full = _full, _lowest = _lowest, _spare = _spare };

    /// <summary>Returns the number of segments of a length; an array alone counts as one.</summary>
    private static int SegmentsOf(int length) => Math.Max(1, BitOperations.Log2((uint)length) - FirstShift + 1);

    private static ulong[] AllocateWords(int length)
    {
        if (length == WordLength)
            return [];
        ulong[] words = new ulong[length >> 6];
        words[0] = ulong.MaxValue;
        return words;
    }

    private static Segment[] AllocateSegments(int first, int count)
    {
        Segment[] segments = new Segment[count];
        for (int i = first; i < count; i++)
            segments[i] = new Segment(i);
        return segments;
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

    private static ulong MarksOf(ulong[] words) => words.Length == 0 ? ulong.MaxValue : FullWords.SummaryOf(words, 0);

    private readonly ulong WordOf(int index)
    {
        if ((uint)index < WordLength)
            return _first;
        ulong[] words = _words;
        int word = index >> 6;
        if ((uint)word < (uint)words.Length)
            return words[word];
        return TryLocate(index, out Segment? segment, out word) ? segment.Words[word] : 0;
    }

    /// <summary>Returns the bits of the array or the first segment, with a full word in place of the first; nothing if there are none.</summary>
    private readonly ulong[] FirstWords() => _segments.Length == 0 ? _words : _segments[0].Words;

    private readonly int LastBitOfFirstWords()
    {
        ulong[] words = FirstWords();
        int word = words.AsSpan().LastIndexOfAnyExcept(0UL);
        if (word > 0)
            return (word << 6) | BitOperations.Log2(words[word]);
        return _first == 0 ? BitSearch.None : BitOperations.Log2(_first);
    }

    private readonly bool AreFirstWordsClearFrom(int start)
    {
        // From below: bits are set lowest first, so that the first word tells if they reach that far.
        ulong[] words = FirstWords();
        int word = start >> 6;
        ulong bits = word == 0 ? _first : words[word];
        return (bits & (ulong.MaxValue << start)) == 0 && (++word >= words.Length || !words.AsSpan(word).ContainsAnyExcept(0UL));
    }

    /// <summary>Returns whether the bits of a word are all set but the spare.</summary>
    private readonly bool IsFull(ulong bits, int word) => (bits | (word == _spare >> 6 ? 1UL << _spare : 0)) == ulong.MaxValue;

    /// <summary>Returns the lowest clear bit from the second word on but the spare; the length if there is none.</summary>
    private readonly int LowestClear()
    {
        int word = 1;
        while (WordsFrom(word) is { Length: > 0 } words)
        {
            int at = words.IndexOfAnyExcept(ulong.MaxValue);
            if (at < 0)
            {
                word += words.Length;
                continue;
            }

            word += at;
            ulong free = ~words[at] & (word == _spare >> 6 ? ~(1UL << _spare) : ulong.MaxValue);
            if (free != 0)
                return (word << 6) | BitOperations.TrailingZeroCount(free);
            word++;
        }

        return Length;
    }

    /// <summary>Returns the lowest clear bit from one after the first word on.</summary>
    private int NextZeroBitOfWords(int start)
    {
        ulong[] words = _words;
        int word = start >> 6;
        ulong open = ~_full & (ulong.MaxValue << word);
        if (open == 0 || word >= words.Length)
            return NextZeroBitOfSegments(start);

        int at = BitOperations.TrailingZeroCount(open);
        if (at == word && (start & (WordLength - 1)) != 0)
        {
            ulong rest = ~words[word] & (ulong.MaxValue << start);
            if (rest != 0)
                return (word << 6) | BitOperations.TrailingZeroCount(rest);
            open &= open - 1;
            if (open == 0)
                return BitSearch.None;
            at = BitOperations.TrailingZeroCount(open);
        }

        ulong free = (uint)at < (uint)words.Length ? ~words[at] : 0;
        return free != 0 ? (at << 6) | BitOperations.TrailingZeroCount(free) : BitSearch.Corrupted;
    }

    private int NextZeroBitOfSegments(int start)
    {
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

    private readonly bool IsClearFrom(int start)
    {
        Segment[] segments = _segments;
        for (int i = segments.Length - 1; i > 0 && segments[i].Start >= start; i--)
        {
            if (segments[i].Used != 0)
                return false;
        }

        return start >= FirstLength || AreFirstWordsClearFrom(start);
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

    private bool TrySetInWords(int index)
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

    private bool TryClearInWords(int index)
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
        if (index < _lowest)
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
            if (number != 0)
                return;
            Words[0] = ulong.MaxValue;
            Full.Mark(0);
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

        internal int LastBit()
        {
            int word = Words.AsSpan().LastIndexOfAnyExcept(0UL);
            return word < 0 ? BitSearch.None : Start + ((word << 6) | BitOperations.Log2(Words[word]));
        }

        /// <summary>Counts the set bits, without the full word in place of the bitmap's first.</summary>
        internal int Count() => SegmentedBitmap.Count(Words.AsSpan(Start == 0 ? 1 : 0));

        internal void Summarize()
        {
            Used = Count();
            Full.Summarize(Words);
        }

        /// <param name="place">The segment, in words.</param>
        /// <param name="spareWord">The word of the bitmap that counts as full because of the spare bit; -1 if none does.</param>
        /// <param name="found">Receives the mismatches.</param>
        internal void FindMismatches(string place, int spareWord, List<PoolMismatch> found)
        {
            if (Count() is int used && used != Used)
                found.Add(new PoolMismatch(HandleMismatchKind.Summary, $"{place}, count of used handles", used, Used));
            Full.FindMismatches(place, Words, spareWord - (Start >> 6), found);
        }
    }
}
