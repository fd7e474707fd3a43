namespace HandlePool.Dumps;

/// <summary>Merges all dumps of many files into one session.</summary>
internal sealed class DumpMerger : IDumpTarget
{
    private readonly DumpPath _path;
    private readonly IncrementalDumpReader _reader;
    private DumpProblem? _firstProblem;
    private bool _hasDump;

    internal DumpMerger(DumpPath path, DumpReaderOptions? options)
    {
        _path = path;
        _reader = new IncrementalDumpReader(path, options, isMerging: true, Budget);
    }

    public ModelBudget Budget { get; } = new();

    public IncrementalDumpReader Begin(DumpPath file)
    {
        _reader.BeginFile(file);
        return _reader;
    }

    public bool End(IncrementalDumpReader reader, string? failure)
    {
        bool hasDump = reader.HasDump;
        _hasDump |= hasDump;
        reader.EndFile();
        if (hasDump && failure is not null)
            reader.NoteInterruption(failure);
        else if (!hasDump && (failure ?? reader.Fault) is { } fault)
            AddProblem(reader.Path, fault);
        return hasDump;
    }

    public void AddProblem(DumpPath file, string message)
    {
        DumpProblem problem = DumpProblem.OfFile(file.Text, message);
        _firstProblem ??= problem;
        _reader.AddProblem(problem);
    }

    /// <exception cref="HandleException"><c>DumpFormat</c>: no file has a dump.</exception>
    internal ImportedDump Finish(int files) => _hasDump
        ? _reader.Build(_path)[0]
        : throw DumpErrors.DumpFormat(_path.Text, _firstProblem is null
            ? "the folder has no files."
            : $"none of the {files} files has a dump. The first problem: {_firstProblem.ToException().Message}");
}
