using System.Numerics;
using System.Runtime.CompilerServices;

namespace HandlePool.Pools;

/// <summary>
/// Keeps bits under a 64-way tree of summaries: for each word, one bit says that it is full and one that it is not empty.
/// </summary>
/// <remarks>
/// <para>Both searches climb the summaries until one of them names a word to descend into: O(log64 length), with at most four
/// levels above the bits at 2^30. Setting and clearing touch a summary only when a word becomes full or empty, or stops being
/// so: once in 64 times when IDs are taken in order.</para>
/// <para>The summaries take 2/63 of the memory of the bits, 3.2%.</para>
/// </remarks>
internal struct HierarchicalBitmap : IIdBitmap<HierarchicalBitmap>
{
    private ulong[] _words;

    // Level k has a pair of words for each 64 words of the level below: at 2i the "full" bits, at 2i+1 the "not empty" bits.
    // They are side by side because an update often touches both. The last level is one pair. Bits that stand for no word
    // (the last level may have fewer than 64 below it) are "full" and "empty", so that no search enters them.
    private ulong[][] _summaries;

    private HierarchicalBitmap(ulong[] words, ulong[][] summaries)
    {
        _words = words;
        _summaries = summaries;
    }

    public readonly int Length => _words.Length << 6;

    public readonly long Bytes
    {
        get
        {
            long words = _words.Length;
            foreach (ulong[] level in _summaries)
                words += level.Length;
            return words * sizeof(ulong);
        }
    }

    public readonly ReadOnlySpan<ulong> Words => _words;

    public readonly ReadOnlySpan<ulong> WordsFrom(int word) => word < _words.Length ? _words.AsSpan(word) : [];

    public readonly int FittingLength => IdPool.CapacityFor(LastBit());

    public static HierarchicalBitmap Create(int length)
    {
        ulong[] words = new ulong[length >> 6];
        int levels = 0;
        for (int count = words.Length; count > 1; count = (count + 63) >> 6)
            levels++;

        ulong[][] summaries = new ulong[levels][];
        int below = words.Length;
        for (int level = 0; level < levels; level++)
        {
            int pairs = (below + 63) >> 6;
            summaries[level] = new ulong[2 * pairs];

            // Lengths are powers of two, so only a level of a single pair can stand for fewer than 64 words.
            if (below < 64)
                summaries[level][0] = ulong.MaxValue << below;
            below = pairs;
        }

        return new HierarchicalBitmap(words, summaries);
    }

    public readonly bool IsSet(int index) => (_words[index >> 6] & (1UL << index)) != 0;

    public readonly int NextZeroBit(int start)
    {
        ulong[] words = _words;
        int index = start >> 6;
        if ((uint)index >= (uint)words.Length)
            return BitSearch.None;

        ulong free = ~words[index] & (ulong.MaxValue << start);
        return free != 0
            ? (index << 6) | BitOperations.TrailingZeroCount(free)
            : NextZeroBitBeyond(index);
    }

    public readonly int LastBit()
    {
        int index = 0;
        for (int level = _summaries.Length - 1; level >= 0; level--)
        {
            ulong[] summary = _summaries[level];
            int at = (2 * index) + 1;
            ulong occupied = at < summary.Length ? summary[at] : 0;
            if (occupied == 0)
                return LastBitFrom(level);
            index = (index << 6) | BitOperations.Log2(occupied);
        }

        ulong word = index < _words.Length ? _words[index] : 0;
        return word == 0 ? LastBitFrom(-1) : (index << 6) | BitOperations.Log2(word);
    }

    public readonly bool IsClearFrom(int start, int used) => LastBit() < start;

    public readonly bool IsCertainlyClearFrom(int start, int used) => !_words.AsSpan(start >> 6).ContainsAnyExcept(0UL);

    public readonly bool TrySet(int index)
    {
        ulong[] words = _words;
        int at = index >> 6;
        if ((uint)at >= (uint)words.Length)
            return false;

        ulong before = words[at];
        ulong after = before | (1UL << index);
        if (after == before)
            return false;
        words[at] = after;
        if (before == 0)
            MarkOccupied(at);
        if (after == ulong.MaxValue)
            MarkFull(at);
        return true;
    }

    public readonly bool TryClear(int index)
    {
        ulong[] words = _words;
        int at = index >> 6;
        if ((uint)at >= (uint)words.Length)
            return false;

        ulong before = words[at];
        ulong after = before & ~(1UL << index);
        if (after == before)
            return false;
        words[at] = after;
        if (before == ulong.MaxValue)
            MarkNotFull(at);
        if (after == 0)
            MarkEmpty(at);
        return true;
    }

    public readonly void Summarize() => Summarize(0);

    private readonly void Summarize(int lowest)
    {
        for (int level = lowest; level < _summaries.Length; level++)
        {
            ulong[] summary = _summaries[level];
            for (int pair = 0; 2 * pair < summary.Length; pair++)
                (summary[2 * pair], summary[(2 * pair) + 1]) = SummaryOf(level, pair);
        }
    }

    public readonly void FindMismatches(List<PoolMismatch> found)
    {
        for (int level = 0; level < _summaries.Length; level++)
        {
            ulong[] summary = _summaries[level];
            for (int pair = 0; 2 * pair < summary.Length; pair++)
            {
                (ulong full, ulong occupied) = SummaryOf(level, pair);
                Compare("full", level, pair, full, summary[2 * pair], found);
                Compare("not empty", level, pair, occupied, summary[(2 * pair) + 1], found);
            }
        }

        static void Compare(string kind, int level, int pair, ulong expected, ulong word, List<PoolMismatch> found)
        {
            if (word != expected)
                found.Add(new PoolMismatch(HandleMismatchKind.Summary, $"summary {level + 1} ({kind}), word {pair}", $"{expected:x16}", $"{word:x16}"));
        }
    }

