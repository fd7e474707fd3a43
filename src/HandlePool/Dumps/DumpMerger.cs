namespace HandlePool.Dumps;

/// <summary>Makes one session of all dumps in many files.</summary>
internal sealed class DumpMerger : IDumpTarget
{
    private readonly DumpPath _path;
    private readonly IncrementalDumpReader _collector;
    private DumpProblem? _firstProblem;
    private bool _hasDump;

    internal DumpMerger(DumpPath path, DumpReaderOptions? options)
    {
        _path = path;
        _collector = new IncrementalDumpReader(path, options, isMerging: true, Budget);
    }

    public ModelBudget Budget { get; } = new();

    public IncrementalDumpReader Begin(DumpPath file)
    {
        _collector.BeginFile(file);
        return _collector;
    }

    public bool End(IncrementalDumpReader collector, string? failure)
    {
        bool hasDump = collector.HasDump;
        _hasDump |= hasDump;
        collector.EndFile();
        if (hasDump && failure is not null)
            collector.NoteInterruption(failure);
        else if (!hasDump && (failure ?? collector.Fault) is { } fault)
            AddProblem(collector.Path, fault);
        return hasDump;
    }

    public void AddProblem(DumpPath file, string message)
    {
        DumpProblem problem = DumpProblem.OfFile(file.Text, message);
        _firstProblem ??= problem;
        _collector.AddProblem(problem);
    }

    /// <exception cref="HandleException"><c>DumpFormat</c>: there was no dump.</exception>
    internal ImportedDump Finish(int files) => _hasDump
        ? _collector.Build(_path)[0]
        : throw HandleErrors.DumpFormat(_path.Text, _firstProblem is null
            ? "there is no file in this folder."
            : $"there is no dump in any of {files} files. The first: {_firstProblem.ToException().Message}");
}
