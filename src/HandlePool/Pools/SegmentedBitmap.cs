using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace HandlePool.Pools;

/// <summary>
/// Keeps two words in itself, the first and the current one; the others up to 4,096 bits in an array under a single word of marks, and more of
/// them in segments that double.
/// </summary>
/// <remarks>
/// <para>The current word is the lowest with a clear bit, but for the first: all words before it are full. In its array a full word takes its place, so
/// that it counts as full there and is marked as such. Bits are set and cleared in it without a look at any array, and that of a full word before it
/// becomes the current one by nothing but that. So setting bits in order is O(1), and so is clearing any bit and setting it again, at any length and
/// without a write to an array.</para>
/// <para>When the current word is full, the next one is found by the marks of full words: those of the array are a word, and each segment has a tree
/// of them. So a search is O(log64 length).</para>
/// <para>Each segment is as long as all bits before it. Growing adds a segment and shrinking drops the last one, so at most 256 bytes are copied, and
/// the longest operation does not depend on the length.</para>
/// <para>More set bits than fit below a bound reach beyond it, so that the count of all answers most questions whether the last quarters are clear.
/// The array and each segment count their set bits too, which answers the others in O(1): their boundaries are those of segments. If these counts and
/// that of all disagree, a stray write has damaged one, and the words are read.</para>
/// </remarks>
internal struct SegmentedBitmap : IIdBitmap<SegmentedBitmap>
{
    /// <summary>The length up to which there are no segments: a bit for each word fits in a word.</summary>
    internal const int FirstLength = 1 << FirstShift;

    private const int FirstShift = 12;
    private const int WordLength = 64;
    private const int MostSegments = 30 - FirstShift;

    // The bits of the first word, at any length. A full word takes its place in the array, where no search stops.
    private ulong _first;

    // The bits of the current word, and the first of them. It is full and at 0, where no bit but the first word's is, if no word is current.
    private ulong _current = ulong.MaxValue;
    private int _currentStart;

    // No word from the second up to this one is open but the current one, which is before it.
    private int _next = 1;

    // Marks the full words of the array. Bits that stand for no word are set, and so is that of the first.
    private ulong _full;

    // The other bits up to FirstLength; nothing if there are none.
    private ulong[] _words;

    // The number of bits that are set in the array from its second word on.
    private int _used;

    // The bits from FirstLength on, and how many of them are set in each segment: side by side, so that they are soon added up. Nothing if there are none.
    private int _segmentCount;
    private Segment?[] _segments;
    private int[] _usedOfSegments;

    private SegmentedBitmap(ulong[] words)
    {
        _words = words;
        _full = words is null ? 0 : UnusedMarks(words);
        _segments = [];
        _usedOfSegments = [];
    }

    public readonly int Length => _segmentCount == 0 ? Math.Max(1, _words.Length) << 6 : FirstLength << _segmentCount;

    public readonly long Bytes
    {
        get
        {
            // The memory to resize has only what is new.
            long bytes = _words is null ? 0 : Math.Max(1, _words.Length) * sizeof(ulong);
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
            for (int i = 0; i < _segmentCount; i++)
                _segments[i]!.Words.CopyTo(words, Segment.StartOf(i) >> 6);
            words[_currentStart >> 6] = _current;
            words[0] = _first;
            return words;
        }
    }

    public readonly int FittingLength
    {
        get
        {
            for (int i = _segmentCount - 1; i >= 0; i--)
            {
                if (UsedOf(i) != 0)
                    return 2 * Segment.StartOf(i);
            }

            return IdPool.CapacityFor(LastBitOfFirstWords());
        }
    }

    public static SegmentedBitmap Create(int length)
    {
        SegmentedBitmap bitmap = new(AllocateWords(length));
        bitmap.SetSegmentCount(SegmentsOf(length), []);
        return bitmap;
    }

