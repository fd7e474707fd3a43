namespace HandlePool.Tests.Fuzzing;

/// <summary>Counts for the current thread which basic blocks of the library it runs. Public, as <see cref="CoveredLibrary"/> calls it.</summary>
public static class BlockCounter
{
    /// <summary>Where counting ends: whether it was more often does not matter.</summary>
    public const int Most = 16;

    [ThreadStatic]
    private static byte[]? _counts;

    /// <summary>Counts into the array from now on; null counts nothing.</summary>
    public static void CountInto(byte[]? counts) => _counts = counts;

    /// <summary>Counts a block.</summary>
    public static void Hit(int block)
    {
        if (_counts is { } counts && counts[block] < Most)
            counts[block]++;
    }
}
