using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Language;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>What the completers share: a line is read, what fits its word is looked for, and not too much of it is offered.</summary>
/// <remarks>
/// A completer is named by an <see cref="ArgumentCompleterAttribute"/> on the parameter. Nobody reads through thousands of
/// names, and a session may have a hundred thousand: those that come last are left out, and a result is only made when it is offered.
/// </remarks>
internal abstract class IdentityCompleter : IArgumentCompleter
{
    /// <summary>How many are offered at most.</summary>
    internal const int MaxResults = 250;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletedLine line = new(commandName, parameterName, commandAst, fakeBoundParameters);
        CompletedWord word = new(wordToComplete ?? "", line.AcceptsWildcards);
        return [.. Complete(line, word).DistinctBy(result => result.CompletionText).Take(MaxResults)];
    }

    /// <summary>What fits, best first.</summary>
    private protected abstract IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word);

    /// <summary>A result; the text is written as the line needs it, the label as it may be shown.</summary>
    private protected static CompletionResult Offer(string text, string label, string tooltip) =>
        new(text, VisibleText.Name(label), CompletionResultType.ParameterValue, VisibleText.Of(tooltip));

    /// <summary>The first names that fit, in their order, each once whatever its case. Only as many as are offered are ever kept and sorted.</summary>
    private protected static IEnumerable<string> FirstOf(IEnumerable<string?> names, CompletedWord word)
    {
        SortedSet<string> first = new(NaturalOrder.Instance);
        foreach (string? name in names)
        {
            // The order is asked for first: a pattern takes ten times as long.
            if (!CanBeOffered(name) || (first.Count == MaxResults && NaturalOrder.Instance.Compare(name, first.Max) >= 0) || !word.Fits(name))
                continue;
            if (first.Add(name) && first.Count > MaxResults)
                first.Remove(first.Max!);
        }

        return first.DistinctBy(name => name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether there is a name, with nothing in it that could steer the terminal or break the line.</summary>
    private protected static bool CanBeOffered([NotNullWhen(true)] string? name) => !string.IsNullOrEmpty(name) && VisibleText.Of(name) == name;

    /// <summary>How many of something there are, in words: "1 handle", "2 handles".</summary>
    private protected static string Count(int count, string one, string several) => $"{count} {(count == 1 ? one : several)}";

    /// <summary>The first few of many descriptions.</summary>
    private protected static string JoinFew(IReadOnlyCollection<string> few, int count) =>
        string.Join("; ", few) + (count > few.Count ? $"; and {count - few.Count} more" : "");
}