    public static SegmentedBitmap AllocateResize(int from, int to)
    {
        SegmentedBitmap memory = new(WordsOf(from) == WordsOf(to) || to == WordLength ? null! : AllocateWords(to));
        if (to > Math.Max(from, FirstLength))
        {
            memory._segments = new Segment?[MostSegments];
            for (int i = SegmentsOf(from); i < SegmentsOf(to); i++)
                memory._segments[i] = new Segment(i);
            if (from <= FirstLength)
                memory._usedOfSegments = new int[MostSegments];
        }

        return memory;
    }

    // Called under the lock, too rarely for the runtime to optimize it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Resize(in SegmentedBitmap memory, int length)
    {
        if (_currentStart >= length)
        {
            // It is clear and goes, as does the count of its segment.
            if (_currentStart < FirstLength)
                _used -= WordLength;
            (_current, _currentStart, _next) = (ulong.MaxValue, 0, 1);
        }

        // The memory lacks what was there when it was requested. If another thread has shrunk the bitmap since, that is allocated here.
        int count = WordsOf(length);
        if (_words.Length != count)
        {
            ulong[] words = memory._words?.Length == count ? memory._words : AllocateWords(length);
            int copied = Math.Min(_words.Length, count);
            Array.Copy(_words, words, copied);
            _words = words;
            _full = copied == 0 ? UnusedMarks(words) : FullWords.SummaryOf(words, 0);
        }

        if (_segments.Length == 0 && memory._usedOfSegments.Length > 0)
            (_segments, _usedOfSegments) = (memory._segments, memory._usedOfSegments);
        SetSegmentCount(SegmentsOf(length), memory._segments);
    }

    public readonly ReadOnlySpan<ulong> WordsFrom(int word)
    {
        int current = _currentStart >> 6;
        if (word == 0 || word == current)
            return new[] { word == 0 ? _first : _current };
        if (!TryLocate(word << 6, out ulong[]? words, out int at))
            return [];
        ReadOnlySpan<ulong> view = words.AsSpan(at);
        return current > word && current - word < view.Length ? view[..(current - word)] : view;
    }

    public readonly bool IsSet(int index) => (WordOf(index) & (1UL << index)) != 0;

    public int NextZeroBit(int start)
    {
        if (start < WordLength)
        {
            ulong free = ~_first & (ulong.MaxValue << start);
            if (free != 0)
                return BitOperations.TrailingZeroCount(free);
        }

        ulong open = ~_current;
        if (open != 0 && start <= _currentStart)
            return _currentStart | BitOperations.TrailingZeroCount(open);
        return NextZeroBitOfWords(start);
    }

    public readonly int LastBit()
    {
        for (int i = _segmentCount - 1; i >= 0; i--)
        {
            if (UsedOf(i) != 0 && LastBitOf(_segments[i]!.Words, Segment.StartOf(i)) is >= 0 and int last)
                return last;
        }

        return LastBitOfFirstWords();
    }

    public readonly bool IsClearFrom(int start, int used) => used <= start && IsClearFrom(start);

    // Called under the lock, too rarely for the runtime to optimize it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly bool IsCertainlyClearFrom(int start, int used)
    {
        if (_segmentCount == 0)
            return AreFirstWordsClearFrom(start);

        // Each part counts its bits, and the pool counts all of them. If they disagree, the words decide.
        used -= BitOperations.PopCount(_first) + _used - BitOperations.PopCount(~_current);
        for (int i = 0; i < _segmentCount; i++)
            used -= _usedOfSegments[i];
        for (int i = _segmentCount - 1; i >= 0 && Segment.StartOf(i) >= start; i--)
        {
            if ((UsedOf(i) != 0 || used != 0) && LastBitOf(_segments[i]!.Words, Segment.StartOf(i)) >= 0)
                return false;
        }

        return start >= FirstLength || AreFirstWordsClearFrom(start);
    }

    public bool TrySet(int index)
    {
        ulong before, after;
        if ((uint)index < WordLength)
        {
            before = _first;
            after = before | (1UL << index);
            _first = after;
            return after != before;
        }

        if ((uint)(index - _currentStart) >= WordLength)
            return TrySetInWords(index);

        before = _current;
        after = before | (1UL << index);
        _current = after;
        return after != before;
    }

