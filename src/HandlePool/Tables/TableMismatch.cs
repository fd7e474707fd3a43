using System.Globalization;
using HandlePool.Pools;

namespace HandlePool.Tables;

/// <summary>Represents a place where a handle table contradicts itself or its pool.</summary>
/// <param name="Kind">The kind of contradiction.</param>
/// <param name="Location">The place in the table or pool, in words.</param>
/// <param name="Expected">What should be there.</param>
/// <param name="Found">What is there.</param>
/// <param name="Handle">The handle concerned, or null.</param>
/// <param name="Node">The node concerned, or null.</param>
internal readonly record struct TableMismatch(
    HandleMismatchKind Kind, string Location, string Expected, string Found, int? Handle = null, TableNode? Node = null)
{
    internal TableMismatch(HandleMismatchKind kind, string location, long expected, long found)
        : this(kind, location, expected.ToString(CultureInfo.InvariantCulture), found.ToString(CultureInfo.InvariantCulture))
    {
    }

    internal TableMismatch(in PoolMismatch mismatch)
        : this(mismatch.Kind, mismatch.Location, mismatch.Expected, mismatch.Found, mismatch.Id)
    {
    }
}
