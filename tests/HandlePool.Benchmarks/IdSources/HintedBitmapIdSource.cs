using System.Numerics;

namespace HandlePool.Benchmarks.IdSources;

/// <summary>A bitmap searched from a hint of each processor, which is just behind what it took last: a scalable bitmap. Not lowest-first.</summary>
/// <remarks>
/// A search goes on from the hint's word and wraps around. A released ID becomes the hint of its processor, because its word is probably
/// still in that processor's cache.
/// </remarks>
public sealed class HintedBitmapIdSource : IIdSource
{
    private readonly int[] _hints = new int[Environment.ProcessorCount];
    private ulong[] _words = [1];
    private int _used = 1;

    /// <inheritdoc/>
    public bool IsLowestFirst => false;

    /// <inheritdoc/>
    public long Bytes => ((long)_words.Length * sizeof(ulong)) + ((long)_hints.Length * sizeof(int));

    /// <inheritdoc/>
    public int Take()
    {
        if (_used == _words.Length << 6)
            Array.Resize(ref _words, 2 * _words.Length);
        ref int hint = ref _hints[Thread.GetCurrentProcessorId() % _hints.Length];
        ulong[] words = _words;
        int word = (hint >> 6) & (words.Length - 1);
        ulong free = ~words[word] & (ulong.MaxValue << hint);
        while (free == 0)
        {
            word = (word + 1) & (words.Length - 1);
            free = ~words[word];
        }

        int bit = BitOperations.TrailingZeroCount(free);
        words[word] |= 1UL << bit;
        _used++;
        int id = (word << 6) | bit;
        hint = id + 1;
        return id;
    }

    /// <inheritdoc/>
    public void Release(int id)
    {
        _words[id >> 6] &= ~(1UL << id);
        _used--;
        _hints[Thread.GetCurrentProcessorId() % _hints.Length] = id;
    }
}
