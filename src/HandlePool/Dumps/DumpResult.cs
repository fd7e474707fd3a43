namespace HandlePool.Dumps;

/// <summary>A session read from a dump, and what the reader could make nothing of.</summary>
public sealed class DumpResult
{
    internal DumpResult(HandleSession session, IReadOnlyList<DumpProblem> problems, long problemCount,
        IReadOnlyList<DumpProblem> unknownLines, long unknownLineCount)
    {
        Session = session;
        Problems = problems;
        ProblemCount = problemCount;
        UnknownLines = unknownLines;
        UnknownLineCount = unknownLineCount;
    }

    /// <summary>The session. Lines that could not be read are missing from it.</summary>
    public HandleSession Session { get; }

    /// <summary>The lines of a known kind that could not be read, the first <see cref="DumpReader.MaxProblems"/> of them.</summary>
    public IReadOnlyList<DumpProblem> Problems { get; }

    /// <summary>How many lines of a known kind could not be read.</summary>
    public long ProblemCount { get; }

    /// <summary>The first few lines of no known kind.</summary>
    public IReadOnlyList<DumpProblem> UnknownLines { get; }

    /// <summary>How many lines of no known kind there were.</summary>
    public long UnknownLineCount { get; }
}