    public bool TryClear(int index)
    {
        ulong before, after;
        if ((uint)index < WordLength)
        {
            before = _first;
            after = before & ~(1UL << index);
            _first = after;
            return after != before;
        }

        if ((uint)(index - _currentStart) >= WordLength)
            return TryClearInWords(index);

        before = _current;
        after = before & ~(1UL << index);
        _current = after;
        return after != before;
    }

    public void Summarize()
    {
        if (TryLocate(_currentStart, out ulong[]? words, out int at))
            words[at] = _currentStart == 0 ? ulong.MaxValue : _current;
        LeaveCurrent();
        _full = _words.Length == 0 ? ulong.MaxValue : FullWords.SummaryOf(_words, 0);
        _used = CountWords();
        for (int i = 0; i < _segmentCount; i++)
        {
            Segment segment = _segments[i]!;
            segment.Full.Summarize(segment.Words);
            _usedOfSegments[i] = Count(segment.Words);
        }
    }

    public readonly void FindMismatches(List<PoolMismatch> found)
    {
        if (_words.Length > 0 && FullWords.SummaryOf(_words, 0) is ulong full && full != _full)
            found.Add(new PoolMismatch(HandleMismatchKind.Summary, "full words, word 0", $"{full:x16}", $"{_full:x16}"));
        if (CountWords() is int used && used != _used)
            found.Add(CountMismatch("first words", used, _used));
        for (int i = 0; i < _segmentCount; i++)
        {
            Segment segment = _segments[i]!;
            string place = $"segment {i + 2}";
            if (Count(segment.Words) is int usedOfSegment && usedOfSegment != _usedOfSegments[i])
                found.Add(CountMismatch(place, usedOfSegment, _usedOfSegments[i]));
            segment.Full.FindMismatches(place, segment.Words, found);
        }

        // By the marks: an open word that they hide has been found already.
        if (NextOpenWord(0) is > 0 and int open && open < _next)
        {
            int lowest = (open << 6) | BitOperations.TrailingZeroCount(~WordOf(open << 6));
            found.Add(new PoolMismatch(HandleMismatchKind.Summary, "lower bound of unused handles", $"{lowest} or less", $"{_next << 6}", lowest));
        }
        else if (_next <= _currentStart >> 6)
        {
            found.Add(new PoolMismatch(HandleMismatchKind.Summary, "lower bound of unused handles", $"{_currentStart + WordLength} or more", $"{_next << 6}"));
        }
    }

    public bool FlipSummary(int index)
    {
        if (Length == WordLength)
            return false;

        // The next search must meet it.
        LeaveCurrent();
        if (TryLocate(index, out Segment? segment, out int at))
            segment.Full.Flip(at);
        else
            _full ^= 1UL << (index >> 6);
        return true;
    }

    public readonly SegmentedBitmap Copy() => this with
    {
        _words = [.. _words],
        _segments = Array.ConvertAll(_segments, segment => segment?.Copy()),
        _usedOfSegments = [.. _usedOfSegments],
    };

    /// <summary>Returns the number of words in the array of a bitmap.</summary>
    private static int WordsOf(int length) => length == WordLength ? 0 : Math.Min(length, FirstLength) >> 6;

    private static int SegmentsOf(int length) => Math.Max(0, BitOperations.Log2((uint)length) - FirstShift);

    private static ulong[] AllocateWords(int length)
    {
        if (length == WordLength)
            return [];
        ulong[] words = new ulong[WordsOf(length)];
        words[0] = ulong.MaxValue;
        return words;
    }

    /// <summary>Returns the marks of an array of clear words.</summary>
    private static ulong UnusedMarks(ulong[] words) => (words.Length < 64 ? ulong.MaxValue << words.Length : 0) | 1;

    private static PoolMismatch CountMismatch(string place, int expected, int actual) =>
        new(HandleMismatchKind.Summary, $"{place}, count of used handles", expected, actual);

