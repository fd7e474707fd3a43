using System.Collections;
using System.Globalization;
using System.Management.Automation;
using HandlePool.Dumps;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Reads the driver's text dumps into sessions.</summary>
[Cmdlet(VerbsData.Import, "HandleDump", DefaultParameterSetName = "Path")]
[OutputType(typeof(HandleSession))]
public sealed class ImportHandleDumpCommand : PSCmdlet, IDisposable
{
    private const string StandardInput = "-";

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _toMerge = [];
    private DumpReaderOptions _options = new();
    private IncrementalDumpReader? _lines;
    private string? _firstLine;

    /// <summary>The files; patterns are resolved, and - is standard input.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Lines of a dump. All that come down the pipeline are one text.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[] InputObject { get; set; } = [];

    /// <summary>Makes one session of all dumps in all files; a folder stands for the files in it.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public SwitchParameter Merge { get; set; }

    /// <summary>What to call the session; by default as the file, or "Dump".</summary>
    [Parameter]
    [ValidatePattern(@"\S")]
    public string? Name { get; set; }

    /// <summary>Names of processes by pid.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? ProcessName { get; set; }

    /// <summary>When the dumps were taken; by default what they, or their names, tell.</summary>
    [Parameter]
    public DateTime Time { get; set; }

    /// <summary>How many bytes may come out of one compressed file.</summary>
    [Parameter]
    [Converted(typeof(long))]
    [ValidateRange(1, long.MaxValue)]
    public long MaxDecompressedSize { get; set; }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    protected override void BeginProcessing() => _options = new DumpReaderOptions
    {
        Name = Name,
        ProcessNames = ProcessName is null ? null : ReadNames(ProcessName),
        Time = MyInvocation.BoundParameters.ContainsKey(nameof(Time)) ? new DateTimeOffset(Time) : null,
        MaxDecompressedSize = MaxDecompressedSize,
    };

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == "InputObject")
        {
            foreach (string line in InputObject)
                AddLine(line);
            return;
        }

        bool isLiteral = ParameterSetName == "LiteralPath";
        foreach (string path in isLiteral ? LiteralPath : Path)
        {
            if (!isLiteral && path == StandardInput)
                ReadStandardInput();
            else if (Merge)
                _toMerge.AddRange(InputFiles.Resolve(this, [path], isLiteral));
            else
                ReadFiles(InputFiles.Resolve(this, [path], isLiteral));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_toMerge.Count > 0)
            Read(_toMerge[0], options => [DumpReader.Merge(_toMerge, options, _stopping.Token)]);
        if (_lines is { } lines)
            Try(lines.Finish, AddHint);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    private Dictionary<int, string> ReadNames(IDictionary given)
    {
        Dictionary<int, string> names = [];
        foreach (DictionaryEntry entry in given)
        {
            object key = entry.Key is PSObject wrapper ? wrapper.BaseObject : entry.Key;
            bool isPid = int.TryParse(Convert.ToString(key, CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out int pid);
            object? value = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value;
            if (!isPid)
                ThrowTerminatingError(ErrorRecords.BadProcessName(given, $"-ProcessName has the key '{key}', which is no pid: give names by pid, as in @{{ 1754 = 'system_server' }}."));
            if (value is not string name || string.IsNullOrWhiteSpace(name))
                ThrowTerminatingError(ErrorRecords.BadProcessName(given, $"-ProcessName has no name for pid {pid}, but '{value}'."));
            else
                names[pid] = name;
        }

        return names;
    }

    private void AddLine(string text)
    {
        _lines ??= new IncrementalDumpReader("Dump", _options);
        if (string.IsNullOrWhiteSpace(_firstLine))
            _firstLine = text;
        _lines.Add(text);
    }

    private void ReadFiles(List<string> files)
    {
        foreach (string file in files)
        {
            if (Directory.Exists(file))
            {
                WriteError(ErrorRecords.For(DumpErrors.DumpFormat(file,
                    $"this is a directory, not a dump. Use -Merge to make one session of the files of one dump, or '{System.IO.Path.Join(file, "*")}' to make a session of each.")));
            }
            else
            {
                Read(file, options => DumpReader.ReadFile(file, options, _stopping.Token));
            }
        }
    }

    private void ReadStandardInput()
    {
        if (Merge)
        {
            WriteError(ErrorRecords.For(DumpErrors.DumpFormat(StandardInput, "standard input cannot be merged with files. Write it into a file first.")));
        }
        else if (!Console.IsInputRedirected)
        {
            WriteError(ErrorRecords.For(DumpErrors.DumpFormat(StandardInput, "standard input is a terminal. Use a pipe or a file: cat state | pwsh -c 'Import-HandleDump -'.")));
        }
        else
        {
            Read("standard input", options =>
            {
                using Stream stream = Console.OpenStandardInput();
                return DumpReader.Read(stream, "standard input", options with { Name = Name ?? "Dump" }, _stopping.Token);
            });
        }
    }

    /// <summary>Reads on another thread, so that progress can be shown, and what blocks can be stopped.</summary>
    private void Read(string file, Func<DumpReaderOptions, IReadOnlyList<ImportedDump>> read)
    {
        ImportProgress progress = new(this, file);
        DumpReaderOptions options = _options with { Progress = progress.Note };
        Task<IReadOnlyList<ImportedDump>> reading = Task.Factory.StartNew(() => read(options), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Try(() =>
        {
            progress.ShowUntil(reading, _stopping.Token);
            return reading.GetAwaiter().GetResult();
        });
    }

    private void Try(Func<IReadOnlyList<ImportedDump>> read, Func<HandleException, ErrorRecord>? describe = null)
    {
        try
        {
            foreach (ImportedDump result in read())
                Write(result);
        }
        catch (HandleException exception)
        {
            WriteError(describe?.Invoke(exception) ?? ErrorRecords.For(exception));
        }
        catch (OperationCanceledException) when (Stopping)
        {
        }
    }

    /// <summary>Paths that come down the pipeline as strings are a likely mistake.</summary>
    private ErrorRecord AddHint(HandleException exception)
    {
        ErrorRecord record = ErrorRecords.For(exception);
        if (!string.IsNullOrWhiteSpace(_firstLine) && FileExists(_firstLine))
        {
            record.ErrorDetails = new ErrorDetails(
                $"{exception.Message} Strings in the pipeline are the lines of a dump. To read the file '{_firstLine}', use -Path.");
        }

        return record;
    }

    private bool FileExists(string path)
    {
        try
        {
            return File.Exists(SessionState.Path.GetUnresolvedProviderPathFromPSPath(path));
        }
        catch (RuntimeException)
        {
            return false;
        }
    }

    private void Write(ImportedDump result)
    {
        string path = VisibleText.Of(result.Path);
        foreach (DumpProblem problem in result.Problems)
            WriteError(ErrorRecords.For(problem.ToException()));
        if (result.ProblemCount > result.Problems.Count)
            WriteWarning($"{path}: {result.ProblemCount - result.Problems.Count} more lines could not be read.");
        if (result.UnknownLineCount > 0)
        {
            WriteWarning($"{path}: {result.UnknownLineCount} {(result.UnknownLineCount == 1 ? "line" : "lines")} of no known kind skipped: "
                + string.Join(", ", result.UnknownLines.Select(line => DescribeLine(line, result.Path)))
                + (result.UnknownLineCount > result.UnknownLines.Count ? ", ..." : "."));
        }

        SessionStore.Here.Add(result.Session);
        WriteVerbose($"{path}: session '{result.Session}' has {result.Session.Processes} processes, {result.Session.Nodes} nodes "
            + $"and {result.Session.Findings.Count} findings. A dump does not tell the pools' capacities; they are inferred.");
        WriteObject(result.Session);
    }

    private static string DescribeLine(DumpProblem line, string path) =>
        (line.Path == path ? "" : $"{VisibleText.Of(line.Path)} ") + $"line {line.Line} '{line.Text}'";
}

/// <summary>Writes a session as a dump of the driver's.</summary>
[Cmdlet(VerbsData.Export, "HandleDump", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportHandleDumpCommand : ExportCommand
{
    /// <summary>The session or its name; by default the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity? Session { get; set; }

    /// <summary>Which driver's dumps it is like.</summary>
    [Parameter]
    public DumpForm Form { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        ExportOne(Session, " as a dump", (file, session, token) => DumpWriter.WriteFile(file, session, Form, token));
}
