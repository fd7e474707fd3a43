namespace HandlePool.IO;

/// <summary>Writes a file whole or not at all.</summary>
/// <remarks>
/// The text goes into a file of another name in the same folder, which takes the place of the old one when it is
/// complete and on the disk. Whoever reads meanwhile reads the old file; whoever is interrupted leaves it.
/// </remarks>
internal static class AtomicFile
{
    /// <summary>Writes a file, or replaces it. Of a symbolic link the file that it points to is replaced.</summary>
    /// <exception cref="IOException">It cannot be written. What was there is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">It, or its folder, may not be written to.</exception>
    internal static void Write(string path, Action<Stream> write)
    {
        string target = Path.GetFullPath(path);
        FileInfo file = new(target);

        // Of a file that is not there the target cannot be resolved, but it can be said that it is no link.
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is { } linked)
            target = linked.FullName;
        if (Directory.Exists(target))
            throw new UnauthorizedAccessException($"'{path}' is a directory.");

        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder '{folder}' does not exist.");

        // Short, so that it is not too long a name where the file's own is not.
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
