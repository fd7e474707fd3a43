using System.Management.Automation;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes nothing, for numbers, durations, objects and the names of new things: PowerShell would offer the files of the current folder.</summary>
internal sealed class NoCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) => [];
}
