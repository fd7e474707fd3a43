using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Represents the source of a dump: a file, or an entry of an archive.</summary>
/// <param name="Text">The path as shown.</param>
/// <param name="Name">The name of the file or entry, without folders.</param>
/// <param name="ArchiveName">The name of the archive's file; null if there is none.</param>
/// <param name="EntryPath">The path of the entry in the archive; null if there is none.</param>
internal sealed record DumpPath(string Text, string Name, string? ArchiveName, string? EntryPath)
{
    // The folders in which the driver shows its files.
    private static readonly string[] DriverFolders = ["binder_logs", "binder", "proc"];

    internal DumpPath(string path)
        : this(path, Path.GetFileName(path), null, null)
    {
    }

    /// <summary>Gets the time in the name, or in that of the folder; null if there is none.</summary>
    internal DateTimeOffset? Time => DumpTime.FromName(Name) ?? FolderTime;

    /// <summary>Gets the name of a session: it has that of the archive, too.</summary>
    internal string SessionName => ArchiveName is null ? Name : $"{ArchiveName}!{Name}";

    /// <summary>Gets the name of a session where that of the entry does not tell it apart.</summary>
    internal string LongSessionName => ArchiveName is null ? Name : $"{ArchiveName}!{EntryPath}";

    /// <summary>Gets the time in the name of the archive; null if there is none.</summary>
    internal DateTimeOffset? ArchiveTime => ArchiveName is null ? null : DumpTime.FromName(ArchiveName);

    /// <summary>Returns whether a folder's name is that of one in which the driver shows its files.</summary>
    internal static bool IsOfDriver(string folder) => DriverFolders.Contains(folder);

    /// <summary>Returns the path of an entry of this archive, shown as <c>bugreport.zip!folder/bugreport.txt</c>.</summary>
    internal DumpPath Entry(string entry)
    {
        string shown = VisibleText.Of(entry);
        return new DumpPath($"{Text}!{shown}", shown[(shown.LastIndexOfAny(['/', '\\']) + 1)..], Name, shown);
    }

    /// <summary>Gets the time in the name of the folder, or of that in which the driver's own folders are; null if there is none.</summary>
    private DateTimeOffset? FolderTime
    {
        get
        {
            string[] parts = (EntryPath ?? Text).Split('/', '\\');
            int index = parts.Length - 2;
            while (index > 0 && IsOfDriver(parts[index]))
                index--;
            return index < 0 ? null : DumpTime.FromName(parts[index]);
        }
    }
}
