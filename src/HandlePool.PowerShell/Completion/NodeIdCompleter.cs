using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes the ids of nodes.</summary>
internal sealed class NodeIdCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) =>
        from node in NodeCompleter.FindNodes(line)
        where word.Fits(node.Id)
        select Offer(word.Write(node.Id), node.Id.ToString(CultureInfo.InvariantCulture), NodeCompleter.Describe(node));
}
