using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Where a dump is from: a file, or an entry of an archive.</summary>
/// <param name="Text">How it is shown.</param>
/// <param name="Name">The name of the file or entry, without folders.</param>
/// <param name="ArchiveName">The name of the archive's file; null if there is none.</param>
internal sealed record DumpPath(string Text, string Name, string? ArchiveName)
{
    internal DumpPath(string path)
        : this(path, Path.GetFileName(path), null)
    {
    }

    /// <summary>When it was taken, if one of the names tells; the entry's comes first.</summary>
    internal DateTimeOffset? Time => DumpTime.FromName(Name) ?? (ArchiveName is null ? null : DumpTime.FromName(ArchiveName));

    /// <summary>An entry of this archive, shown as <c>bugreport.zip!folder/bugreport.txt</c>.</summary>
    internal DumpPath Entry(string entry)
    {
        string shown = VisibleText.Of(entry);
        return new DumpPath($"{Text}!{shown}", shown[(shown.LastIndexOfAny(['/', '\\']) + 1)..], Name);
    }
}
