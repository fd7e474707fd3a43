namespace HandlePool.IO;

/// <summary>Writes files atomically.</summary>
/// <remarks>
/// The content goes into a temporary file in the same folder, which replaces the old file when it is complete and on the disk.
/// Until then readers see the old file, and an interruption leaves it.
/// </remarks>
internal static class AtomicFile
{
    /// <summary>Writes or replaces a file. If it is a symbolic link, its target is replaced.</summary>
    /// <exception cref="IOException">The file cannot be written. An existing one stays as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file or its folder is denied.</exception>
    internal static void Write(string path, Action<Stream> write)
    {
        string target = Path.GetFullPath(path);
        FileInfo file = new(target);

        // ResolveLinkTarget throws for a missing file; LinkTarget does not.
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is { } linked)
            target = linked.FullName;
        if (Directory.Exists(target))
            throw new UnauthorizedAccessException($"'{path}' is a directory.");

        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder '{folder}' does not exist.");

        // Short, so that it is never too long where the file's own name is not.
        string temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            if (!OperatingSystem.IsWindows() && File.Exists(target))
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
