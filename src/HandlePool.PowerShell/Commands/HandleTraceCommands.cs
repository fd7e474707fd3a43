using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.PowerShell.Files;
using HandlePool.PowerShell.Progress;
using HandlePool.Text;
using HandlePool.Traces;

namespace HandlePool.PowerShell;

/// <summary>Reads traces of binder events.</summary>
[Cmdlet(VerbsData.Import, "HandleTrace", DefaultParameterSetName = "Path")]
[OutputType(typeof(HandleTrace))]
public sealed class ImportHandleTraceCommand : ModelCommand
{
    private readonly List<string> _files = [];

    /// <summary>The files, which are one trace, in the order of time. Patterns are resolved.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The largest size, in bytes, of the content of a compressed file.</summary>
    [Parameter]
    [Converted(typeof(long))]
    [ValidateRange(1, long.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public long MaxDecompressedSize { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool isLiteral = ParameterSetName == "LiteralPath";
        _files.AddRange(InputFiles.Resolve(this, isLiteral ? LiteralPath : Path, isLiteral, Fail));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_files.Count == 0)
            return;
        ImportProgress progress = new(this, _files[0], "Importing traces");
        TraceReaderOptions options = new() { MaxDecompressedSize = MaxDecompressedSize, Progress = progress.Report };
        Task<HandleTrace> reading = Task.Factory.StartNew(() => TraceReader.ReadFiles(_files, options, StopToken), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Try(() =>
        {
            progress.ShowUntil(reading, StopToken);
            Write(reading.GetAwaiter().GetResult());
        });
    }

    private void Write(HandleTrace trace)
    {
        string path = VisibleText.Of(trace.Path);
        foreach (HandleTraceProblem problem in trace.Problems)
            WriteError(ErrorRecords.For(problem.ToException()));
        if (trace.ProblemCount > trace.Problems.Count)
            WriteWarning($"{path}: {Phrase.Count(trace.ProblemCount - trace.Problems.Count, "more line")} could not be read.");
        if (trace.LostEvents > 0)
            WriteWarning($"{path}: {Phrase.Count(trace.LostEvents, "event was", "events were")} lost while the trace was recorded. Record it with a larger buffer.");
        if (trace.OverwrittenEvents > 0)
            WriteWarning($"{path}: {Phrase.Count(trace.OverwrittenEvents, "event was", "events were")} overwritten, so that the beginning is missing. Record it with a larger buffer.");
        if (trace.ReferenceCount == 0)
            WriteWarning($"{path}: no event tells of a handle. Enable binder_transaction_node_to_ref and binder_transaction_ref_to_ref.");
        else if (trace.LowestTransaction == 0)
            WriteWarning($"{path}: there are no transactions, which tell the receivers of objects. Enable binder_transaction.");
        WriteObject(trace);
    }
}

/// <summary>Compares the handles in a trace with those that the model gives out by the driver's rules.</summary>
[Cmdlet(VerbsDiagnostic.Test, "HandleTrace")]
[OutputType(typeof(HandleTraceTest))]
public sealed class TestHandleTraceCommand : ModelCommand
{
    /// <summary>The trace.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    [LiveObject("a trace, as Import-HandleTrace writes it", typeof(HandleTrace))]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleTrace? Trace { get; set; }

    /// <summary>The session of a dump from which to start: an object or a name. By default, it starts from nothing.</summary>
    [Parameter]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity? Session { get; set; }

    /// <summary>The driver whose rules predict the handles.</summary>
    [Parameter]
    [Converted(typeof(HandleDriver))]
    [OneValue]
    public HandleDriver Driver { get; set; } = HandleDriver.C;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession? session = Session is null ? null : SessionStore.Here.Get(Session);
        HandleTraceTest test = TraceTest.Run(Trace!, session, Driver, StopToken);
        if (test.BeginsLater)
        {
            WriteWarning($"The trace begins after the dump of session '{session}': the handles in between are unknown. "
                + "Take the dump while the trace is recorded.");
        }

        WriteObject(test);
    });
}

/// <summary>Finds the calls that created references which are still held.</summary>
[Cmdlet(VerbsCommon.Find, "HandleSource", DefaultParameterSetName = "Process")]
[OutputType(typeof(HandleCallSource))]
public sealed class FindHandleSourceCommand : ContextsCommand
{
    /// <summary>The trace.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNull]
    [LiveObject("a trace, as Import-HandleTrace writes it", typeof(HandleTrace))]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleTrace? Trace { get; set; }

    /// <summary>The suspects of Find-HandleLeak.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Suspect", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [LiveObject("a suspect, as Find-HandleLeak writes it", typeof(HandleLeakSuspect))]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleLeakSuspect[] Suspect { get; set; } = [];

    /// <summary>The holders of the references: objects, names or pids. Names may be patterns. All by default.</summary>
    [Parameter(Position = 1, ParameterSetName = "Process")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>The owners of the nodes: objects, names or pids. Names may be patterns. All by default.</summary>
    [Parameter(ParameterSetName = "Process")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Owner { get; set; }

    /// <summary>The number of results to write for each suspect, those with the most references first; all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Top { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == "Suspect")
        {
            foreach (HandleLeakSuspect suspect in Suspect)
                Try(() => Find(suspect.References.Where(reference => IsInContext(reference.Process.Context))));
            return;
        }

        Try(() =>
        {
            HashSet<HandleProcess>? owners = Owner is null ? null : [.. GetProcesses(Owner, Contexts, includeDead: true)];
            Find(GetProcesses(Process, Contexts).SelectMany(process => process.GetReferences())
                .Where(reference => owners is null || (reference.Owner is { } owner && owners.Contains(owner))));
        });
    }

    private void Find(IEnumerable<HandleReference> references)
    {
        foreach (IGrouping<HandleSession, HandleReference> ofSession in references.GroupBy(reference => reference.Process.Session))
        {
            HandleSourceSearch search = SourceSearch.Find(Trace!, ofSession, StopToken);
            foreach (string note in search.Notes)
                WriteWarning(note);
            WriteVerbose($"Session '{ofSession.Key}': {search.References - search.Unexplained.Count} of {Phrase.Count(search.References, "reference")} came by "
                + $"{Phrase.Count(search.Sources.Count, "kind of call", "kinds of calls")}.");
            WriteObject(search.Sources.Take(Top), enumerateCollection: true);
        }
    }
}
