using System.Globalization;
using System.Management.Automation;
using HandlePool.Experiments;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes the ids of the faults of a session.</summary>
internal sealed class FaultIdCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) =>
        (line.FindSession()?.GetFaults() ?? []).Where(fault => word.Matches(fault.Id)).OrderBy(fault => fault.Id)
            .Select(fault => Offer(word.Write(fault.Id), fault.Id.ToString(CultureInfo.InvariantCulture), fault.ToString()));
}