    private static int Count(ReadOnlySpan<ulong> words)
    {
        int count = 0;
        foreach (ulong word in words)
            count += BitOperations.PopCount(word);
        return count;
    }

    private readonly ulong WordOf(int index)
    {
        if ((uint)index < WordLength)
            return _first;
        if ((uint)(index - _currentStart) < WordLength)
            return _current;
        return TryLocate(index, out ulong[]? words, out int at) ? words[at] : 0;
    }

    /// <summary>Returns the number of set bits of a segment. Where the current word is kept, its clear bits count as set.</summary>
    private readonly int UsedOf(int segment) =>
        _usedOfSegments[segment] - (Segment.NumberOf(_currentStart) == segment ? BitOperations.PopCount(~_current) : 0);

    /// <summary>Counts the set bits of the array from its second word on.</summary>
    private readonly int CountWords() => _words.Length == 0 ? 0 : Count(_words.AsSpan(1));

    /// <summary>Adds segments, from memory as far as it has them, or drops the last ones.</summary>
    private void SetSegmentCount(int count, Segment?[] memory)
    {
        if (count > 0 && _segments.Length == 0)
            (_segments, _usedOfSegments) = (new Segment?[MostSegments], new int[MostSegments]);
        for (int i = _segmentCount; i < count; i++)
            _segments[i] = (i < memory.Length ? memory[i] : null) ?? new Segment(i);
        for (int i = count; i < _segmentCount; i++)
            (_segments[i], _usedOfSegments[i]) = (null, 0);
        _segmentCount = count;
    }

    /// <summary>Returns the highest set bit of words; -1 if there is none.</summary>
    private readonly int LastBitOf(Span<ulong> words, int start)
    {
        int word = words.LastIndexOfAnyExcept(0UL);
        if (word >= 0 && start + (word << 6) == _currentStart)
        {
            if (_current != 0)
                return _currentStart | BitOperations.Log2(_current);
            word = words[..word].LastIndexOfAnyExcept(0UL);
        }

        return word < 0 ? BitSearch.None : (start + (word << 6)) | BitOperations.Log2(words[word]);
    }

    private readonly int LastBitOfFirstWords()
    {
        if (_words.Length > 0 && LastBitOf(_words, 0) is >= WordLength and int last)
            return last;
        return _first == 0 ? BitSearch.None : BitOperations.Log2(_first);
    }

    private readonly bool AreFirstWordsClearFrom(int start)
    {
        // From below: bits are set lowest first, so that the first word tells if they reach that far.
        int word = start >> 6, current = _currentStart >> 6;
        if ((WordOf(start) & (ulong.MaxValue << start)) != 0)
            return false;
        if (++word >= _words.Length)
            return true;
        Span<ulong> rest = _words.AsSpan(word);
        if (current < word || current >= _words.Length)
            return !rest.ContainsAnyExcept(0UL);
        return _current == 0 && !rest[..(current - word)].ContainsAnyExcept(0UL) && !rest[(current - word + 1)..].ContainsAnyExcept(0UL);
    }

    private readonly bool IsClearFrom(int start)
    {
        for (int i = _segmentCount - 1; i >= 0 && Segment.StartOf(i) >= start; i--)
        {
            if (UsedOf(i) != 0)
                return false;
        }

        return start >= FirstLength || AreFirstWordsClearFrom(start);
    }

    /// <summary>Returns the lowest clear bit from one after the first word on, which is not a clear bit of the current word before it.</summary>
    private int NextZeroBitOfWords(int start)
    {
        if (_current != ulong.MaxValue || start > _currentStart + WordLength)
            return NextZeroBitAfterCurrent(start);

        // All words before the next one are full, and the lowest that is not becomes the current one.
        int word = BitOperations.TrailingZeroCount(~_full);
        ulong[] words = _words;
        if ((uint)word >= (uint)words.Length)
            return _full == ulong.MaxValue ? NextZeroBitOfSegments() : BitSearch.Corrupted;
        ulong bits = words[word];
        if (bits == ulong.MaxValue)
            return BitSearch.Corrupted;
        words[word] = ulong.MaxValue;
        _full |= 1UL << word;
        _used += BitOperations.PopCount(~bits);
        return MakeCurrent(word, bits);
    }

