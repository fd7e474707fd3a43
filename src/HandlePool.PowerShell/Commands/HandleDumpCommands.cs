using System.Collections;
using System.Globalization;
using System.Management.Automation;
using HandlePool.Devices;
using HandlePool.Dumps;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.PowerShell.Files;
using HandlePool.PowerShell.Progress;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Takes the driver's texts of devices, or of this computer, into zip archives.</summary>
[Cmdlet(VerbsCommon.Get, "HandleDump", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class GetHandleDumpCommand : DeviceCommand
{
    /// <summary>The archive, or an existing folder for archives that are named after the device and the time.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [OneValue]
    public string Path { get; set; } = "";

    /// <summary>The same, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [OneValue]
    public string LiteralPath { get; set; } = "";

    /// <summary>The serials of the devices, as adb lists them; by default that of the only one.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [NameText]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string[]? Serial { get; set; }

    /// <summary>Asks the activity manager for its binder proxies as well, which disturbs the device.</summary>
    [Parameter]
    public SwitchParameter IncludeProxies { get; set; }

    /// <summary>Replaces even a read-only file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Does not replace an existing file.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    private bool IsLiteral => ParameterSetName == "LiteralPath";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        CheckHost(MyInvocation.BoundParameters.ContainsKey(nameof(Serial)));
        string path = IsLiteral ? LiteralPath : Path;
        if (Serial is { Length: > 1 } && FolderAt(path) is null)
            ThrowTerminatingError(ErrorRecords.SeveralDevices(Serial.Length, path));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string? serial in (string?[]?)Serial ?? [null])
            Take(serial);
    }

    private void Take(string? serial)
    {
        string path = IsLiteral ? LiteralPath : Path;
        string action = $"Take a dump of {Describe(serial)}";
        if (IsPreview)
        {
            // Nothing is asked, not even which devices there are.
            if (OutputFile.Prepare(this, path, IsLiteral, NoClobber, Force, action) is null && IncludeProxies)
                MayAskForProxies(serial);
            return;
        }

        // A file that cannot be written needs no device.
        string? folder = FolderAt(path);
        if ((folder is null ? OutputFile.Prepare(this, path, IsLiteral, NoClobber, Force, action) : folder) is not { } target)
            return;
        Try(() =>
        {
            IBinderHost host = Open(serial);
            using WorkProgress progress = new(this, $"Taking a dump of {Describe(host.Name)}");
            DumpCapture capture = DumpCapture.Begin(host, new CaptureOptions
            {
                IncludesProxies = IncludeProxies && MayAskForProxies(host.Name),
                Timeout = Timeout,
                Progress = progress.Report,
            }, StopToken);
            string? file = folder is null
                ? target
                : OutputFile.Prepare(this, System.IO.Path.Join(folder, capture.FileName()), isLiteral: true, NoClobber, Force, action);
            if (file is null)
                return;
            try
            {
                capture.Write(file, !NoClobber, StopToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                WriteError(ErrorRecords.NotWritten(file, exception));
                return;
            }

            foreach (string problem in capture.DescribeProblems())
                WriteWarning(problem);
            WriteObject(OutputFile.GetItem(this, file), enumerateCollection: true);
        });
    }

    /// <summary>Returns the full path of an existing folder; null if the path is of none.</summary>
    private string? FolderAt(string path)
    {
        try
        {
            string full = FilePath.Of(SessionState.Path, path);
            return Directory.Exists(full) ? full : null;
        }
        catch (RuntimeException)
        {
            // What is wrong with it, the check of the file says.
            return null;
        }
    }

    private bool MayAskForProxies(string? serial) => ShouldProcess(
        $"Performing the operation \"Ask the activity manager for its binder proxies\" on target \"{Describe(serial)}\".",
        $"The activity manager of {Describe(serial)} collects garbage and asks the owners of the proxies for their interfaces. Ask it?",
        "Disturb the device");
}

/// <summary>Watches the handles of the processes of a device, or of this computer, and takes a dump when one leaks.</summary>
[Cmdlet(VerbsCommon.Watch, "HandleDump", DefaultParameterSetName = "Path")]
[OutputType(typeof(HandleSample))]
public sealed class WatchHandleDumpCommand : DeviceCommand
{
    private const int ActivityId = 0x4846;
    private const int MostSeconds = 366 * 24 * 3600;
    private const int MostShown = 3;

    /// <summary>An existing folder for a dump of each leak and each threshold; by default, no dumps are taken.</summary>
    [Parameter(Position = 0, ParameterSetName = "Path")]
    [ValidateNotNullOrEmpty]
    [OneValue]
    public string? Path { get; set; }

    /// <summary>The same, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [OneValue]
    public string? LiteralPath { get; set; }

    /// <summary>The serial of the device, as adb lists it; by default that of the only one.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? Serial { get; set; }

    /// <summary>The processes to show, by name or pid. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NameText]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string[]? Process { get; set; }

    /// <summary>The time from one poll to the next.</summary>
    [Parameter]
    [OneValue]
    [Duration(24 * 3600, AllowZero = true)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The number of polls; by default, it goes on until it is stopped.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Count { get; set; } = int.MaxValue;

    /// <summary>The time after which it ends; by default, it goes on until it is stopped.</summary>
    [Parameter]
    [OneValue]
    [Duration(MostSeconds)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public TimeSpan Duration { get; set; }

    /// <summary>The number of processes to write at each poll, the fastest first; those with events always are.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Top { get; set; } = 10;

    /// <summary>The number of handles at which a dump is taken, too.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int HandleThreshold { get; set; }

    /// <summary>The number of handles per hour at which a dump is taken, too, once it is certain.</summary>
    [Parameter]
    [ValidateRange(0.001, 1e9)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public double RateThreshold { get; set; }

    /// <summary>The least number of handles that a leak gains.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int MinimumGrowth { get; set; } = WatchOptions.DefaultMinimumGrowth;

    /// <summary>The time after which a process has settled. What it gains before is no growth.</summary>
    [Parameter]
    [OneValue]
    [Duration(24 * 3600, AllowZero = true)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public TimeSpan WarmUp { get; set; } = WatchOptions.DefaultWarmUp;

    /// <inheritdoc/>
    protected override void BeginProcessing() => CheckHost(Serial is not null);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!TryFindFolder(out string? folder))
            return;
        TimeProvider clock = ProgressClock.Provider;
        long begin = clock.GetTimestamp();
        Try(() =>
        {
            IBinderHost host = Open(Serial);
            DeviceWatch watch = new(host, new WatchOptions
            {
                Folder = folder,
                MinimumGrowth = MinimumGrowth,
                WarmUp = WarmUp,
                Threshold = IsGiven(nameof(HandleThreshold)) ? HandleThreshold : null,
                RateThreshold = IsGiven(nameof(RateThreshold)) ? RateThreshold : null,
                Includes = Process is null ? null : Filter(Process),
                Top = Top,
                Capture = new CaptureOptions { Timeout = Timeout },
            });
            for (int poll = 1; poll <= Count; poll++)
            {
                WriteObject(watch.Poll(StopToken), enumerateCollection: true);
                TimeSpan passed = clock.GetElapsedTime(begin);

                // A poll that took longer than the interval is not made up for.
                TimeSpan next = Interval == TimeSpan.Zero ? passed : Interval * Math.Ceiling(passed / Interval);
                if (poll == Count || (IsGiven(nameof(Duration)) && next > Duration))
                    break;
                Show(watch, host, poll);
                if (StopToken.WaitHandle.WaitOne(next - passed))
                    break;
            }

            WriteProgress(new ProgressRecord(ActivityId, $"Watching {Describe(host.Name)}", " ") { RecordType = ProgressRecordType.Completed });
        });
    }

    /// <summary>Shows what leaks, at a terminal.</summary>
    private void Show(DeviceWatch watch, IBinderHost host, int poll)
    {
        WatchedProcess[] leaking = [.. watch.Leaking];
        string leaks = leaking.Length == 0 ? "no leak" : string.Join(", ", leaking.Take(MostShown).Select(process => string.Create(CultureInfo.CurrentCulture,
            $"{VisibleText.Name(process.Name ?? $"{process.Id}")} {process.Handles} (+{process.Trend?.Slope:0} per hour)"))) + (leaking.Length > MostShown ? ", ..." : "");
        WriteProgress(new ProgressRecord(ActivityId, $"Watching {Describe(host.Name)}",
            $"poll {poll}: {Phrase.Count(watch.Processes, "process", "processes")}, {leaks}"));
    }

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private static Func<string?, int, bool> Filter(string[] patterns)
    {
        WildcardPattern[] names = Array.ConvertAll(patterns, NamePattern.Parse);
        return (name, id) => Array.Exists(names, pattern => (name is not null && pattern.IsMatch(name)) || pattern.IsMatch(id.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Finds the folder for dumps.</summary>
    /// <returns>False if there is none at the path, which is an error.</returns>
    private bool TryFindFolder(out string? folder)
    {
        folder = null;
        if ((LiteralPath ?? Path) is not { } path)
            return true;
        folder = InputFiles.Resolve(this, [path], isLiteral: true, Fail).FirstOrDefault();
        if (folder is not null && !Directory.Exists(folder))
            WriteError(ErrorRecords.NotAFolder(folder));
        return folder is not null && Directory.Exists(folder);
    }
}

/// <summary>Reads the driver's text dumps, and bug reports that have them, into sessions.</summary>
[Cmdlet(VerbsData.Import, "HandleDump", DefaultParameterSetName = "Path")]
[OutputType(typeof(HandleSession))]
public sealed class ImportHandleDumpCommand : DumpCommand
{
    private const string StandardInput = "-";

    private readonly List<string> _toMerge = [];
    private DumpReaderOptions _options = new();
    private IncrementalDumpReader? _lines;
    private string? _firstLine;

    /// <summary>The files. Patterns are resolved, and - is standard input.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The lines of a dump. All lines from the pipeline are one text.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [Live]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string[] InputObject { get; set; } = [];

    /// <summary>Merges the dumps in all files into one session. A folder stands for the files in it.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public SwitchParameter Merge { get; set; }

    /// <summary>The name of the session; by default that of the file, or "Dump".</summary>
    [Parameter]
    [ValidatePattern(@"\S")]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? Name { get; set; }

    /// <summary>The driver whose rules the session follows from then on.</summary>
    [Parameter]
    [Converted(typeof(HandleDriver))]
    [OneValue]
    public HandleDriver Driver { get; set; }

    /// <summary>Lets the freeze notifications of dropped references leak, as the Rust driver did before Linux 7.2.</summary>
    [Parameter]
    public SwitchParameter FreezeListenerLeak { get; set; }

    /// <summary>The names of processes by pid.</summary>
    [Parameter]
    [ValidateNotNull]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public IDictionary? ProcessName { get; set; }

    /// <summary>The time at which the dumps were taken; by default the time in the dumps or in their names.</summary>
    [Parameter]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public DateTime Time { get; set; }

    /// <summary>The largest size, in bytes, of the content of a compressed file.</summary>
    [Parameter]
    [Converted(typeof(long))]
    [ValidateRange(1, long.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public long MaxDecompressedSize { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        HandleSessionOptions session = new() { Driver = Driver, FreezeListenerLeak = FreezeListenerLeak };
        if (session.IsInconsistent)
            ThrowTerminatingError(ErrorRecords.DriverWithoutLeak(Driver));
        _options = new DumpReaderOptions
        {
            Session = session,
            Name = Name,
            ProcessNames = ProcessName is null ? null : ReadNames(ProcessName),
            // The detour by UTC takes a time that its own zone has no number for to the first or last that there is.
            Time = MyInvocation.BoundParameters.ContainsKey(nameof(Time)) ? new DateTimeOffset(Time.ToUniversalTime()).ToLocalTime() : null,
            MaxDecompressedSize = MaxDecompressedSize,
        };
    }

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
                _toMerge.AddRange(InputFiles.Resolve(this, [path], isLiteral, Fail));
            else
                ReadFiles(InputFiles.Resolve(this, [path], isLiteral, Fail));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_toMerge.Count > 0)
            Read(_toMerge[0], options => [DumpReader.Merge(_toMerge, options, StopToken)]);
        if (_lines is { } lines)
        {
            Try(() =>
            {
                foreach (ImportedDump result in lines.Finish())
                {
                    WriteProblems(result);
                    Write(result);
                }
            });
        }
    }

    private Dictionary<int, string> ReadNames(IDictionary given)
    {
        Dictionary<int, string> names = [];
        foreach (DictionaryEntry entry in given)
        {
            object key = entry.Key is PSObject wrapper ? wrapper.BaseObject : entry.Key;
            string? digits = Convert.ToString(key, CultureInfo.InvariantCulture);
            bool isPid = WholeNumber.TryParse(digits, NumberStyles.None, out int pid);
            object? value = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value;
            if (!isPid)
                ThrowTerminatingError(ErrorRecords.BadProcessName(given,
                    $"-ProcessName has the key '{key}', which is not a pid. Use pids as keys, as in @{{ 1754 = 'system_server' }}."));
            if (value is not string name || string.IsNullOrWhiteSpace(name))
                ThrowTerminatingError(ErrorRecords.BadProcessName(given,
                    $"-ProcessName has the value '{value}' for pid {pid}. Use a name that is not blank."));
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
                WriteError(ErrorRecords.NotADump(file, "this is a directory, not a dump. "
                    + $"Use -Merge to merge its files into one session, or '{System.IO.Path.Join(file, "*")}' for a session of each."));
            }
            else
            {
                Read(file, options => DumpReader.ReadFile(file, options, StopToken));
            }
        }
    }

    private void ReadStandardInput()
    {
        if (Merge)
        {
            WriteError(ErrorRecords.NotADump(StandardInput, "standard input cannot be merged. Save it to a file first."));
        }
        else if (!Console.IsInputRedirected)
        {
            WriteError(ErrorRecords.NotADump(StandardInput,
                "standard input is a terminal. Pipe a dump in: cat state | pwsh -c 'Import-HandleDump -'."));
        }
        else
        {
            Read("standard input", options =>
            {
                using Stream stream = Console.OpenStandardInput();
                return DumpReader.Read(stream, "standard input", options with { Name = Name ?? "Dump" }, StopToken);
            });
        }
    }

    private void Read(string source, Func<DumpReaderOptions, IReadOnlyList<ImportedDump>> read) => Read(source, _options, read, Write);

    /// <inheritdoc/>
    private protected override ErrorRecord Describe(HandleException exception)
    {
        if (_lines is not null && !string.IsNullOrWhiteSpace(_firstLine) && FileExists(_firstLine))
        {
            return ErrorRecords.For(exception,
                $"Strings from the pipeline are lines of a dump. Use -Path to read the file '{VisibleText.Of(_firstLine)}'.");
        }

        return base.Describe(exception);
    }

    private bool FileExists(string path)
    {
        try
        {
            return File.Exists(FilePath.Of(SessionState.Path, path));
        }
        catch (RuntimeException)
        {
            return false;
        }
    }

    private void Write(ImportedDump result)
    {
        SessionStore.Here.Add(result.Session);
        HandleSession session = result.Session;
        WriteVerbose($"{VisibleText.Of(result.Path)}: session '{session}' has {Phrase.Count(session.Processes, "process", "processes")}, "
            + $"{Phrase.Count(session.Nodes, "node")} and {Phrase.Count(session.Findings.Count, "anomaly", "anomalies")}. "
            + "Dumps do not show pool capacities; they are inferred.");
        WriteObject(result.Session);
    }
}

/// <summary>Writes a session to a file, as a dump of the driver.</summary>
[Cmdlet(VerbsData.Export, "HandleDump", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportHandleDumpCommand : SessionExportCommand
{
    /// <summary>The driver whose format is written; by default that of the imported dump, or of the session's driver.</summary>
    [Parameter]
    [OneValue]
    [Converted(typeof(DumpForm?))]
    public DumpForm? Form { get; set; }

    /// <summary>Writes pseudonyms for names, packages, pids and the uids of apps.</summary>
    [Parameter]
    public SwitchParameter Redact { get; set; }

    /// <summary>The key of the pseudonyms, which redacts as well; by default a random one of this process of PowerShell.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? RedactKey { get; set; }

    /// <inheritdoc/>
    private protected override string Format => Redaction.For(Redact, RedactKey) is null ? " as a dump" : " as a redacted dump";

    /// <inheritdoc/>
    private protected override void Write(string file, HandleSession session, bool overwrite, CancellationToken cancellationToken)
    {
        HandleSession written = Redaction.For(Redact, RedactKey)?.Redact(session, cancellationToken) ?? session;
        if (DumpWriter.WriteFile(file, written, Form, overwrite, cancellationToken).Count is > 0 and int leftOut)
        {
            WriteWarning($"{Phrase.Count(leftOut, "process", "processes")} of session '{session}' {(leftOut == 1 ? "is" : "are")} not in the dump: "
                + $"{(leftOut == 1 ? "its" : "their")} references are unknown, and a dump would say that there are none.");
        }
    }
}