    public readonly bool FlipSummary(int index)
    {
        if (_summaries.Length == 0)
            return false;
        int word = index >> 6;
        int pair = word >> 6;
        _summaries[0][2 * pair] ^= 1UL << word;
        _summaries[0][(2 * pair) + 1] ^= 1UL << word;
        return true;
    }

    public readonly HierarchicalBitmap Copy() => new([.. _words], Array.ConvertAll(_summaries, level => (ulong[])level.Clone()));

    public static HierarchicalBitmap AllocateResize(int from, int to) => Create(to);

    public void Resize(in HierarchicalBitmap memory, int length)
    {
        ulong[] from = _words, to = memory._words;
        Array.Copy(from, to, Math.Min(from.Length, to.Length));

        // The lowest summary is copied too, as it takes most of the time to compute.
        int copied = 0;
        if (_summaries.Length > 0 && memory._summaries.Length > 0 && Math.Min(from.Length, to.Length) >= 64)
        {
            ulong[] below = _summaries[0], above = memory._summaries[0];
            Array.Copy(below, above, Math.Min(below.Length, above.Length));
            copied = 1;
        }

        _words = to;
        _summaries = memory._summaries;
        Summarize(copied);
    }

    /// <summary>
    /// Returns the lowest clear bit in a word after <paramref name="index"/>, whose own clear bits are all below the start.
    /// </summary>
    private readonly int NextZeroBitBeyond(int index)
    {
        for (int level = 0; level < _summaries.Length; level++)
        {
            // The bits above this word's own. Two shifts, because a shift by 64 would shift by 0.
            ulong open = ~_summaries[level][2 * (index >> 6)] & (ulong.MaxValue << index << 1);
            index >>= 6;
            if (open == 0)
                continue;

            index = (index << 6) | BitOperations.TrailingZeroCount(open);
            while (--level >= 0)
            {
                ulong[] summary = _summaries[level];
                ulong below = 2 * index < summary.Length ? ~summary[2 * index] : 0;
                if (below == 0)
                    return BitSearch.Corrupted;
                index = (index << 6) | BitOperations.TrailingZeroCount(below);
            }

            ulong free = index < _words.Length ? ~_words[index] : 0;
            return free != 0 ? (index << 6) | BitOperations.TrailingZeroCount(free) : BitSearch.Corrupted;
        }

        return BitSearch.None;
    }

    /// <summary>Returns the highest set bit after the search met an empty or missing summary at a level (-1: an empty word).</summary>
    /// <remarks>
    /// At the top level the bitmap is empty. Below it, the summary above is wrong: the words themselves decide, so that a pool
    /// with damaged summaries does not shrink below a used ID.
    /// </remarks>
    private readonly int LastBitFrom(int level) =>
        level == _summaries.Length - 1 ? BitSearch.None : LastBitOfWords();

    private readonly int LastBitOfWords()
    {
        int index = _words.AsSpan().LastIndexOfAnyExcept(0UL);
        return index < 0 ? BitSearch.None : (index << 6) | BitOperations.Log2(_words[index]);
    }

    private readonly void MarkFull(int index)
    {
        foreach (ulong[] level in _summaries)
        {
            ref ulong full = ref level[2 * (index >> 6)];
            full |= 1UL << index;
            if (full != ulong.MaxValue)
                return;
            index >>= 6;
        }
    }

    private readonly void MarkNotFull(int index)
    {
        foreach (ulong[] level in _summaries)
        {
            ref ulong full = ref level[2 * (index >> 6)];
            bool wasFull = full == ulong.MaxValue;
            full &= ~(1UL << index);
            if (!wasFull)
                return;
            index >>= 6;
        }
    }

    private readonly void MarkOccupied(int index)
    {
        foreach (ulong[] level in _summaries)
        {
            ref ulong occupied = ref level[(2 * (index >> 6)) + 1];
            bool wasEmpty = occupied == 0;
            occupied |= 1UL << index;
            if (!wasEmpty)
                return;
            index >>= 6;
        }
    }

    private readonly void MarkEmpty(int index)
    {
        foreach (ulong[] level in _summaries)
        {
            ref ulong occupied = ref level[(2 * (index >> 6)) + 1];
            occupied &= ~(1UL << index);
            if (occupied != 0)
                return;
            index >>= 6;
        }
    }

    /// <summary>Computes a pair of summary words from the level below. O(64).</summary>
    // Called under the lock, too rarely for the runtime to optimize it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly (ulong Full, ulong Occupied) SummaryOf(int level, int pair)
    {
        ulong full = 0, occupied = 0;
        int count;
        if (level == 0)
        {
            ReadOnlySpan<ulong> below = _words.AsSpan(pair << 6, Math.Min(64, _words.Length - (pair << 6)));
            count = below.Length;
            for (int bit = 0; bit < count; bit++)
            {
                full |= (below[bit] == ulong.MaxValue ? 1UL : 0) << bit;
                occupied |= (below[bit] != 0 ? 1UL : 0) << bit;
            }
        }
        else
        {
            ulong[] lower = _summaries[level - 1];
            count = Math.Min(64, (lower.Length >> 1) - (pair << 6));
            for (int bit = 0; bit < count; bit++)
            {
                int child = 2 * ((pair << 6) + bit);
                full |= (lower[child] == ulong.MaxValue ? 1UL : 0) << bit;
                occupied |= (lower[child + 1] != 0 ? 1UL : 0) << bit;
            }
        }

        return (count == 64 ? full : full | (ulong.MaxValue << count), occupied);
    }
}
