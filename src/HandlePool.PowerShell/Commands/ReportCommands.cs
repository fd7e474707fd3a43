using System.Management.Automation;
using HandlePool.Reports;

namespace HandlePool.PowerShell;

/// <summary>Writes one HTML page about a session, or about a series of the same device.</summary>
[Cmdlet(VerbsData.Export, "HandleReport", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportHandleReportCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<HandleSession> _series = [];

    /// <summary>The file; one that is there is replaced. A pattern must fit one file.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The file, taken literally.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string LiteralPath { get; set; } = "";

    /// <summary>The sessions, objects or names; several are a series. The current one by default.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity[]? Session { get; set; }

    /// <summary>The title of the page; by default it names the session, or the first and the last one.</summary>
    [Parameter]
    [ValidatePattern(@"\S")]
    public string? Title { get; set; }

    /// <summary>Replaces a file that is read-only.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Leaves a file that is there.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Writes the file as an object.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (SessionIdentity identity in Session ?? [])
        {
            try
            {
                HandleSession session = SessionStore.Here.Get(identity);
                if (!_series.Contains(session))
                    _series.Add(session);
            }
            catch (HandleException exception)
            {
                WriteError(ErrorRecords.For(exception));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_series.Count == 0)
        {
            // Sessions that were named and not found have been told of; the current one is not what was meant then.
            if (Session is not null || MyInvocation.ExpectingInput)
                return;
            _series.Add(SessionStore.Here.Current);
        }

        bool isLiteral = ParameterSetName == "LiteralPath";
        string what = _series.Count == 1 ? $"Write a report on session '{_series[0]}'" : $"Write a report on {_series.Count} sessions";
        if (OutputFile.Prepare(this, isLiteral ? LiteralPath : Path, isLiteral, NoClobber, Force, what) is not { } file)
            return;
        HandleReportOptions options = new() { Title = Title };
        try
        {
            if (OutputFile.Write(this, file, () => HandleReport.WriteFile(file, _series, options, _stopping.Token)) && PassThru)
                WriteObject(new FileInfo(file));
        }
        catch (OperationCanceledException) when (Stopping)
        {
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();
}
