namespace HandlePool.Pools;

/// <summary>Defines the results of a search that finds no bit.</summary>
internal static class BitSearch
{
    /// <summary>There is no such bit.</summary>
    internal const int None = -1;

    /// <summary>The summaries led to a word that contradicts them.</summary>
    internal const int Corrupted = -2;
}
