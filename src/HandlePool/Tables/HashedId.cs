namespace HandlePool.Tables;

/// <summary>
/// Represents a debug id, a pid, a handle or a cookie as the key of a dictionary. They come from files, which must not be able to put all of theirs into one
/// chain.
/// </summary>
/// <remarks>
/// The seed covers all 64 bits before they are mixed. If they were first folded to 32, as in a number's own hash, ids could be chosen
/// that collide under every seed. This is a type of key rather than a comparer because dictionaries are compiled for it and make no calls.
/// </remarks>
internal readonly struct HashedId(long id) : IEquatable<HashedId>
{
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue);

    private readonly long _id = id;

    public static implicit operator HashedId(long id) => new(id);

    public static implicit operator HashedId(ulong cookie) => new((long)cookie);

    public bool Equals(HashedId other) => _id == other._id;

    public override bool Equals(object? obj) => obj is HashedId other && Equals(other);

    public override int GetHashCode()
    {
        ulong hash = (ulong)_id ^ Seed;
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return (int)(hash ^ (hash >> 33));
    }
}
