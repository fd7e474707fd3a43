namespace HandlePool.Bitmaps;

/// <summary>What a search answers that found no bit.</summary>
internal static class BitSearch
{
    /// <summary>There is none.</summary>
    internal const int None = -1;

    /// <summary>Summaries led to a word that is not as they say.</summary>
    internal const int Corrupted = -2;
}
