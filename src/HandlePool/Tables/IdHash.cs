namespace HandlePool.Tables;

/// <summary>Hashes debug ids. They come from files, which must not be able to put all of theirs into one chain.</summary>
/// <remarks>The seed is in all 64 bits before they are mixed: folded to 32 first, ids could be chosen that are equal under each seed.</remarks>
internal sealed class IdHash : IEqualityComparer<long>
{
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue);

    private IdHash()
    {
    }

    /// <summary>For dictionaries by id.</summary>
    internal static IdHash Comparer { get; } = new();

    public bool Equals(long x, long y) => x == y;

    public int GetHashCode(long id) => Of(id);

    internal static int Of(long id)
    {
        ulong hash = (ulong)id ^ Seed;
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return (int)(hash ^ (hash >> 33));
    }
}
