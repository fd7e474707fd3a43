using System.Numerics;

namespace HandlePool.Pools;

/// <summary>Keeps bits, a second bitmap of the words that are full, and a lower bound for the search, as the kernel's file table does.</summary>
/// <remarks>
/// A search scans the second bitmap, 4,096 bits at a step, from the lower bound on: O(length / 4096). Bit 0 is not subject to the bound,
/// because handle 0 usually stays unused. The highest bit is found by scanning the words: O(length / 64).
/// </remarks>
internal struct FdTwoLevelBitmap : IIdBitmap<FdTwoLevelBitmap>
{
    private FlatBitmap _bits;

    // Bits that stand for no word are set.
    private ulong[] _full;

    // No bit from 1 up to here is clear.
    private int _next = 1;

    private FdTwoLevelBitmap(FlatBitmap bits, ulong[] full)
    {
        _bits = bits;
        _full = full;
    }

    public readonly int Length => _bits.Length;

    public readonly long Bytes => _bits.Bytes + ((long)_full.Length * sizeof(ulong));

    public readonly ReadOnlySpan<ulong> Words => _bits.Words;

    public readonly int FittingLength => _bits.FittingLength;

    public readonly ReadOnlySpan<ulong> WordsFrom(int word) => _bits.WordsFrom(word);

    public static FdTwoLevelBitmap Create(int length)
    {
        // One word of bits needs none of full words.
        ulong[] full = length == IdPool.MinCapacity ? [] : new ulong[Math.Max(1, length >> 12)];
        if (length is > IdPool.MinCapacity and < 4096)
            full[0] = ulong.MaxValue << (length >> 6);
        return new FdTwoLevelBitmap(FlatBitmap.Create(length), full);
    }

    public static FdTwoLevelBitmap AllocateResize(int from, int to) => Create(to);

    public void Resize(in FdTwoLevelBitmap memory, int length)
    {
        int next = Math.Min(_next, length);
        _bits.Resize(memory._bits, length);
        _full = memory._full;
        Summarize();
        _next = next;
    }

    public readonly bool IsSet(int index) => _bits.IsSet(index);

    public int NextZeroBit(int start)
    {
        if (start == 0)
        {
            if (!_bits.IsSet(0))
                return 0;
            start = 1;
        }

        bool isNext = start <= _next;
        int found = Search(isNext ? _next : start);
        if (isNext && found >= 0)
            _next = found;
        return found;
    }

    public readonly int LastBit() => _bits.LastBit();

    public readonly bool IsClearFrom(int start, int used) => _bits.IsClearFrom(start, used);

    public readonly bool IsCertainlyClearFrom(int start, int used) => _bits.IsCertainlyClearFrom(start, used);

    public bool TrySet(int index)
    {
        if (!_bits.TrySet(index))
            return false;

        int word = index >> 6;
        if (_bits.Words[word] == ulong.MaxValue && _full.Length > 0)
            _full[word >> 6] |= 1UL << word;
        if (index == _next)
            _next = index + 1;
        return true;
    }

    public bool TryClear(int index)
    {
        if (!_bits.TryClear(index))
            return false;

        int word = index >> 6;
        if (_full.Length > 0)
            _full[word >> 6] &= ~(1UL << word);
        if (index < _next && index > 0)
            _next = index;
        return true;
    }

    public void Summarize()
    {
        _next = 1;
        for (int index = 0; index < _full.Length; index++)
            _full[index] = FullWords.SummaryOf(_bits.Words, index);
    }

    public readonly void FindMismatches(List<PoolMismatch> found)
    {
        for (int index = 0; index < _full.Length; index++)
        {
            ulong expected = FullWords.SummaryOf(_bits.Words, index);
            if (_full[index] != expected)
                found.Add(new PoolMismatch(HandleMismatchKind.Summary, $"full words, word {index}", $"{expected:x16}", $"{_full[index]:x16}"));
        }

        for (int index = 1; index < _next && index < Length; index++)
        {
            if (IsSet(index))
                continue;
            found.Add(new PoolMismatch(HandleMismatchKind.Summary, "lower bound of unused handles", $"{index} or less", $"{_next}", index));
            break;
        }
    }

    public bool FlipSummary(int index)
    {
        if (_full.Length == 0)
            return false;
        _full[index >> 12] ^= 1UL << (index >> 6);

        // The next search must meet it.
        _next = 1;
        return true;
    }

    public readonly FdTwoLevelBitmap Copy() => new(_bits.Copy(), [.. _full]) { _next = _next };

    private readonly int Search(int start)
    {
        ReadOnlySpan<ulong> words = _bits.Words;
        int word = start >> 6;
        if ((uint)word >= (uint)words.Length)
            return BitSearch.None;
        ulong free = ~words[word] & (ulong.MaxValue << start);
        if (free != 0)
            return (word << 6) | BitOperations.TrailingZeroCount(free);

        if (_full.Length == 0)
            return BitSearch.None;

        // The words after this one. Two shifts, because a shift by 64 would shift by 0.
        int group = word >> 6;
        ulong open = ~_full[group] & (ulong.MaxValue << word << 1);
        while (open == 0)
        {
            if (++group >= _full.Length)
                return BitSearch.None;
            open = ~_full[group];
        }

        word = (group << 6) | BitOperations.TrailingZeroCount(open);
        free = word < words.Length ? ~words[word] : 0;
        return free != 0 ? (word << 6) | BitOperations.TrailingZeroCount(free) : BitSearch.Corrupted;
    }
}
