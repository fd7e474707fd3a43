using System.Globalization;

namespace HandlePool.Pools;

/// <summary>Represents a place where a pool contradicts itself or the handles that are held.</summary>
/// <param name="Kind">The kind of contradiction.</param>
/// <param name="Location">The place in the pool, in words.</param>
/// <param name="Expected">What should be there.</param>
/// <param name="Found">What is there.</param>
/// <param name="Id">The ID concerned, or null.</param>
internal readonly record struct PoolMismatch(HandleMismatchKind Kind, string Location, string Expected, string Found, int? Id = null)
{
    internal PoolMismatch(HandleMismatchKind kind, string location, long expected, long found)
        : this(kind, location, expected.ToString(CultureInfo.InvariantCulture), found.ToString(CultureInfo.InvariantCulture))
    {
    }
}
