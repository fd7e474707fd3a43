namespace HandlePool.Dumps;

/// <summary>Makes sessions of their own of the dumps in a file.</summary>
internal sealed class DumpSplitter(DumpReaderOptions? options) : IDumpTarget
{
    private readonly List<IncrementalDumpReader> _dumps = [];
    private readonly List<DumpProblem> _problems = [];

    public ModelBudget Budget { get; } = new();

    public IncrementalDumpReader Begin(DumpPath path) => new(path, options, isMerging: false, Budget);

    public bool End(IncrementalDumpReader collector, string? failure)
    {
        bool hasDump = collector.HasDump;
        if (hasDump)
        {
            _dumps.Add(collector);
            if (failure is not null)
                collector.NoteInterruption(failure);
        }
        else if ((failure ?? collector.Fault) is { } fault)
        {
            AddProblem(collector.Path, fault);
        }

        return hasDump;
    }

    public void AddProblem(DumpPath path, string message) => _problems.Add(DumpProblem.OfFile(path.Text, message));

    /// <exception cref="HandleException"><c>DumpFormat</c>: there was no dump.</exception>
    internal IReadOnlyList<ImportedDump> Finish()
    {
        if (_dumps.Count == 0)
            throw _problems[0].ToException();
        foreach (DumpProblem problem in _problems)
            _dumps[^1].AddProblem(problem);
        return [.. _dumps.SelectMany(dump => dump.Finish())];
    }
}
