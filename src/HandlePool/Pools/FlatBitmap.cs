using System.Numerics;

namespace HandlePool.Pools;

/// <summary>Keeps bits in an array of words and searches it a word at a time from one end, as the driver does.</summary>
/// <remarks>Both searches cost O(length / 64).</remarks>
internal struct FlatBitmap : IIdBitmap<FlatBitmap>
{
    private ulong[] _words;

    private FlatBitmap(ulong[] words) => _words = words;

    public readonly int Length => _words.Length << 6;

    public readonly long Bytes => (long)_words.Length * sizeof(ulong);

    public readonly ReadOnlySpan<ulong> Words => _words;

    public readonly ReadOnlySpan<ulong> WordsFrom(int word) => word < _words.Length ? _words.AsSpan(word) : [];

    public readonly int FittingLength => IdPool.CapacityFor(LastBit());

    public static FlatBitmap Create(int length) => new(new ulong[length >> 6]);

    public readonly bool IsSet(int index) => (_words[index >> 6] & (1UL << index)) != 0;

    public readonly int NextZeroBit(int start)
    {
        ulong[] words = _words;
        int index = start >> 6;
        if ((uint)index >= (uint)words.Length)
            return BitSearch.None;

        ulong free = ~words[index] & (ulong.MaxValue << start);
        while (free == 0)
        {
            if (++index >= words.Length)
                return BitSearch.None;
            free = ~words[index];
        }

        return (index << 6) | BitOperations.TrailingZeroCount(free);
    }

    public readonly int LastBit()
    {
        ulong[] words = _words;
        for (int index = words.Length - 1; index >= 0; index--)
        {
            if (words[index] != 0)
                return (index << 6) | BitOperations.Log2(words[index]);
        }

        return BitSearch.None;
    }

    public readonly bool IsClearFrom(int start, int used) => LastBit() < start;

    public readonly bool IsCertainlyClearFrom(int start, int used) => !_words.AsSpan(start >> 6).ContainsAnyExcept(0UL);

    public readonly bool TrySet(int index)
    {
        ulong[] words = _words;
        int word = index >> 6;
        if ((uint)word >= (uint)words.Length)
            return false;

        ulong before = words[word];
        ulong after = before | (1UL << index);
        words[word] = after;
        return after != before;
    }

    public readonly bool TryClear(int index)
    {
        ulong[] words = _words;
        int word = index >> 6;
        if ((uint)word >= (uint)words.Length)
            return false;

        ulong before = words[word];
        ulong after = before & ~(1UL << index);
        words[word] = after;
        return after != before;
    }

    public readonly void Summarize()
    {
    }

    public readonly void FindMismatches(List<PoolMismatch> found)
    {
    }

    public readonly bool FlipSummary(int index) => false;

    public readonly FlatBitmap Copy() => new([.. _words]);

    public static FlatBitmap AllocateResize(int from, int to) => Create(to);

    public void Resize(in FlatBitmap memory, int length)
    {
        ulong[] from = _words, to = memory._words;
        Array.Copy(from, to, Math.Min(from.Length, to.Length));
        _words = to;
    }
}
