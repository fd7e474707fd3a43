using System.Numerics;

namespace HandlePool.Pools;

/// <summary>Keeps bits in an array of words and searches it a word at a time from one end, as the driver does.</summary>
/// <remarks>Both searches cost O(length / 64).</remarks>
internal readonly struct FlatBitmap : IIdBitmap<FlatBitmap>
{
    private readonly ulong[] _words;

    private FlatBitmap(ulong[] words) => _words = words;

    public int Length => _words.Length << 6;

    public long Bytes => (long)_words.Length * sizeof(ulong);

    public ReadOnlySpan<ulong> Words => _words;

    public ReadOnlySpan<ulong> WordsFrom(int word) => word < _words.Length ? _words.AsSpan(word) : [];

    public int FittingLength => IdPool.CapacityFor(LastBit());

    public static FlatBitmap Create(int length) => new(new ulong[length >> 6]);

    public bool IsSet(int index) => (_words[index >> 6] & (1UL << index)) != 0;

    public int NextZeroBit(int start)
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

    public int LastBit()
    {
        ulong[] words = _words;
        for (int index = words.Length - 1; index >= 0; index--)
        {
            if (words[index] != 0)
                return (index << 6) | BitOperations.Log2(words[index]);
        }

        return BitSearch.None;
    }

    public bool IsClearFrom(int start) => LastBit() < start;

    public bool IsCertainlyClearFrom(int start, int used) => !_words.AsSpan(start >> 6).ContainsAnyExcept(0UL);

    public bool TrySet(int index)
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

    public bool TryClear(int index)
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

    public void Summarize()
    {
    }

    public void FindMismatches(List<PoolMismatch> found)
    {
    }

    public bool FlipSummary(int index) => false;

    public FlatBitmap Copy() => new([.. _words]);

    public static FlatBitmap AllocateResize(int from, int to) => Create(to);

    public static FlatBitmap Resized(in FlatBitmap present, in FlatBitmap memory, int length)
    {
        ulong[] from = present._words, to = memory._words;
        Array.Copy(from, to, Math.Min(from.Length, to.Length));
        return memory;
    }
}
