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
    private readonly List<HandleSession> _cut = [];

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        Try(() =>
        {
            if (_healthy.Count == 0 && _cut.Count > 0)
                throw new HandleException(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{(_cut.Count == 1 ? $"'{_cut[0]}' is" : $"All {_cut.Count} dumps are")} "
                    + $"cut off, so the counts are too low for a baseline. Take {(_cut.Count == 1 ? "it" : "them")} again.");
            if (_healthy.Count == 0)
                return;
            if (_cut.Count > 0)
                WriteWarning(IncompleteState.LeftOut(_cut, _healthy.Count + _cut.Count, _cut.Count == 1 ? "is cut off" : "are cut off", "the baseline"));
            HandleBaseline baseline = HandleBaseline.Of(_healthy, StopToken);
            WriteVerbose($"{Phrase.Count(baseline.Dumps, "dump")} with {Phrase.Count(baseline.Pairs.Count, "pair")} of names and roles.");
            if (baseline.Pairs.Count == 0)
                WriteWarning("The baseline has no pairs and judges nothing: no dump shows whose nodes are held, which statistics alone never do. Create it from states.");
            WriteObject(baseline);
        });
    }

    /// <inheritdoc/>
    private protected override void Use(IReadOnlyList<HandleSession> series)
    {
        foreach (HandleSession session in series)
            (IncompleteState.IsIncomplete(session, StopToken) ? _cut : _healthy).Add(session);
    }
}
