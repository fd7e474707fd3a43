namespace HandlePool.Pools;

/// <summary>Defines a fixed number of bits with the two searches that an ID pool needs.</summary>
/// <remarks>
/// Implementations are structs over arrays, so that a pool is compiled for each of them and none of these calls is virtual.
/// An assignment of such a struct shares the bits, so only one of the two may be used afterwards.
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

    /// <summary>Gets the bits, 64 to a word, the lowest in bit 0 of word 0: a live view, or a copy if they are not in one array.</summary>
    ReadOnlySpan<ulong> Words { get; }

    /// <summary>Returns a view of the words from one on, at least one and at most all; nothing beyond the last.</summary>
    ReadOnlySpan<ulong> WordsFrom(int word);

    /// <summary>Returns whether a bit is set.</summary>
    bool IsSet(int index);

    /// <summary>Returns the lowest clear bit at or above <paramref name="start"/>, or one of <see cref="BitSearch"/>.</summary>
    int NextZeroBit(int start);

    /// <summary>Returns the highest set bit, or -1.</summary>
    int LastBit();

    /// <summary>Gets the smallest length that holds all set bits: a power of two of at least 64.</summary>
    int FittingLength { get; }

    /// <summary>Returns whether the bits from <paramref name="start"/> on are clear by the summaries or by their number.</summary>
    /// <param name="start">0 or a power of two below the length.</param>
    /// <param name="used">The number of set bits as the pool has counted it.</param>
    bool IsClearFrom(int start, int used);

    /// <summary>Returns the same although a stray write may have damaged the summaries.</summary>
    /// <param name="start">A power of two below the length.</param>
    /// <param name="used">The number of set bits as the pool has counted it.</param>
    bool IsCertainlyClearFrom(int start, int used);

    /// <summary>Sets a bit.</summary>
    /// <returns>False if it was set, or there is no such bit.</returns>
    bool TrySet(int index);

    /// <summary>Clears a bit.</summary>
    /// <returns>False if it was clear, or there is no such bit.</returns>
    bool TryClear(int index);

    /// <summary>Rebuilds the summaries from the bits.</summary>
    void Summarize();

    /// <summary>Adds the summaries that do not match the bits.</summary>
    void FindMismatches(List<PoolMismatch> found);

    /// <summary>Makes the lowest summary contradict the word of a bit.</summary>
    /// <returns>False if there are no summaries.</returns>
    bool FlipSummary(int index);

    /// <summary>Returns a copy that shares no array with this bitmap, with damaged summaries as they are.</summary>
    TSelf Copy();

    /// <summary>Allocates what <see cref="Resize"/> needs to go from one length to another.</summary>
    static abstract TSelf AllocateResize(int from, int to);

    /// <summary>Changes the length. No bit beyond it may be set.</summary>
    /// <param name="memory">The result of <see cref="AllocateResize"/>, which must not be used any more.</param>
    /// <param name="length">The length that the memory was allocated for.</param>
    void Resize(in TSelf memory, int length);
}
