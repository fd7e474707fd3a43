using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Represents the source of a dump: a file, or an entry of an archive.</summary>
/// <param name="Text">The path as shown.</param>
/// <param name="Name">The name of the file or entry, without folders.</param>
/// <param name="ArchiveName">The name of the archive's file; null if there is none.</param>
internal sealed record DumpPath(string Text, string Name, string? ArchiveName)
{
    internal DumpPath(string path)
        : this(path, Path.GetFileName(path), null)
    {
    }

    /// <summary>Gets the time in the name; null if there is none.</summary>
    internal DateTimeOffset? Time => DumpTime.FromName(Name);

    /// <summary>Gets the time in the name of the archive; null if there is none.</summary>
    internal DateTimeOffset? ArchiveTime => ArchiveName is null ? null : DumpTime.FromName(ArchiveName);

    /// <summary>Returns the path of an entry of this archive, shown as <c>bugreport.zip!folder/bugreport.txt</c>.</summary>
    internal DumpPath Entry(string entry)
    {
        string shown = VisibleText.Of(entry);
        return new DumpPath($"{Text}!{shown}", shown[(shown.LastIndexOfAny(['/', '\\']) + 1)..], Name);
    }
}
