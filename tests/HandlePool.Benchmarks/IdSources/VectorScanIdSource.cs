using System.Numerics;

namespace HandlePool.Benchmarks.IdSources;

/// <summary>A flat bitmap whose searches the base library vectorizes: how far the flat one could be taken.</summary>
public sealed class VectorScanIdSource : IIdSource
{
    private ulong[] _words = [1];

    /// <inheritdoc/>
    public int Take()
    {
        int index = _words.AsSpan().IndexOfAnyExcept(ulong.MaxValue);
        if (index < 0)
        {
            index = _words.Length;
            Array.Resize(ref _words, 2 * index);
        }

        int bit = BitOperations.TrailingZeroCount(~_words[index]);
        _words[index] |= 1UL << bit;
        return (index << 6) | bit;
    }

    /// <inheritdoc/>
    public void Release(int id)
    {
        _words[id >> 6] &= ~(1UL << id);

        // The driver's rule for shrinking.
        int last = _words.AsSpan().LastIndexOfAnyExcept(0UL);
        if (_words.Length > 1 && last < _words.Length / 4)
            Array.Resize(ref _words, _words.Length / 2);
    }

    /// <inheritdoc/>
    public void Fill(int count)
    {
        _words = new ulong[Math.Max(1, BitOperations.RoundUpToPowerOf2((uint)count + 1) >> 6)];
        for (int id = 0; id <= count; id++)
            _words[id >> 6] |= 1UL << id;
    }
}
