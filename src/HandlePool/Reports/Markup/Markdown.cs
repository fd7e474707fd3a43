using System.Buffers;
using System.Text;
using HandlePool.Text;

namespace HandlePool.Reports.Markup;

/// <summary>Turns prose into Markdown of one line.</summary>
/// <remarks>
/// Names become code, in which Markdown sees no markup, link, mention or HTML. In sentences, each word that is not plain text becomes
/// code. What remains needs no escapes, so the text stays readable where Markdown is not rendered. A cell of a table also needs
/// <c>\|</c> for each pipe, even in code.
/// </remarks>
internal static class Markdown
{
    private static readonly SearchValues<char> Opening = SearchValues.Create("(\"'");
    private static readonly SearchValues<char> Closing = SearchValues.Create(".,;:!?)\"'%\u2026");

    internal static string Of(Prose prose)
    {
        StringBuilder line = new();
        Append(line, prose);
        return line.ToString().TrimEnd(' ');
    }

    private static void Append(StringBuilder line, Prose? prose)
    {
        foreach (ProseRun run in prose?.Runs ?? [])
        {
            switch (run.Style)
            {
                case ProseStyle.Own:
                    line.Append(run.Text);
                    break;
                case ProseStyle.Name:
                    AppendCode(line, VisibleText.Of(run.Text));
                    break;
                case ProseStyle.Link:
                    break;
                case ProseStyle.Strong or ProseStyle.Warning or ProseStyle.Mark:
                    line.Append("**");
                    Append(line, run.Inner);
                    line.Append("**");
                    break;
                default:
                    AppendWords(line, VisibleText.Of(run.Text));
                    break;
            }
        }
    }

    private static void AppendWords(StringBuilder line, string text)
    {
        bool isFirst = true;
        foreach (string word in text.Split(' '))
        {
            if (!isFirst && line.Length > 0)
                line.Append(' ');
            isFirst = false;
            int begin = word.AsSpan().IndexOfAnyExcept(Opening);
            int end = word.AsSpan().LastIndexOfAnyExcept(Closing) + 1;

            // A number with a period at the start of a line would number a list.
            bool isListNumber = line.Length == 0 && end > 0 && end < word.Length
                && char.IsAsciiDigit(word[end - 1]) && (word[end] is '.' or ')');
            bool isPlain = begin < 0 || begin >= end || (!isListNumber && IsPlain(word.AsSpan(begin, end - begin)));
            if (isPlain)
            {
                line.Append(word);
                continue;
            }

            line.Append(word, 0, begin);
            AppendCode(line, word[begin..end]);
            line.Append(word, end, word.Length - end);
        }
    }

    /// <summary>Returns whether the core of a word is letters and digits, joined as in <c>half-open</c>, <c>Android's</c> or
    /// <c>12:30</c>.</summary>
    private static bool IsPlain(ReadOnlySpan<char> core)
    {
        if (core.Length > 1 && core[0] is '+' or '-' or '\u2212')
            core = core[1..];
        for (int index = 0; index < core.Length; index++)
        {
            if (char.IsLetterOrDigit(core[index]))
                continue;
            if (index == 0 || index == core.Length - 1)
                return core.Length == 1 && core[0] is '\u2192' or '\u2013';
            bool isJoint = char.IsAsciiDigit(core[index - 1]) && char.IsAsciiDigit(core[index + 1])
                ? core[index] is '.' or ',' or ':' or '-'
                : char.IsLetter(core[index - 1]) && char.IsLetter(core[index + 1]) && core[index] is '-' or '\'';
            if (!isJoint)
                return false;
        }

        return true;
    }

    /// <summary>Appends a code span, with a fence that its text does not contain.</summary>
    private static void AppendCode(StringBuilder line, string text)
    {
        if (text.Length == 0)
            return;
        int longest = 0;
        for (int index = 0, run = 0; index < text.Length; index++)
        {
            run = text[index] == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        // Two fences side by side would be one. Of text with a space at both ends, readers drop these two spaces.
        if (line.Length > 0 && line[^1] == '`')
            line.Append(' ');
        string fence = new('`', longest + 1);
        string pad = (text[0] is '`' or ' ' || text[^1] is '`' or ' ') && text.AsSpan().ContainsAnyExcept(' ') ? " " : "";
        line.Append(fence).Append(pad).Append(text).Append(pad).Append(fence);
    }
}
