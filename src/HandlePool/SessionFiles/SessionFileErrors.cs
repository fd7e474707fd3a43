namespace HandlePool.SessionFiles;

/// <summary>Creates the errors of reading session files.</summary>
internal static class SessionFileErrors
{
    internal static HandleException SessionFormat(string path, string message, Exception? inner = null) =>
        new(HandleErrorIds.SessionFormat, Errno.EINVAL, $"{path}: {message}", path, inner);
}
