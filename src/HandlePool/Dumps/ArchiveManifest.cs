namespace HandlePool.Dumps;

/// <summary>Recognizes the entry of an archive in which HandlePool wrote what the others are. It is no dump, though it has the paths of dumps.</summary>
internal static class ArchiveManifest
{
    /// <summary>The name of the format, which is the first value in it.</summary>
    internal const string Format = "HandlePool.Capture";

    // An object begins, and the name of the first value.
    private const int LongestBeginning = 40;

    /// <summary>Returns whether an entry that begins like this is a manifest.</summary>
    internal static bool IsAt(ReadOnlySpan<byte> sample) => sample.StartsWith("{"u8) && sample.IndexOf("\"HandlePool.Capture\""u8) is > 0 and < LongestBeginning;
}
