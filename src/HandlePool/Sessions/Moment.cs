namespace HandlePool;

/// <summary>Tells which times are of one moment.</summary>
internal static class Moment
{
    // Names of dumps have seconds, or milliseconds by which those of one moment differ.
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1);

    /// <summary>Returns whether two times are less than a second apart.</summary>
    internal static bool IsSame(DateTimeOffset one, DateTimeOffset other) => (one - other).Duration() < Length;
}
