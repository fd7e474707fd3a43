namespace HandlePool.Dumps;

/// <summary>Collects the dumps of files: one session for each moment, or one of all.</summary>
internal sealed class DumpCollector : IDumpTarget
{
    private readonly DumpPath _path;
    private readonly IncrementalDumpReader _reader;
    private DumpProblem? _firstProblem;
    private bool _hasDump;

    /// <summary>Creates a collector.</summary>
    /// <param name="path">The file, or the first of several.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="isMerging">Whether everything becomes one session.</param>
    internal DumpCollector(DumpPath path, DumpReaderOptions? options, bool isMerging)
    {
        _path = path;
        _reader = new IncrementalDumpReader(path, options, isMerging, Budget);
    }

    public ModelBudget Budget { get; } = new();

    public IncrementalDumpReader Begin(DumpPath path, DumpFile file)
    {
        _reader.BeginFile(path, file);
        return _reader;
    }

    public bool End(IncrementalDumpReader reader, string? failure)
    {
        DumpProblem? fault = reader.EndFile();
        bool hasDump = reader.HasDump;
        _hasDump |= hasDump;
        if (hasDump && failure is not null)
            reader.NoteInterruption(failure);
        else if (!hasDump && failure is not null)
            Add(DumpProblem.OfFile(reader.Path.Text, failure));
        else if (fault is not null && reader.IsExplained)
            _firstProblem ??= fault;
        else if (fault is not null)
            Add(fault);
        return hasDump || fault is not null;
    }

    public void AddProblem(DumpPath path, string message) => Add(DumpProblem.OfFile(path.Text, message));

    /// <exception cref="HandleException"><c>DumpFormat</c>: the file has no dump.</exception>
    internal IReadOnlyList<ImportedDump> Finish() => _hasDump ? _reader.Build(_path) : throw _firstProblem!.ToException();

    /// <exception cref="HandleException"><c>DumpFormat</c>: no file has a dump.</exception>
    internal ImportedDump FinishMerged(int files) => _hasDump
        ? _reader.Build(_path)[0]
        : throw DumpErrors.DumpFormat(_path.Text, $"none of the {files} files has a dump. The first problem: {_firstProblem!.ToException().Message}");

    private void Add(DumpProblem problem)
    {
        _firstProblem ??= problem;
        _reader.AddProblem(problem);
    }
}
