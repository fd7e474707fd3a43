using System.Numerics;
using System.Runtime.CompilerServices;

namespace HandlePool.Pools;

/// <summary>Marks the full words of a segment in a 64-way tree, whose inner bits say that all below them are marked.</summary>
/// <remarks>
/// The number of words is a power of two of at least 64. So only the single word of the top level can have bits that stand for nothing;
/// they are set.
/// </remarks>
internal readonly struct FullWords
{
    private readonly ulong[][] _levels;
    private readonly ulong[] _top;

    private FullWords(ulong[][] levels)
    {
        _levels = levels;
        _top = levels[^1];
    }

    internal long Bytes => _levels.Sum(level => (long)level.Length * sizeof(ulong));

    internal static FullWords Create(int words)
    {
        List<ulong[]> levels = [];
        int below = words;
        do
        {
            ulong[] level = new ulong[Math.Max(1, below >> 6)];
            if (below < 64)
                level[0] = ulong.MaxValue << below;
            levels.Add(level);
            below = level.Length;
        }
        while (below > 1);
        return new FullWords([.. levels]);
    }

    /// <summary>Gets whether all words are marked.</summary>
    internal bool AreAllMarked => _top[0] == ulong.MaxValue;

    internal FullWords Copy() => new(Array.ConvertAll(_levels, level => (ulong[])level.Clone()));

    internal void Mark(int index)
    {
        foreach (ulong[] level in _levels)
        {
            ref ulong word = ref level[index >> 6];
            word |= 1UL << index;
            if (word != ulong.MaxValue)
                return;
            index >>= 6;
        }
    }

    internal void Unmark(int index)
    {
        foreach (ulong[] level in _levels)
        {
            ref ulong word = ref level[index >> 6];
            bool wasFull = word == ulong.MaxValue;
            word &= ~(1UL << index);
            if (!wasFull)
                return;
            index >>= 6;
        }
    }

    internal void Flip(int index) => _levels[0][index >> 6] ^= 1UL << index;

    /// <summary>Returns the lowest word that is not marked after <paramref name="index"/> (-1: of all), or one of <see cref="BitSearch"/>.</summary>
    internal int NextUnmarked(int index)
    {
        ulong[][] levels = _levels;
        int level = 0;
        ulong open = 0;
        if (index < 0)
        {
            level = levels.Length - 1;
            open = ~levels[level][0];
            index = 0;
        }
        else
        {
            for (; level < levels.Length; level++)
            {
                // The bits above this word's own. Two shifts, because a shift by 64 would shift by 0.
                open = ~levels[level][index >> 6] & (ulong.MaxValue << index << 1);
                index >>= 6;
                if (open != 0)
                    break;
            }
        }

        if (open == 0)
            return BitSearch.None;
        index = (index << 6) | BitOperations.TrailingZeroCount(open);
        while (--level >= 0)
        {
            ulong[] below = levels[level];
            open = index < below.Length ? ~below[index] : 0;
            if (open == 0)
                return BitSearch.Corrupted;
            index = (index << 6) | BitOperations.TrailingZeroCount(open);
        }

        return index;
    }

    internal void Summarize(ulong[] words)
    {
        for (int level = 0; level < _levels.Length; level++)
        {
            for (int index = 0; index < _levels[level].Length; index++)
                _levels[level][index] = SummaryOf(level, index, words);
        }
    }

    /// <param name="place">What has the words.</param>
    /// <param name="words">The words.</param>
    /// <param name="found">Receives the mismatches.</param>
    internal void FindMismatches(string place, ulong[] words, List<PoolMismatch> found)
    {
        for (int level = 0; level < _levels.Length; level++)
        {
            for (int index = 0; index < _levels[level].Length; index++)
            {
                ulong expected = SummaryOf(level, index, words), word = _levels[level][index];
                if (word != expected)
                    found.Add(new PoolMismatch(HandleMismatchKind.Summary, $"{place}, summary {level + 1}, word {index}", $"{expected:x16}", $"{word:x16}"));
            }
        }
    }

    /// <summary>Computes a word of marks from the 64 words below it: which of them are full. Bits that stand for no word are set.</summary>
    // Called under the lock, too rarely for the runtime to optimize it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static ulong SummaryOf(ReadOnlySpan<ulong> below, int index)
    {
        below = below.Slice(index << 6, Math.Min(64, below.Length - (index << 6)));
        ulong full = below.Length < 64 ? ulong.MaxValue << below.Length : 0;
        for (int bit = 0; bit < below.Length; bit++)
            full |= (below[bit] == ulong.MaxValue ? 1UL : 0) << bit;
        return full;
    }

    private ulong SummaryOf(int level, int index, ulong[] words) => SummaryOf(level == 0 ? words : _levels[level - 1], index);
}
