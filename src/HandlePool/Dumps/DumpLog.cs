using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Keeps what could not be read of a dump: lines and files with faults, unknown lines, and unknown parts of lines.</summary>
internal sealed class DumpLog
{
    private readonly List<DumpProblem> _problems = [];
    private readonly List<DumpProblem> _unknownLines = [];
    private readonly List<DumpProblem> _ignoredTexts = [];
    private readonly List<DumpProblem> _refusals = [];

    /// <summary>Gets or sets the file.</summary>
    internal string Path { get; set; } = "";

    internal IReadOnlyList<DumpProblem> Problems => _problems;

    internal long ProblemCount { get; private set; }

    internal IReadOnlyList<DumpProblem> UnknownLines => _unknownLines;

    internal long UnknownLineCount { get; private set; }

    internal IReadOnlyList<DumpProblem> IgnoredTexts => _ignoredTexts;

    internal long IgnoredTextCount { get; private set; }

    internal IReadOnlyList<DumpProblem> Refusals => _refusals;

    /// <summary>Adds a problem of a file.</summary>
    internal void Add(DumpProblem problem)
    {
        ProblemCount++;
        _problems.Add(problem);
    }

    /// <summary>Adds a line of a known kind that could not be read.</summary>
    internal void AddBroken(long number, string message, string excerpt)
    {
        ProblemCount++;
        if (_problems.Count < DumpReader.MaxProblems)
            _problems.Add(new DumpProblem(Path, number, message, excerpt));
    }

    internal void AddUnknown(long number, ReadOnlySpan<byte> line)
    {
        UnknownLineCount++;
        if (_unknownLines.Count < DumpReader.MaxUnknownLines)
            _unknownLines.Add(new DumpProblem(Path, number, "unknown line", Excerpt.Of(line)));
    }

    /// <summary>Adds a part of a line whose other parts were read.</summary>
    internal void AddIgnored(long number, ReadOnlySpan<byte> text)
    {
        IgnoredTextCount++;
        if (_ignoredTexts.Count < DumpReader.MaxUnknownLines)
            _ignoredTexts.Add(new DumpProblem(Path, number, "unknown text in a line", Excerpt.Of(text)));
    }

    /// <summary>Adds a file that the device refused to show.</summary>
    internal void AddRefusal(DumpProblem refusal)
    {
        if (_refusals.Count < DumpReader.MaxProblems && !_refusals.Exists(known => known.Text == refusal.Text && known.Path == refusal.Path))
            _refusals.Add(refusal);
    }

    /// <summary>Adds the unknown lines of another log.</summary>
    internal void AddUnknownOf(DumpLog other)
    {
        UnknownLineCount += other.UnknownLineCount;
        _unknownLines.AddRange(other._unknownLines.Take(DumpReader.MaxUnknownLines - _unknownLines.Count));
    }
}
