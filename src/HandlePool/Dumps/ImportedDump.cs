namespace HandlePool.Dumps;

/// <summary>Represents the session of a dump, and the lines that could not be read.</summary>
public sealed class ImportedDump
{
    private readonly DumpLog _log;

    internal ImportedDump(string path, HandleSession session, DumpLog log)
    {
        Path = path;
        Session = session;
        _log = log;
    }

    /// <summary>Gets the source: a file, <c>ARCHIVE!ENTRY</c> for an entry of a zip archive, or the first of several that were merged.</summary>
    public string Path { get; }

    /// <summary>Gets the session. It lacks what could not be read.</summary>
    public HandleSession Session { get; }

    /// <summary>
    /// Gets the lines of a known kind that could not be read, at most <see cref="DumpReader.MaxProblems"/>, and the files that could
    /// not be read completely.
    /// </summary>
    public IReadOnlyList<DumpProblem> Problems => _log.Problems;

    /// <summary>Gets the number of lines of a known kind, and of files, that could not be read.</summary>
    public long ProblemCount => _log.ProblemCount;

    /// <summary>Gets the first lines of unknown kinds, at most <see cref="DumpReader.MaxUnknownLines"/>.</summary>
    public IReadOnlyList<DumpProblem> UnknownLines => _log.UnknownLines;

    /// <summary>Gets the number of lines of unknown kinds.</summary>
    public long UnknownLineCount => _log.UnknownLineCount;

    /// <summary>Gets the first unknown texts in lines that were read otherwise, such as remarks, at most <see cref="DumpReader.MaxUnknownLines"/>.</summary>
    public IReadOnlyList<DumpProblem> IgnoredTexts => _log.IgnoredTexts;

    /// <summary>Gets the number of lines with an unknown text that were read otherwise.</summary>
    public long IgnoredTextCount => _log.IgnoredTextCount;

    /// <summary>
    /// Gets the files that the device refused to show, each once, at most <see cref="DumpReader.MaxProblems"/>: the text is the file on
    /// the device, and the message is its reason.
    /// </summary>
    public IReadOnlyList<DumpProblem> Refusals => _log.Refusals;
}

/// <summary>Represents a line or a file that could not be read.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line, from 1; 0 for a problem of the file.</param>
/// <param name="Message">The description of the problem.</param>
/// <param name="Text">The beginning of the line, with control characters replaced; empty for a problem of the file.</param>
public sealed record DumpProblem(string Path, long Line, string Message, string Text)
{
    /// <summary>Gets the kind of the file, if it is no dump and was recognized.</summary>
    internal ForeignText? Found { get; init; }

    /// <summary>Creates a problem of a whole file.</summary>
    internal static DumpProblem OfFile(string path, string message) => new(path, 0, message, "");

    /// <summary>Returns an exception with the id <c>DumpFormat</c> for this problem.</summary>
    public HandleException ToException() => Line == 0
        ? DumpErrors.DumpFormat(Path, Message, this)
        : Text.Length == 0 ? DumpErrors.DumpFormat(Path, Line, Message, this)
        : DumpErrors.DumpFormat(Path, Line, $"{Message}: '{Text}'.", this);
}
