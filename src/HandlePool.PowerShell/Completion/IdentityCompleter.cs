using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Language;
using HandlePool.Text;

namespace HandlePool.PowerShell.Completion;

/// <summary>Represents a completer of identities: it reads the line and offers a limited number of matches.</summary>
/// <remarks>
/// A parameter refers to its completer with an <see cref="ArgumentCompleterAttribute"/>. A session may have a hundred thousand names:
/// only the first ones are offered, and results are created only for those.
/// </remarks>
internal abstract class IdentityCompleter : IArgumentCompleter
{
    /// <summary>The label of the only result if nothing matches.</summary>
    private const string NoMatch = "(no match)";

    /// <summary>The maximum number of results.</summary>
    internal const int MaxResults = 250;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletedLine line = new(commandName, parameterName, commandAst, fakeBoundParameters);
        CompletedWord word = new(wordToComplete ?? "", line.AcceptsWildcards);
        CompletionResult[] found = [.. Complete(line, word).DistinctBy(result => result.CompletionText).Take(MaxResults)];

        // PowerShell would offer the files of the current folder. The word stays as it is.
        return found.Length > 0 ? found
            : [new CompletionResult(string.IsNullOrEmpty(wordToComplete) ? " " : wordToComplete, NoMatch, CompletionResultType.Text, "Nothing matches.")];
    }

    /// <summary>Returns the matches, best first.</summary>
    private protected abstract IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word);

    /// <summary>Returns a result.</summary>
    /// <param name="text">The text as it must be written on the line.</param>
    /// <param name="label">The text that is shown, printable or not.</param>
    /// <param name="tooltip">The description, printable or not.</param>
    private protected static CompletionResult Offer(string text, string label, string tooltip) =>
        new(text, VisibleText.Name(label), CompletionResultType.ParameterValue, VisibleText.Of(tooltip));

    /// <summary>Returns the first matching names in natural order, without duplicates that differ in case only.</summary>
    private protected static IEnumerable<string> FirstOf(IEnumerable<string?> names, CompletedWord word)
    {
        SortedSet<string> first = new(NaturalOrder.Instance);
        foreach (string? name in names)
        {
            // The order is compared first: matching a pattern takes ten times as long.
            if (!CanBeOffered(name)
                || (first.Count == MaxResults && NaturalOrder.Instance.Compare(name, first.Max) >= 0)
                || !word.Matches(name))
            {
                continue;
            }

            if (first.Add(name) && first.Count > MaxResults)
                first.Remove(first.Max!);
        }

        return first.DistinctBy(name => name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Returns whether there is a name without characters that could control the terminal or break the line.</summary>
    private protected static bool CanBeOffered([NotNullWhen(true)] string? name) =>
        !string.IsNullOrEmpty(name) && VisibleText.Of(name) == name;

    /// <summary>Joins the first few of many descriptions.</summary>
    private protected static string JoinFew(IReadOnlyCollection<string> few, int count) =>
        string.Join("; ", few) + (count > few.Count ? $"; and {count - few.Count} more" : "");
}
