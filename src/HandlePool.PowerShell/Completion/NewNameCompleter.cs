using System.Management.Automation;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes nothing, for the names of new things: PowerShell would offer the files of the current folder.</summary>
internal sealed class NewNameCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) => [];
}
