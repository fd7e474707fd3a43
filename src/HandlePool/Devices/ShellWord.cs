namespace HandlePool.Devices;

/// <summary>Quotes words for the shell of a device.</summary>
internal static class ShellWord
{
    /// <summary>Returns a word in single quotes, in which a POSIX shell changes nothing.</summary>
    /// <exception cref="ArgumentException">The word has a NUL, which no argument can have.</exception>
    internal static string Quote(string word) => word.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException("A word for a shell has a NUL.", nameof(word))
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Returns words as one command.</summary>
    internal static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));
}
