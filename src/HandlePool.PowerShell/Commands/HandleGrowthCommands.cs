using System.Management.Automation;
using HandlePool.Gates;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Tests whether handles grow more than a policy allows, in a series of dumps, of sessions or of rows of statistics.</summary>
[Cmdlet(VerbsDiagnostic.Test, "HandleGrowth", DefaultParameterSetName = "Session")]
[OutputType(typeof(HandleGrowthResult), typeof(bool))]
public sealed class TestHandleGrowthCommand : DumpSeriesCommand
{
    private readonly List<HandleStatistic> _rows = [];
    private HandleGrowthPolicy _policy = null!;
    private int _results;
    private int _passed;

    /// <summary>The policy: a .psd1 file, which is read and never run, or a table of the same form.</summary>
    [Parameter(Position = 1, Mandatory = true)]
    [ValidateNotNull]
    [OneValue]
    public PolicySource Policy { get; set; } = null!;

    /// <summary>The rows of Get-HandleStatistic, sample by sample.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Statistic", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [LiveObject("a session, or a row of Get-HandleStatistic", typeof(HandleStatistic))]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleStatistic[] InputObject { get; set; } = [];

    /// <summary>Writes whether all rules passed, and nothing else.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            _policy = Policy.Read(SessionState.Path);
        }
        catch (HandleException exception)
        {
            ThrowTerminatingError(ErrorRecords.For(exception));
        }
        catch (FileNotFoundException exception)
        {
            ThrowTerminatingError(ErrorRecords.PathNotFound(exception.FileName!));
        }
        catch (RuntimeException exception)
        {
            ThrowTerminatingError(ErrorRecords.NotResolved(Policy.ToString(), exception));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == "Statistic")
            _rows.AddRange(InputObject);
        else
            base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        if (_rows.Count > 0)
            Try(() => Report(GrowthGate.Test(_rows, _policy, StopToken)));
        if (Quiet && !Stopping)
            WriteObject(_results > 0 && _passed == _results && !HasFailed);
    }

    /// <inheritdoc/>
    private protected override void Use(IReadOnlyList<HandleSession> series) => Report(GrowthGate.Test(series, _policy, Device, StopToken));

    private void Report(HandleGrowthTest test)
    {
        foreach (string note in test.Notes)
            WriteWarning(note);
        int failed = test.Results.Count(result => result.Outcome == HandleGrowthOutcome.Failed);
        int undecidable = test.Results.Count(result => result.Outcome == HandleGrowthOutcome.Undecidable);
        _results += test.Results.Count;
        _passed += test.Results.Count - failed - undecidable;
        WriteVerbose($"{Phrase.Count(test.Samples.Count, "sample")} up to '{test.Samples[^1]}': {test.Results.Count - failed - undecidable} passed, {failed} failed, "
            + $"{undecidable} undecidable.");
        if (!Quiet)
            WriteObject(test.Results, enumerateCollection: true);
        else if (failed == 0 && undecidable > 0)
            WriteWarning($"{Phrase.Count(undecidable, "result is", "results are")} undecidable: {test.Results.First(result => result.Outcome == HandleGrowthOutcome.Undecidable).Evidence}");
    }
}
