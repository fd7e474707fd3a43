namespace HandlePool.Dumps;

/// <summary>Creates the errors of reading and writing dumps.</summary>
internal static class DumpErrors
{
    internal static HandleException DumpFormat(string path, string message, object? target = null) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{path}: {message}", target ?? path);

    internal static HandleException DumpFormat(string path, long line, string message, object? target = null) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{path}:{line}: {message}", target ?? path);

    internal static HandleException DumpUnreadable(string path, Exception inner) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{path}: the file cannot be read. {inner.Message}", path, inner);

    internal static HandleException NothingToWrite(HandleSession session) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL,
            $"Session '{session}' has no references to write: it is known from the driver's statistics only. Export the session instead.", session);

    internal static HandleException DumpNotWritable(object target, string what) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{what} does not fit into a line of a dump. Export the session instead.", target);
}
