using System.Globalization;

namespace HandlePool.Traces;

/// <summary>Creates the errors of reading traces.</summary>
internal static class TraceErrors
{
    internal static HandleException TraceFormat(string path, long line, string message, object? target = null) =>
        new(HandleErrorIds.TraceFormat, Errno.EINVAL,
            line == 0 ? $"{path}: {message}" : string.Create(CultureInfo.InvariantCulture, $"{path}:{line}: {message}"), target ?? path);
}
