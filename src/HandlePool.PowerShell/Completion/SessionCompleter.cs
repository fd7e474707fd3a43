using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Completes names of the runspace's sessions.</summary>
internal sealed class SessionCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) => CompletedLine.Sessions
        .Where(session => CanBeOffered(session.Name) && word.Fits(session.Name))
        .OrderBy(session => session.Name, NaturalOrder.Instance)
        .Select(session => Offer(word.Write(session.Name), session.Name, Describe(session)));

    private static string Describe(HandleSession session) =>
        $"{session.Name}{(SessionStore.Here.IsCurrent(session) ? ", current" : "")}, {Count(session.Processes, "process", "processes")}, "
        + $"{Count(session.Nodes, "node", "nodes")}, {session.Allocator}";
}