    /// <summary>Makes the lowest word of the segments with a clear bit the current one, and returns that bit.</summary>
    private int NextZeroBitOfSegments()
    {
        int word = NextOpenWord(_next - 1);
        if (word < 0)
            return word;
        if (!TryLocate(word << 6, out Segment? segment, out int at))
            return BitSearch.Corrupted;
        ulong bits = segment.Words[at];
        if (bits == ulong.MaxValue)
            return BitSearch.Corrupted;
        segment.Words[at] = ulong.MaxValue;
        _usedOfSegments[segment.Number] += BitOperations.PopCount(~bits);
        segment.Full.Mark(at);
        return MakeCurrent(word, bits);
    }

    /// <summary>Makes a word the current one that is kept as full, and returns the lowest of its clear bits.</summary>
    private int MakeCurrent(int word, ulong bits)
    {
        _current = bits;
        _currentStart = word << 6;
        _next = word + 1;
        return _currentStart | BitOperations.TrailingZeroCount(~bits);
    }

    /// <summary>Returns the lowest clear bit from one in the current word or after it.</summary>
    private readonly int NextZeroBitAfterCurrent(int start)
    {
        if (start >= Length)
            return BitSearch.None;
        ulong free = ~WordOf(start) & (ulong.MaxValue << start);
        if (free != 0)
            return (start & -WordLength) | BitOperations.TrailingZeroCount(free);
        int word = NextOpenWord(start >> 6);
        if (word < 0)
            return word;
        free = word < Length >> 6 ? ~WordOf(word << 6) : 0;
        return free != 0 ? (word << 6) | BitOperations.TrailingZeroCount(free) : BitSearch.Corrupted;
    }

    /// <summary>Returns the lowest word after another that is not marked as full, or one of <see cref="BitSearch"/>.</summary>
    private readonly int NextOpenWord(int word)
    {
        int first = 0, at = -1;
        if (word < FirstLength >> 6)
        {
            ulong open = ~_full & (ulong.MaxValue << word << 1);
            if (open != 0)
                return BitOperations.TrailingZeroCount(open);
        }
        else
        {
            first = Segment.NumberOf(word << 6);
            at = word & ~(1 << BitOperations.Log2((uint)word));
        }

        for (int i = first; i < _segmentCount; i++, at = -1)
        {
            Segment segment = _segments[i]!;
            if (at < 0 && segment.Full.AreAllMarked)
                continue;
            int open = segment.Full.NextUnmarked(at);
            if (open != BitSearch.None)
                return open < 0 ? open : (Segment.StartOf(i) >> 6) + open;
        }

        return BitSearch.None;
    }

    /// <summary>Makes no word the current one, so that the next search begins at the first.</summary>
    private void LeaveCurrent()
    {
        if (_current != ulong.MaxValue)
            PutBackCurrent();
        (_current, _currentStart, _next) = (ulong.MaxValue, 0, 1);
    }

    /// <summary>Writes the current word, which has clear bits, back to where it is kept. Another must become the current one.</summary>
    private void PutBackCurrent()
    {
        int word = _currentStart >> 6;
        ulong[] words = _words;
        if ((uint)word < (uint)words.Length)
        {
            words[word] = _current;
            _full &= ~(1UL << word);
            _used -= BitOperations.PopCount(~_current);
        }
        else if (TryLocate(_currentStart, out Segment? segment, out int at))
        {
            segment.Words[at] = _current;
            _usedOfSegments[segment.Number] -= BitOperations.PopCount(~_current);
            segment.Full.Unmark(at);
        }

        _next = word;
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
        _used++;
        if (after == ulong.MaxValue)
            _full |= 1UL << word;
        return true;
    }

