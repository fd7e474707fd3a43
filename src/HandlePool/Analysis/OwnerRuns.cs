using System.Runtime.CompilerServices;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Tells where runs of references to nodes of one owner begin.</summary>
internal static class OwnerRuns
{
    /// <summary>The largest number of references that are looked at together.</summary>
    internal const int MostAtOnce = 32;

    /// <summary>Returns a bit for each reference, the lowest for the first: whether its node has another owner than the one before, or is dead and that is not, or the reverse.</summary>
    /// <remarks>Nodes are somewhere in memory. Nothing depends on one of them before all have been asked for, so that the processor waits for many at the same time.</remarks>
    /// <param name="references">At most <see cref="MostAtOnce"/> references.</param>
    /// <param name="previous">The node of the one before the first; null if there is none, so that a run begins with the first.</param>
    internal static uint StartsOf(ReadOnlySpan<TableEntry> references, HandleNode? previous)
    {
        uint starts = previous is null ? 1u : 0;
        object? home = previous?.Home;
        bool isDead = previous is { IsDead: true };
        for (int index = 0; index < references.Length; index++)
        {
            HandleNode node = NodeOf(references[index]);
            object next = node.Home;
            bool isNextDead = node.IsDead;
            starts |= (next != home | isNextDead != isDead ? 1u : 0) << index;
            (home, isDead) = (next, isNextDead);
        }

        return starts;
    }

    /// <summary>Returns the node of a reference. A cast would look at its type before all else, and most nodes are of a derived one.</summary>
    internal static HandleNode NodeOf(in TableEntry reference) => Unsafe.As<HandleNode>(reference.Node);
}
