namespace HandlePool.IO;

/// <summary>Follows symbolic links to the file that is to be written.</summary>
internal static class LinkedFile
{
    private const int MostLinks = 40;

    /// <summary>Returns the full path of the file that a path leads to, as the system finds it. The file need not exist.</summary>
    /// <exception cref="FileRefusedException">
    /// The path leads to a device or to an open file of a process, or over a link in a folder where anybody may put one: the system may follow
    /// such a link only for who has made it, but here each link is read and not opened.
    /// </exception>
    /// <exception cref="IOException">The links form a loop.</exception>
    internal static string Resolve(string path)
    {
        string full = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            return IsLink(full) ? new FileInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full : full;

        // A link's target is relative to the folder that the link really is in, so each folder is followed as well.
        Stack<string> rest = new(full.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        string at = "/";
        int links = 0;
        while (rest.TryPop(out string? name))
        {
            if (name == ".")
                continue;
            string next = name == ".." ? Path.GetDirectoryName(at) ?? "/" : Path.Combine(at, name);
            bool isLast = rest.Count == 0;
            if (isLast && IsDevice(next))
                throw FileRefusedException.Device(path, exists: Path.Exists(next));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }

            if (++links > MostLinks)
                throw new IOException($"'{path}' leads over more than {MostLinks} links.");
            if (MayAnybodyAddTo(at))
            {
                throw new FileRefusedException(FileRefusal.Link,
                    $"'{next}' is a link in a folder where anybody may put one, so it is not followed.");
            }

            if (target.StartsWith('/'))
                at = "/";
            foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                rest.Push(part);
        }

        return at;
    }

    /// <summary>Returns whether a path is a symbolic link, even one without a target.</summary>
    internal static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    /// <summary>Returns whether a path is among the devices of the system or the open files of a process. /dev/shm has ordinary files.</summary>
    private static bool IsDevice(string path) =>
        path.StartsWith("/proc/", StringComparison.Ordinal)
        || (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal));

    /// <summary>Returns whether a folder is like /tmp.</summary>
    private static bool MayAnybodyAddTo(string folder) => !OperatingSystem.IsWindows()
        && (File.GetUnixFileMode(folder) & (UnixFileMode.StickyBit | UnixFileMode.OtherWrite)) == (UnixFileMode.StickyBit | UnixFileMode.OtherWrite);
}
