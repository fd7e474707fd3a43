using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.Reports;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Writes a report on a session, or on a series of sessions of one device, as an HTML page or as Markdown.</summary>
[Cmdlet(VerbsData.Export, "HandleReport", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportHandleReportCommand : ExportCommand
{
    private static readonly string[] Extensions = [".html", ".htm", ".md", ".markdown"];

    private readonly List<HandleSession> _series = [];
    private HandleBaseline? _baseline;

    /// <summary>The sessions: objects or names. Several are a series. The current one by default.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity[]? Session { get; set; }

    /// <summary>The rows of Find-HandleLeak, Measure-HandleUsage or Compare-HandleSession whose sessions the report is on.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [UsageRow]
    [ArgumentCompleter(typeof(NoCompleter))]
    public UsageRow[]? InputObject { get; set; }

    /// <summary>The format. By default, the extension of the file decides: .md or .markdown for Markdown, HTML for all others.</summary>
    [Parameter]
    [OneValue]
    [Converted(typeof(HandleReportFormat?))]
    public HandleReportFormat? Format { get; set; }

    /// <summary>The title of the report; by default it names the session, or the first and the last session.</summary>
    [Parameter]
    [ValidatePattern(@"\S")]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? Title { get; set; }

    /// <summary>The least number of handles that is suspicious.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int MinimumHandles { get; set; } = LeakFinderOptions.DefaultMinimumHandles;

    /// <summary>The sensitivity: 2 finds more, 0.5 fewer suspects.</summary>
    [Parameter]
    [ValidateRange(LeakFinderOptions.LeastSensitivity, LeakFinderOptions.GreatestSensitivity)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public double Sensitivity { get; set; } = 1;

    /// <summary>The counts of healthy dumps: what New-HandleBaseline writes, or a file of it as JSON.</summary>
    [Parameter]
    [ValidateNotNull]
    [OneValue]
    public BaselineSource? Baseline { get; set; }

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
    protected override void BeginProcessing() => _baseline = Read(Baseline);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (SessionIdentity identity in Session ?? [])
        {
            if (Try(() => SessionStore.Here.Get(identity)) is { } session && !_series.Contains(session))
                _series.Add(session);
        }

        foreach (UsageRow row in InputObject ?? [])
            _series.AddRange(row.Sessions.Except(_series));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_series.Count == 0)
        {
            // The current session does not stand in for named sessions that were not found; those errors were written.
            if (Session is not null || InputObject is not null || MyInvocation.ExpectingInput)
                return;
            _series.Add(SessionStore.Here.Current);
        }

        if (Format is null && System.IO.Path.GetExtension(ParameterSetName == "LiteralPath" ? LiteralPath : Path) is { Length: > 0 } extension
            && !Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
        {
            WriteWarning($"The report is HTML: '{VisibleText.Name(extension)}' is no extension of a format. Use -Format, or .html or .md.");
        }

        HandleRedactor? redactor = Redaction.For(Redact, RedactKey);
        LeakFinderOptions leaks = new()
        {
            MinimumHandles = MinimumHandles,
            Sensitivity = Sensitivity,
            Baseline = redactor is not null && _baseline is not null ? redactor.Redact(_baseline) : _baseline,
        };
        Export(_series.Count == 1 ? $"Write a report on session '{_series[0]}'" : $"Write a report on {_series.Count} sessions",
            (file, overwrite, token) => HandleReport.WriteFile(file,
                redactor is not null ? [.. _series.Select(session => redactor.Redact(session, token))] : _series, new HandleReportOptions { Format = Format ?? FormatOf(file), Title = Title, Leaks = leaks }, overwrite, token));
    }

    private static HandleReportFormat FormatOf(string file) => System.IO.Path.GetExtension(file).ToLowerInvariant() is ".md" or ".markdown"
        ? HandleReportFormat.Markdown
        : HandleReportFormat.Html;
}
