using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Completes names of nodes, and ids where there is no name, or where a number is typed.</summary>
internal sealed class NodeCompleter : IdentityCompleter
{
    private const int DescribedAtMost = 3;

    /// <summary>What a node is, in a line.</summary>
    internal static string Describe(HandleNode node) => Identify(node)
        + $", held by {Count(node.HolderCount, "process", "processes")}"
        + (node.IsDead ? ", dead" : "");

    /// <summary>Which node it is, and whose.</summary>
    internal static string Identify(HandleNode node) => $"node {node.Id}"
        + (string.IsNullOrEmpty(node.Name) ? "" : $" '{node.Name}'")
        + (node.Owner is { } owner ? $" of {OwnerOf(owner)}" : " of an unknown process");

    /// <summary>The nodes that can be meant beside what else is on the line, in ascending order of id.</summary>
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

            // To ask each of many processes for each of many nodes would take too long.
            return processes is not [HandleProcess holder] ? nodes
                : line.Adds ? nodes.Where(node => node.Context is null || node.Context == holder.Context)
                : nodes.Where(node => holder.Table.TryFind(node, out _));
        }

        return line.Context is null ? nodes : nodes.Where(node => line.IsInContext(node.Context));
    }

    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word)
    {
        HandleNode[] nodes = [.. FindNodes(line)];
        IEnumerable<CompletionResult> named = FirstOf(nodes.Select(node => node.Name), word)
            .SelectMany(name => OfName(line, word, nodes[0].Session.FindNodes(name)));
        IEnumerable<CompletionResult> numbered = nodes
            .Where(node => (!CanBeOffered(node.Name) || word.IsNumeric) && word.Fits(node.Id))
            .Select(node => OfId(word, node));
        return named.Concat(numbered);
    }

    /// <summary>The name, once; where it must be that of one node and is not, their ids.</summary>
    private static IEnumerable<CompletionResult> OfName(CompletedLine line, CompletedWord word, HandleNode[] same) => line.TakesOne && same.Length > 1
        ? same.Select(node => OfId(word, node))
        : [Offer(word.Write(same[0].Name!), same[0].Name!, JoinFew([.. same.Take(DescribedAtMost).Select(Describe)], same.Length))];

    private static CompletionResult OfId(CompletedWord word, HandleNode node) =>
        Offer(word.Write(node.Id), node.Id.ToString(CultureInfo.InvariantCulture), Describe(node));

    private static string OwnerOf(HandleProcess owner) => string.IsNullOrEmpty(owner.Name) ? $"process {owner.Id}" : $"{owner.Name} ({owner.Id})";
}
