using System.Diagnostics;
using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Writes HTML that is well-formed XML as well. Whatever text or attribute it is given is escaped.</summary>
internal sealed class HtmlWriter(TextWriter writer)
{
    private const int LongestName = 160;

    private readonly Stack<string> _open = [];
    private bool _isInTag;

    /// <summary>Begins an element. Attributes come next, then what is in it, then <see cref="Close"/>.</summary>
    internal HtmlWriter Open(string name)
    {
        EndTag();
        writer.Write('<');
        writer.Write(name);
        _open.Push(name);
        _isInTag = true;
        return this;
    }

    /// <summary>An attribute of the element that was just begun; none if its value is null.</summary>
    internal HtmlWriter Attribute(string name, string? value)
    {
        Debug.Assert(_isInTag, "Attributes come before what is in an element.");
        if (value is null)
            return this;
        writer.Write(' ');
        writer.Write(name);
        writer.Write("=\"");
        Escape(value);
        writer.Write('"');
        return this;
    }

    internal HtmlWriter Attribute(string name, long value) => Attribute(name, value.ToString(CultureInfo.InvariantCulture));

    internal HtmlWriter Class(string? names) => Attribute("class", names);

    internal HtmlWriter Text(string text)
    {
        EndTag();
        Escape(text);
        return this;
    }

    /// <summary>A whole number with separators of thousands.</summary>
    internal HtmlWriter Number(long number) => Text(ReportText.Number(number));

    /// <summary>Text from a dump: shortened if it is very long, and isolated, so that it cannot reorder what is around it.</summary>
    internal HtmlWriter DumpText(string text, int longest = LongestName) => Open("bdi").Text(VisibleText.Shorten(text, longest)).Close();

    /// <summary>An element with nothing but text in it.</summary>
    internal HtmlWriter Element(string name, string text) => Open(name).Text(text).Close();

    /// <summary>Ends the element that was begun last.</summary>
    internal HtmlWriter Close()
    {
        string name = _open.Pop();
        if (_isInTag && name is "meta" or "br" or "rect" or "line" or "path" or "circle")
        {
            writer.Write("/>");
            _isInTag = false;
        }
        else
        {
            EndTag();
            writer.Write("</");
            writer.Write(name);
            writer.Write('>');
        }

        // A line for each block, so that the page can be read and compared as text.
        if (name is "tr" or "p" or "li" or "h1" or "h2" or "h3" or "caption" or "thead" or "svg" or "section" or "meta" or "dd" or "summary"
            or "title" or "style" or "script" or "rect" or "line" or "circle" or "path" or "text")
        {
            writer.Write('\n');
        }

        return this;
    }

    /// <summary>Markup, style or script of this library itself, which is not escaped: never anything else.</summary>
    internal HtmlWriter Raw(string own)
    {
        EndTag();
        writer.Write(own);
        return this;
    }

    private void EndTag()
    {
        if (_isInTag)
            writer.Write('>');
        _isInTag = false;
    }

    private void Escape(string text)
    {
        int plain = 0;
        for (int index = 0; index < text.Length; index++)
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
            if (replacement is null && (c < ' ' || c > '~'))
                replacement = VisibleText.Substitute(text, index, out length);
            if (replacement is not null)
            {
                writer.Write(text.AsSpan(plain, index - plain));
                writer.Write(replacement);
                plain = index + length;
            }

            index += length - 1;
        }

        writer.Write(text.AsSpan(plain));
    }
}
