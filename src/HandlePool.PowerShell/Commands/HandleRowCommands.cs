using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Gates;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.Reports;

namespace HandlePool.PowerShell;

/// <summary>Converts what the cmdlets write to flat rows with the same columns: as objects, or as lines of JSON or CSV.</summary>
[Cmdlet(VerbsData.ConvertTo, "HandleRow")]
[OutputType(typeof(HandleRow), typeof(string))]
public sealed class ConvertToHandleRowCommand : PSCmdlet
{
    /// <summary>The objects: sessions, usage, suspects, incidents, evidence, growth tests, rows, errors and warnings.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [AllowEmptyCollection]
    [ValidateNotNull]
    [LiveObject(
        "a session, usage, a suspect, an incident, evidence, a growth test, a row, an error or a warning",
        typeof(HandleSession), typeof(HandleUsage), typeof(HandleLeakSuspect), typeof(HandleIncident), typeof(HandleEvidence), typeof(HandleGrowthResult),
        typeof(HandleRow), typeof(ErrorRecord), typeof(WarningRecord))]
    [ArgumentCompleter(typeof(NoCompleter))]
    public object[] InputObject { get; set; } = [];

    /// <summary>The form of the rows: objects, lines of JSON, or lines of CSV below a header.</summary>
    [Parameter]
    [OneValue]
    [Converted(typeof(HandleRowForm))]
    public HandleRowForm As { get; set; }

    /// <summary>The name of the device, for the column Device; none by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? Device { get; set; }

    /// <summary>The name of the report, for the column Report; by default its file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? Report { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Without any row, too, so that a table that is empty has its columns.
        if (As == HandleRowForm.Csv)
            WriteObject(HandleRow.GetCsvHeader());
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (object item in InputObject)
        {
            HandleRow row = Convert(item is PSObject wrapper ? wrapper.BaseObject : item);
            WriteObject(As switch
            {
                HandleRowForm.Json => row.ToJson(),
                HandleRowForm.Csv => row.ToCsv(),
                _ => row,
            });
        }
    }

    private HandleRow Convert(object item) => item switch
    {
        HandleSession session => HandleRow.From(session, Device, Report),
        HandleUsage usage => HandleRow.From(usage, Device, Report),
        HandleLeakSuspect suspect => HandleRow.From(suspect, Device, Report),
        HandleIncident incident => HandleRow.From(incident, Device, Report),
        HandleEvidence fact => HandleRow.From(fact, Device, Report),
        HandleGrowthResult test => HandleRow.From(test, Device, Report),
        ErrorRecord error => HandleRow.Error(error.FullyQualifiedErrorId.Split(',')[0], error.ToString(), Device, Report ?? FileOf(error)),
        WarningRecord warning => HandleRow.Warning(warning.Message, Device, Report),
        _ => ((HandleRow)item).With(Device, Report),
    };

    /// <summary>Returns the file that could not be read; null if an error is about something else.</summary>
    private static string? FileOf(ErrorRecord error) =>
        error.Exception is HandleException { Target: DumpProblem problem } ? HandleRow.FileOf(problem.Path) : null;
}

/// <summary>Specifies the form in which rows are written.</summary>
public enum HandleRowForm
{
    /// <summary>Objects with a property for each column.</summary>
    Row,

    /// <summary>A line of JSON for each row.</summary>
    Json,

    /// <summary>A line of CSV for each row, below one with the names of the columns.</summary>
    Csv,
}
