namespace HandlePool.Dumps;

/// <summary>Builds one session for each dump of a file.</summary>
internal sealed class DumpSplitter(DumpReaderOptions? options) : IDumpTarget
{
    private readonly List<IncrementalDumpReader> _dumps = [];
    private readonly List<DumpProblem> _problems = [];

    public ModelBudget Budget { get; } = new();

    public IncrementalDumpReader Begin(DumpPath path) => new(path, options, isMerging: false, Budget);

    public bool End(IncrementalDumpReader reader, string? failure)
    {
        bool hasDump = reader.HasDump;
        if (hasDump)
        {
            _dumps.Add(reader);
            if (failure is not null)
                reader.NoteInterruption(failure);
        }
        else if ((failure ?? reader.Fault) is { } fault)
        {
            AddProblem(reader.Path, fault);
        }

        return hasDump;
    }

    public void AddProblem(DumpPath path, string message) => _problems.Add(DumpProblem.OfFile(path.Text, message));

    /// <exception cref="HandleException"><c>DumpFormat</c>: the file has no dump.</exception>
    internal IReadOnlyList<ImportedDump> Finish()
    {
        if (_dumps.Count == 0)
            throw _problems[0].ToException();
        foreach (DumpProblem problem in _problems)
            _dumps[^1].AddProblem(problem);
        return [.. _dumps.SelectMany(dump => dump.Finish())];
    }
}
