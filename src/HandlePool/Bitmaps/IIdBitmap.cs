using HandlePool.Integrity;

namespace HandlePool.Bitmaps;

/// <summary>A fixed number of bits with the two searches that an ID pool needs.</summary>
/// <remarks>
/// Implementations are structs over arrays, so that a pool that is generic over one of them is compiled for it and
/// none of these calls is virtual. Copying such a struct shares the bits.
/// </remarks>
internal interface IIdBitmap<TSelf>
    where TSelf : struct, IIdBitmap<TSelf>
{
    /// <summary>Which allocator a pool over this bitmap is.</summary>
    static abstract HandleAllocator Allocator { get; }

    /// <summary>Allocates a bitmap of <paramref name="length"/> clear bits, a power of two of at least 64.</summary>
    static abstract TSelf Create(int length);

    /// <summary>How many bits there are.</summary>
    int Length { get; }

    /// <summary>The bytes that the arrays hold.</summary>
    long Bytes { get; }

    /// <summary>The bits, 64 to a word, the lowest in bit 0 of word 0.</summary>
    ReadOnlySpan<ulong> Words { get; }

    /// <summary>Whether a bit is set.</summary>
    bool IsSet(int index);

    /// <summary>The lowest clear bit at or above <paramref name="start"/>, or one of <see cref="BitSearch"/>.</summary>
    int NextZeroBit(int start);

    /// <summary>The highest set bit, or -1.</summary>
    int LastBit();

    /// <summary>Sets a clear bit.</summary>
    void Set(int index);

    /// <summary>Clears a set bit.</summary>
    void Clear(int index);

    /// <summary>Makes what the searches go by anew from the bits.</summary>
    void Summarize();

    /// <summary>Holds what the searches go by against the bits.</summary>
    void FindMismatches(MismatchList found);

    /// <summary>Has what the searches go by contradict the word of a bit, if there is anything they go by.</summary>
    /// <returns>Whether there is.</returns>
    bool FlipSummary(int index);

    /// <summary>Copies the bits of <paramref name="source"/> into this new bitmap; no bit beyond its length may be set.</summary>
    void CopyAndExtend(in TSelf source);
}
