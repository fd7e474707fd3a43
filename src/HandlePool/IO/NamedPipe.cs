namespace HandlePool.IO;

/// <summary>Tells named pipes from files. Static and thread-safe.</summary>
internal static class NamedPipe
{
    /// <summary>Returns whether a path leads to a named pipe, without waiting for its other side.</summary>
    /// <remarks>
    /// Opened for reading and writing, a pipe has both sides at once; Linux and macOS then do not wait. A pipe that this process may not write
    /// is taken for a file. A process that waits to write to the pipe fails, so only ask for pipes that nobody has named.
    /// </remarks>
    internal static bool IsAt(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows() || !HasNoLength(path))
                return false;
            using FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return !stream.CanSeek;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Returns whether a path leads to what has no length: a pipe, a device, an empty file, or one of the kernel's.</summary>
    /// <exception cref="IOException">The file does not exist, or links form a loop.</exception>
    internal static bool HasNoLength(string path) =>
        (File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path)).Length == 0;
}
