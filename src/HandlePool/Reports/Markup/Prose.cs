using System.Globalization;
using System.Runtime.CompilerServices;
using HandlePool.Text;

namespace HandlePool.Reports.Markup;

/// <summary>Represents text of a report that each format renders in its own way, built from interpolated strings.</summary>
/// <remarks>
/// The literal parts of an interpolated string are our own words, without characters that a format treats as markup. Every hole may
/// have text from a dump, and each format escapes it. Numbers are formatted invariantly.
/// </remarks>
[InterpolatedStringHandler]
internal sealed class Prose
{
    private readonly List<ProseRun> _runs;

    public Prose(int literalLength, int holes) => _runs = new List<ProseRun>(literalLength == 0 ? holes : (2 * holes) + 1);

    internal IReadOnlyList<ProseRun> Runs => _runs;

    /// <summary>Returns prose, for where the compiler would otherwise make an interpolated string a string.</summary>
    internal static Prose Of(Prose prose) => prose;

    /// <summary>Returns a name from a dump, shortened if it is very long.</summary>
    internal static Prose Name(string name, int longest = VisibleText.LongestName) =>
        Single(ProseStyle.Name, VisibleText.Shorten(name, longest));

    /// <summary>Returns a sentence with names from a dump in it, shortened if it is very long.</summary>
    internal static Prose Sentence(string text, int longest) => Single(ProseStyle.Sentence, VisibleText.Shorten(text, longest));

    internal static Prose Strong(Prose text) => Single(ProseStyle.Strong, "", text);

    internal static Prose Warning(Prose text) => Single(ProseStyle.Warning, "", text);

    /// <summary>Returns a link to a section, which only formats with links show.</summary>
    internal static Prose Link(string id, string text) => Single(ProseStyle.Link, id, $"{text}");

    /// <summary>Returns a mark with a link to its explanation.</summary>
    internal static Prose Mark(string id, string text) => Single(ProseStyle.Mark, id, $"{text}");

    public void AppendLiteral(string words) => _runs.Add(new ProseRun(ProseStyle.Own, words));

    public void AppendFormatted(Prose? prose) => _runs.AddRange(prose?._runs ?? []);

    public void AppendFormatted(IFormattable? number, string? format = null) =>
        AppendFormatted(number?.ToString(format, CultureInfo.InvariantCulture));

    public void AppendFormatted(string? text)
    {
        if (!string.IsNullOrEmpty(text))
            _runs.Add(new ProseRun(ProseStyle.Text, text));
    }

    private static Prose Single(ProseStyle style, string text, Prose? inner = null)
    {
        Prose prose = new(0, 1);
        prose._runs.Add(new ProseRun(style, text, inner));
        return prose;
    }
}

/// <summary>Represents a stretch of prose in one style.</summary>
/// <param name="Style">The style.</param>
/// <param name="Text">The text; the id of the target for links and marks.</param>
/// <param name="Inner">The text within styles that have some.</param>
internal readonly record struct ProseRun(ProseStyle Style, string Text, Prose? Inner = null);

internal enum ProseStyle
{
    /// <summary>Our own words.</summary>
    Own,

    /// <summary>Text that may be from a dump.</summary>
    Text,

    /// <summary>Sentences with names in them, kept apart from the text around.</summary>
    Sentence,

    /// <summary>A name, kept apart from the text around.</summary>
    Name,

    Strong,
    Warning,
    Link,
    Mark,
}
