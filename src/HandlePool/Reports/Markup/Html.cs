using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using HandlePool.Text;

namespace HandlePool.Reports.Markup;

/// <summary>Represents HTML that is well-formed XML as well, built from interpolated strings.</summary>
/// <remarks>
/// The literal parts of an interpolated string are markup. Every hole is escaped, in text and in quoted attributes alike, unless it is
/// <see cref="Html"/> itself. Numbers are formatted invariantly. There is no conversion from a string that was made at run time.
/// </remarks>
[InterpolatedStringHandler]
internal sealed class Html
{
    private readonly StringBuilder _markup;

    public Html(int literalLength, int holes) => _markup = new StringBuilder(literalLength + (16 * holes));

    /// <summary>Returns markup, for where the compiler would otherwise make an interpolated string a string.</summary>
    internal static Html Of(Html markup) => markup;

    /// <summary>Returns style or script of this library itself, which is not escaped. Never pass anything else.</summary>
    internal static Html Trusted(string own)
    {
        Html markup = new(own.Length, 0);
        markup.AppendLiteral(own);
        return markup;
    }

    /// <summary>Returns the markup of each item, one after another.</summary>
    internal static Html Each<T>(IEnumerable<T> items, Func<T, Html> write, string separator = "")
    {
        Html all = $"";
        foreach (T item in items)
        {
            if (all._markup.Length > 0)
                all.AppendFormatted(separator);
            all.AppendFormatted(write(item));
        }

        return all;
    }

    /// <summary>Returns text from a dump, isolated so that it cannot reorder the text around it.</summary>
    internal static Html Isolate(string text) => $"<bdi>{text}</bdi>";

    /// <summary>Returns text of many lines, whose ends are kept.</summary>
    internal static Html Lines(string text)
    {
        Html all = $"";
        foreach (string line in text.Split('\n'))
            all.Append($"{line}\n");
        return all;
    }

    /// <summary>Returns an attribute with a space before it; nothing if the value is null.</summary>
    internal static Html? Attribute(string name, string? value) => value is null ? null : Of($" {name}=\"{value}\"");

    internal void Append(Html markup) => AppendFormatted(markup);

    internal void AppendNumber(long? number)
    {
        if (number is { } value)
            _markup.Append(CultureInfo.InvariantCulture, $"{value}");
    }

    internal void WriteTo(TextWriter writer) => writer.Write(_markup);

    public void AppendLiteral(string markup) => _markup.Append(markup);

    public void AppendFormatted(Html? markup) => _markup.Append(markup?._markup);

    public void AppendFormatted(Prose? prose)
    {
        foreach (ProseRun run in prose?.Runs ?? [])
        {
            if (run.Style is ProseStyle.Own or ProseStyle.Text)
                AppendFormatted(run.Text);
            else
                AppendFormatted(Styled(run));
        }
    }

    public void AppendFormatted(IFormattable? number, string? format = null) =>
        AppendFormatted(number?.ToString(format, CultureInfo.InvariantCulture));

    public void AppendFormatted(string? text)
    {
        int plain = 0;
        for (int index = 0; index < text?.Length; index++)
        {
            char c = text[index];
            if (char.IsAsciiLetterOrDigit(c))
                continue;
            string? replacement = c switch
            {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '"' => "&quot;",
                '\'' => "&#39;",
                _ => null,
            };
            int length = 1;
            if (replacement is null && c is < ' ' or > '~')
                replacement = VisibleText.Substitute(text, index, out length);
            if (replacement is not null)
            {
                _markup.Append(text, plain, index - plain).Append(replacement);
                plain = index + length;
            }

            index += length - 1;
        }

        _markup.Append(text, plain, (text?.Length ?? 0) - plain);
    }

    private static Html Styled(ProseRun run) => run.Style switch
    {
        ProseStyle.Strong => $"<strong>{run.Inner}</strong>",
        ProseStyle.Warning => $"<strong class=\"warn\">{run.Inner}</strong>",
        ProseStyle.Link => $"<a class=\"more\" href=\"#{run.Text}\">{run.Inner}</a>",
        ProseStyle.Mark => $"<a class=\"mark\" href=\"#{run.Text}\">{run.Inner}</a>",
        _ => Isolate(run.Text),
    };
}
