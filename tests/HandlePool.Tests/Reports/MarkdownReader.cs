using System.Text.RegularExpressions;

namespace HandlePool.Tests.Reports;

/// <summary>Reads Markdown as CommonMark and GitHub define code spans and tables.</summary>
internal static partial class MarkdownReader
{
    /// <summary>Returns a line without its code spans, or with others in their places.</summary>
    internal static string WithoutCode(string line, string instead = "") => CodeSpan().Replace(line, instead);

    /// <summary>Returns the text of a code span that is all of a line; null if it is not.</summary>
    internal static string? CodeOf(string line)
    {
        Match match = CodeSpan().Match(line);
        if (!match.Success || match.Length != line.Length)
            return null;
        string text = match.Groups["text"].Value;

        // A space at both ends is dropped, unless there are only spaces.
        return text is [' ', .., ' '] && text.Trim(' ').Length > 0 ? text[1..^1] : text;
    }

    /// <summary>Returns the cells of the rows of the table under a heading, the headings first.</summary>
    internal static string[][] Table(string markdown, string heading) => [.. markdown[markdown.IndexOf($"## {heading}\n", StringComparison.Ordinal)..]
        .Split('\n').SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Where(line => !line.StartsWith("| ---", StringComparison.Ordinal))
        .Select(Cells)];

    /// <summary>Returns the cells of a row, with the pipes in them.</summary>
    internal static string[] Cells(string row) =>
        [.. Pipe().Split(row).Skip(1).SkipLast(1).Select(cell => cell.Trim(' ').Replace("\\|", "|"))];

    [GeneratedRegex("(?<!`)(?<fence>`+)(?!`)(?<text>.+?)(?<!`)\\k<fence>(?!`)")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Pipe();
}
