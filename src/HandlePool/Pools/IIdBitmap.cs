namespace HandlePool.Pools;

/// <summary>Defines a fixed number of bits with the two searches that an ID pool needs.</summary>
/// <remarks>
/// Implementations are structs over arrays, so that a pool is compiled for each of them and none of these calls is virtual.
/// Copying such a struct shares the bits.
/// </remarks>
internal interface IIdBitmap<TSelf>
    where TSelf : struct, IIdBitmap<TSelf>
{
    /// <summary>Allocates a bitmap of <paramref name="length"/> clear bits, a power of two of at least 64.</summary>
    static abstract TSelf Create(int length);

    /// <summary>Gets the number of bits.</summary>
    int Length { get; }

    /// <summary>Gets the size of the arrays, in bytes.</summary>
    long Bytes { get; }

    /// <summary>Gets the bits, 64 to a word, the lowest in bit 0 of word 0.</summary>
    ReadOnlySpan<ulong> Words { get; }

    /// <summary>Returns whether a bit is set.</summary>
    bool IsSet(int index);

    /// <summary>Returns the lowest clear bit at or above <paramref name="start"/>, or one of <see cref="BitSearch"/>.</summary>
    int NextZeroBit(int start);

    /// <summary>Returns the highest set bit, or -1.</summary>
    int LastBit();

    /// <summary>Sets a clear bit.</summary>
    void Set(int index);

    /// <summary>Clears a set bit.</summary>
    void Clear(int index);

    /// <summary>Rebuilds the summaries from the bits.</summary>
    void Summarize();

    /// <summary>Adds the summaries that do not match the bits.</summary>
    void FindMismatches(List<PoolMismatch> found);

    /// <summary>Makes the lowest summary contradict the word of a bit.</summary>
    /// <returns>False if there are no summaries.</returns>
    bool FlipSummary(int index);

    /// <summary>Returns a copy that shares no array with this bitmap, with damaged summaries as they are.</summary>
    TSelf Copy();

    /// <summary>Copies the bits of <paramref name="source"/> into this new bitmap; no bit beyond its length may be set.</summary>
    void CopyAndExtend(in TSelf source);
}
