using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.Text;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes the names of the sessions of the runspace.</summary>
internal sealed class SessionCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) => CompletedLine.Sessions
        .Where(session => CanBeOffered(session.Name) && word.Matches(session.Name))
        .OrderBy(session => session.Name, NaturalOrder.Instance)
        .Select(session => Offer(word.Write(session.Name), session.Name, Describe(session)));

    private static string Describe(HandleSession session) =>
        $"{session.Name}{(SessionStore.Here.IsCurrent(session) ? ", current" : "")}, "
        + $"{Phrase.Count(session.Processes, "process", "processes")}, "
        + $"{Phrase.Count(session.Nodes, "node")}, {session.Allocator}";
}
