using System.Management.Automation;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes nothing, for numbers, ranges and durations: PowerShell would offer the files of the current folder.</summary>
internal sealed class NumberCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) => [];
}
