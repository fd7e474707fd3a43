namespace HandlePool.Dumps;

/// <summary>A session read from a dump, and what the reader could make nothing of.</summary>
public sealed class ImportedDump
{
    internal ImportedDump(string path, HandleSession session, IReadOnlyList<DumpProblem> problems, long problemCount,
        IReadOnlyList<DumpProblem> unknownLines, long unknownLineCount)
    {
        Path = path;
        Session = session;
        Problems = problems;
        ProblemCount = problemCount;
        UnknownLines = unknownLines;
        UnknownLineCount = unknownLineCount;
    }

    /// <summary>What it was read from: a file, <c>ARCHIVE!ENTRY</c> for one in a zip archive, or the first of several that were merged.</summary>
    public string Path { get; }

    /// <summary>The session. Lines that could not be read are missing from it.</summary>
    public HandleSession Session { get; }

    /// <summary>
    /// The lines of a known kind that could not be read, the first <see cref="DumpReader.MaxProblems"/> of them, and the files
    /// of which not all, or nothing, could be.
    /// </summary>
    public IReadOnlyList<DumpProblem> Problems { get; }

    /// <summary>How many lines of a known kind, and files, could not be read.</summary>
    public long ProblemCount { get; }

    /// <summary>The first few lines of no known kind.</summary>
    public IReadOnlyList<DumpProblem> UnknownLines { get; }

    /// <summary>How many lines of no known kind there were.</summary>
    public long UnknownLineCount { get; }
}