    private bool TrySetInSegment(int index)
    {
        if (!TryLocate(index, out Segment? segment, out int at))
            return false;

        ulong before = segment.Words[at];
        ulong after = before | (1UL << index);
        if (after == before)
            return false;
        segment.Words[at] = after;
        _usedOfSegments[segment.Number]++;
        if (after == ulong.MaxValue)
            segment.Full.Mark(at);
        return true;
    }

    private bool TryClearInWords(int index)
    {
        ulong[] words = _words;
        int word = index >> 6;
        if ((uint)word >= (uint)words.Length)
            return TryClearInSegment(index);

        ulong before = words[word];
        if (before == ulong.MaxValue && IsFirstIfOpen(word))
        {
            Open(index);
            return true;
        }

        ulong after = before & ~(1UL << index);
        if (after == before)
            return false;
        words[word] = after;
        _used--;
        _full &= ~(1UL << word);
        Lower(word);
        return true;
    }

    private bool TryClearInSegment(int index)
    {
        if (!TryLocate(index, out Segment? segment, out int at))
            return false;

        ulong before = segment.Words[at];
        if (before == ulong.MaxValue && IsFirstIfOpen(index >> 6))
        {
            Open(index);
            return true;
        }

        ulong after = before & ~(1UL << index);
        if (after == before)
            return false;
        segment.Words[at] = after;
        _usedOfSegments[segment.Number]--;
        if (before == ulong.MaxValue)
            segment.Full.Unmark(at);
        Lower(index >> 6);
        return true;
    }

    /// <summary>Notes that a word that was open, or is after the current one, has a clear bit.</summary>
    private void Lower(int word)
    {
        // An open word before the current one had been marked as full, and is found again.
        if (word < _currentStart >> 6)
            LeaveCurrent();
        _next = Math.Min(_next, word);
    }

    /// <summary>Returns whether no other word before a full one has a clear bit, and neither has the current one, unless it is after that.</summary>
    private readonly bool IsFirstIfOpen(int word) => word < (_current == ulong.MaxValue ? _next : _currentStart >> 6);

    /// <summary>Clears a bit of a full word, which becomes the current one by that.</summary>
    private void Open(int index)
    {
        // The processor goes on without having seen the word.
        if (_current != ulong.MaxValue)
            PutBackCurrent();
        _current = ~(1UL << index);
        _currentStart = index & -WordLength;
    }

    /// <summary>Finds the array that keeps the word of a bit.</summary>
    private readonly bool TryLocate(int index, [NotNullWhen(true)] out ulong[]? words, out int at)
    {
        words = _words;
        at = index >> 6;
        if ((uint)at < (uint)words.Length)
            return true;
        if (!TryLocate(index, out Segment? segment, out at))
            return false;
        words = segment.Words;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool TryLocate(int index, [NotNullWhen(true)] out Segment? segment, out int at)
    {
        Segment?[] segments = _segments;
        int number = Segment.NumberOf(index);
        segment = (uint)number < (uint)segments.Length ? segments[number] : null;
        at = (index - Segment.StartOf(number)) >> 6;
        return segment is not null;
    }

    private sealed class Segment
    {
        internal readonly int Number;
        internal readonly ulong[] Words;
        internal readonly FullWords Full;

        internal Segment(int number)
        {
            Number = number;
            Words = new ulong[StartOf(number) >> 6];
            Full = FullWords.Create(Words.Length);
        }

        private Segment(Segment source)
        {
            Number = source.Number;
            Words = [.. source.Words];
            Full = source.Full.Copy();
        }

        internal long Bytes => ((long)Words.Length * sizeof(ulong)) + Full.Bytes;

        /// <summary>Returns the number of the segment with a bit from FirstLength on, which may be beyond the last; below 0 for a bit before that.</summary>
        internal static int NumberOf(int index) => BitOperations.Log2((uint)index) - FirstShift;

        /// <summary>Returns the first bit of a segment, which is its length too.</summary>
        internal static int StartOf(int number) => FirstLength << number;

        internal Segment Copy() => new(this);
    }
}
