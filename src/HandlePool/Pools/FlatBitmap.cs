using System.Diagnostics;
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

    public void Set(int index)
    {
        Debug.Assert((_words[index >> 6] & (1UL << index)) == 0, "The bit is already set.");
        _words[index >> 6] |= 1UL << index;
    }

    public void Clear(int index)
    {
        Debug.Assert((_words[index >> 6] & (1UL << index)) != 0, "The bit is already clear.");
        _words[index >> 6] &= ~(1UL << index);
    }

    public void Summarize()
    {
    }

    public void FindMismatches(List<PoolMismatch> found)
    {
    }

    public bool FlipSummary(int index) => false;

    public FlatBitmap Copy() => new([.. _words]);

    public void CopyAndExtend(in FlatBitmap source)
    {
        ulong[] from = source._words;
        Array.Copy(from, _words, Math.Min(from.Length, _words.Length));
    }
}
