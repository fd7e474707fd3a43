using System.Runtime.InteropServices;
using System.Text;

namespace HandlePool.IO;

/// <summary>Writes files atomically.</summary>
/// <remarks>
/// The content goes into a temporary file in the same folder, which takes the name of the file when it is complete and on the disk.
/// Until then readers see the old file, and an interruption leaves it.
/// </remarks>
internal static class AtomicFile
{
    private const string TemporaryPattern = ".handlepool-*.tmp";

    // EEXIST of Linux and macOS.
    private const int FileExists = 17;

    private const UnixFileMode MayWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    // Another process may have created a younger one and not locked it yet.
    private static readonly TimeSpan LeastAgeOfLeftovers = TimeSpan.FromMinutes(1);

    /// <summary>Writes a file. If it is a symbolic link, its target is written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether an existing file is replaced. Otherwise it stays, even if it is created during the writing.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="FileRefusedException">The file exists, and is not to be replaced, or the link leads to no file of its own.</exception>
    /// <exception cref="IOException">The file cannot be written. An existing one stays as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file or its folder is denied.</exception>
    internal static void Write(string path, bool overwrite, Action<Stream> write)
    {
        string target = LinkedFile.Resolve(path);
        if (!overwrite && (File.Exists(target) || LinkedFile.IsLink(path)))
            throw FileRefusedException.Exists(path);
        if (Directory.Exists(target))
            throw new UnauthorizedAccessException($"'{path}' is a directory.");

        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder '{folder}' does not exist.");
        DeleteLeftovers(folder);

        // Nobody may read the content who may not read the file.
        UnixFileMode? mode = !OperatingSystem.IsWindows() && File.Exists(target) ? File.GetUnixFileMode(target) : null;
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,

            // The writers have buffers. What this one could not write, it would try again, and fail, when it is disposed.
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows() && mode is { } known)
            options.UnixCreateMode = (known & ~MayWrite) | UnixFileMode.UserWrite;

        // Short, so that it is never too long where the file's own name is not.
        string temporary = Path.Combine(folder, TemporaryPattern.Replace("*", $"{Guid.NewGuid():N}", StringComparison.Ordinal));
        try
        {
            using (FileStream stream = Create(temporary, options, path))
            {
                Fill(stream, path, write);
                if (!OperatingSystem.IsWindows() && mode is { } old)
                    File.SetUnixFileMode(stream.SafeFileHandle, old);
            }

            Rename(temporary, target, overwrite);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static FileStream Create(string temporary, FileStreamOptions options, string path)
    {
        try
        {
            return new FileStream(temporary, options);
        }
        catch (UnauthorizedAccessException exception)
        {
            // The message would name a file that nobody knows.
            throw new UnauthorizedAccessException($"The file '{path}' cannot be written, as its folder may not be.", exception);
        }
        catch (IOException exception)
        {
            throw new IOException(exception.Message.Replace(temporary, path, StringComparison.Ordinal), exception);
        }
    }

    private static void Fill(FileStream stream, string path, Action<Stream> write)
    {
        try
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        catch (ArgumentOutOfRangeException exception) when (exception.ParamName == "value")
        {
            // What FileStream makes of EFBIG.
            throw new IOException($"The file '{path}' would be larger than its file system, or a limit of this process, allows.", exception);
        }
    }

    private static void Rename(string temporary, string target, bool overwrite)
    {
        if (!overwrite && !OperatingSystem.IsWindows() && TryLink(temporary, target))
            return;
        try
        {
            File.Move(temporary, target, overwrite);
        }
        catch (IOException) when (!overwrite && File.Exists(target))
        {
            throw FileRefusedException.Exists(target);
        }
    }

    /// <summary>Gives a file a second name, if nothing has that name.</summary>
    /// <remarks>.NET looks whether there is a file of the name and renames then, so that of two processes at the same moment both succeed.</remarks>
    /// <returns>False if the file system has no links.</returns>
    /// <exception cref="FileRefusedException">Something has the name.</exception>
    private static bool TryLink(string file, string name)
    {
        if (Link(Encoding.UTF8.GetBytes(file + '\0'), Encoding.UTF8.GetBytes(name + '\0')) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == FileExists ? throw FileRefusedException.Exists(name) : false;
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(byte[] file, byte[] name);

    /// <summary>Deletes the temporary files of processes that were killed while they wrote: those that nobody has locked.</summary>
    private static void DeleteLeftovers(string folder)
    {
        // Those that are somebody else's, or in a folder that cannot be listed, stay: the file can be written without.
        EnumerationOptions options = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Directory };
        foreach (string leftover in Directory.EnumerateFiles(folder, TemporaryPattern, options))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(leftover) < LeastAgeOfLeftovers)
                continue;
            try
            {
                // A pipe of that name waits for no other side when it is opened for both.
                using FileStream stream = new(leftover, FileMode.Open, FileAccess.ReadWrite, FileShare.Delete);
                if (stream.CanSeek)
                    File.Delete(leftover);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
    }
}
