using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes pids.</summary>
internal sealed class ProcessIdCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) =>
        from process in line.FindSession()?.GetProcesses(line.ShowsExited) ?? []
        where line.IsInContext(process.Context) && word.Fits(process.Id)
        group process by process.Id into same
        select Offer(word.Write(same.Key), same.Key.ToString(CultureInfo.InvariantCulture), ProcessCompleter.Describe([.. same]));
}
