using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Finds processes that may be leaking handles, in one session or in a series.</summary>
[Cmdlet(VerbsCommon.Find, "HandleLeak", DefaultParameterSetName = "Session")]
[OutputType(typeof(HandleLeakSuspect))]
public sealed class FindHandleLeakCommand : DumpSeriesCommand
{
    private HandleBaseline? _baseline;

    /// <summary>The number of suspects to write for each series, the most suspicious first; all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Top { get; set; } = int.MaxValue;

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

    /// <inheritdoc/>
    protected override void BeginProcessing() => _baseline = Read(Baseline);

    /// <inheritdoc/>
    private protected override void Use(IReadOnlyList<HandleSession> series)
    {
        LeakFinderOptions options = new() { MinimumHandles = MinimumHandles, Sensitivity = Sensitivity, Baseline = _baseline };
        LeakSearch search = LeakFinder.Find(series, options, StopToken);
        foreach (string note in search.Notes)
            WriteWarning(note);
        if (search.NoVerdict is { } reason)
        {
            WriteWarning($"No verdict on session '{search.Sessions[^1]}': {reason}. Take a dump of the whole state, or several dumps to "
                + "show growth.");
        }

        string found = search.NoVerdict is not null ? "No verdict"
            : search.Suspects.Count == 0 ? "No leak suspects" : Phrase.Count(search.Suspects.Count, "leak suspect");
        WriteVerbose(search.Sessions.Count == 1
            ? $"{found} in session '{search.Sessions[0]}'. Only a series of sessions shows growth."
            : $"{found} in a series of {search.Sessions.Count} sessions up to '{search.Sessions[^1]}'.");
        WriteObject(search.Suspects.Take(Top), enumerateCollection: true);
    }
}
