using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Creates a baseline from healthy dumps, by which Find-HandleLeak judges others.</summary>
[Cmdlet(VerbsCommon.New, "HandleBaseline", DefaultParameterSetName = "Session")]
[OutputType(typeof(HandleBaseline))]
public sealed class NewHandleBaselineCommand : DumpSeriesCommand
{
    private readonly List<HandleSession> _healthy = [];

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        if (_healthy.Count == 0)
            return;
        Try(() =>
        {
            HandleBaseline baseline = HandleBaseline.Of(_healthy, StopToken);
            WriteVerbose($"{Phrase.Count(baseline.Dumps, "dump")} with {Phrase.Count(baseline.Pairs.Count, "pair")} of names and roles.");
            if (baseline.Pairs.Count == 0)
                WriteWarning("The baseline has no pairs and judges nothing: no dump tells whose nodes are held, and statistics alone never do. Create it from states.");
            WriteObject(baseline);
        });
    }

    /// <inheritdoc/>
    private protected override void Use(IReadOnlyList<HandleSession> series) => _healthy.AddRange(series);
}
