using System.Globalization;
using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes names of nodes, and ids of nodes without a name or if a number is typed.</summary>
internal sealed class NodeCompleter : IdentityCompleter
{
    private const int DescribedAtMost = 3;

    /// <summary>Returns a description of a node.</summary>
    internal static string Describe(HandleNode node) => Identify(node)
        + $", held by {Phrase.Count(node.HolderCount, "process", "processes")}"
        + (node.IsDead ? ", dead" : "");

    /// <summary>Returns the id, the name and the owner of a node.</summary>
    internal static string Identify(HandleNode node) => $"node {node.Id}"
        + (string.IsNullOrEmpty(node.Name) ? "" : $" '{node.Name}'")
        + (node.Owner is { } owner ? $" of {OwnerOf(owner)}" : " of an unknown process");

    /// <summary>Returns the nodes that match the other parameters on the line, by ascending id.</summary>
    internal static IEnumerable<HandleNode> FindNodes(CompletedLine line)
    {
        if (line.FindSession() is not { } session)
            return [];

        IEnumerable<HandleNode> nodes = session.GetNodes();
        if (line.Has("Dead"))
            nodes = nodes.Where(node => node.IsDead);
        if (line.FindProcesses() is { Count: > 0 } processes)
        {
            if (!line.IsAboutReferences)
            {
                HashSet<HandleProcess> owners = [.. processes];
                return nodes.Where(node => node.Owner is { } owner && owners.Contains(owner));
            }

            // Looking up many nodes in each of many processes would take too long.
            return processes is not [HandleProcess holder] ? nodes
                : line.Adds ? nodes.Where(node => node.Context is null || node.Context == holder.Context)
                : nodes.Where(node => holder.Table.TryFind(node, out _));
        }

        return !line.NamesContexts ? nodes : nodes.Where(node => line.IsInContext(node.Context));
    }

    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word)
    {
        HandleNode[] nodes = [.. FindNodes(line)];
        IEnumerable<CompletionResult> named = FirstOf(nodes.Select(node => node.Name), word)
            .SelectMany(name => OfName(line, word, nodes[0].Session.FindNodes(name)));
        IEnumerable<CompletionResult> numbered = nodes
            .Where(node => (!CanBeOffered(node.Name) || word.IsNumeric) && word.Matches(node.Id))
            .Select(node => OfId(word, node));
        return named.Concat(numbered);
    }

    /// <summary>Returns the name, or the ids if the parameter takes one node and several have the name.</summary>
    private static IEnumerable<CompletionResult> OfName(CompletedLine line, CompletedWord word, HandleNode[] same) =>
        line.TakesOne && same.Length > 1
        ? same.Select(node => OfId(word, node))
        : [Offer(word.Write(same[0].Name!), same[0].Name!, JoinFew([.. same.Take(DescribedAtMost).Select(Describe)], same.Length))];

    private static CompletionResult OfId(CompletedWord word, HandleNode node) =>
        Offer(word.Write(node.Id), node.Id.ToString(CultureInfo.InvariantCulture), Describe(node));

    private static string OwnerOf(HandleProcess owner) =>
        string.IsNullOrEmpty(owner.Name) ? $"process {owner.Id}" : $"{owner.Name} ({owner.Id})";
}

/// <summary>Completes the ids of nodes.</summary>
internal sealed class NodeIdCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) =>
        from node in NodeCompleter.FindNodes(line)
        where word.Matches(node.Id)
        select Offer(word.Write(node.Id), node.Id.ToString(CultureInfo.InvariantCulture), NodeCompleter.Describe(node));
}
