using System.Security.Cryptography;
using System.Text;
using HandlePool.Text;

namespace HandlePool.Reports.Markup;

/// <summary>Writes a report as one HTML page that needs no other file, and that is well-formed XML as well.</summary>
internal sealed class HtmlWriter(TextWriter output) : ReportWriter(output)
{
    private const int MostRowsOpen = 50;

    private static readonly string Style = ReadResource("report.css");
    private static readonly string Script = ReadResource("report.js");

    /// <summary>The content policy: nothing is loaded, and only this style and script apply, whatever else got into the page.</summary>
    private static readonly string Policy = $"default-src 'none'; style-src '{HashOf(Style)}'; script-src '{HashOf(Script)}'; "
        + "img-src data:; base-uri 'none'; form-action 'none'";

    private Html? _contents;

    internal override void Begin(string title, string created, IReadOnlyList<ReportSection> sections)
    {
        Html links = Html.Each(sections, section => $"<li><a href=\"#{section.Id}\">{section.Link}</a></li>\n");
        _contents = $"<nav aria-label=\"Contents\"><ul>{links}</ul></nav>";
        Write($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="{Policy}"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="generator" content="HandlePool"/>
            <title>{title}</title>
            <style>{Html.Trusted(Style)}</style>
            </head><body><header><h1><bdi>{title}</bdi></h1>
            <p class="sub">{created}</p></header><main>
            """);
    }

    internal override void Section(ReportSection section)
    {
        Write($"<section aria-labelledby=\"{section.Id}\"><h2 id=\"{section.Id}\">{section.Heading}</h2>\n");
        section.Write(this);

        // The contents come after the first section, so that the page begins with the verdict.
        Write($"</section>\n{_contents}");
        _contents = null;
    }

    internal override void End() => Write($"</main><script>{Html.Trusted(Script)}</script>\n</body></html>");

    internal override void Heading(Prose text, string? id = null) => Write($"<h3{Html.Attribute("id", id)}>{text}</h3>\n");

    internal override void Paragraph(Prose text) => Write($"<p>{text}</p>\n");

    internal override void Note(Prose text) => Write($"<p class=\"note\">{text}</p>\n");

    internal override void Items(IEnumerable<Prose> items) => Write($"<ul>{Html.Each(items, item => $"<li>{item}</li>\n")}</ul>");

    internal override void Verdict(bool? isBad, Prose headline, IReadOnlyList<(string Question, Prose Answer)> answers) => Write($"""
        <div class="verdict {(isBad switch { true => "bad", false => "good", null => "none" })}"><p class="headline">{headline}</p>
        <dl>{Html.Each(answers, each => $"<div><dt>{each.Question}</dt><dd>{each.Answer}</dd></div>\n")}</dl></div>
        """);

    internal override void Figures(IEnumerable<(string Name, Prose Value, string? Note)> figures)
    {
        Write($"<dl class=\"facts\">");
        foreach ((string name, Prose value, string? note) in figures)
            Write($"<div><dt>{name}</dt><dd>{value}{(note is null ? null : Html.Of($"<small>{note}</small>"))}</dd></div>\n");
        Write($"</dl>");
    }

    internal override void Table<T>(
        string id, string caption, IReadOnlyList<T> rows, int maxRows, string? fold, params ReportColumn<T>?[] columns)
    {
        ReportColumn<T>[] used = [.. columns.OfType<ReportColumn<T>>()];
        int shown = Math.Min(rows.Count, maxRows);
        if (fold is not null)
        {
            string? open = rows.Count <= MostRowsOpen ? "open" : null;
            Write($"<details{Html.Attribute("open", open)}>\n<summary>{fold} ({Phrase.Count(rows.Count, "row")})</summary>\n");
        }

        Write($"""
            <div class="scroll" role="region" aria-labelledby="{id}" tabindex="0"><table class="sortable">
            <caption id="{id}"><span>{caption}{LeftOut(shown, rows.Count)}</span></caption>
            <thead><tr>{Html.Each(used, Heading)}</tr>
            </thead>
            <tbody>
            """);

        // What all rows have is made once: a report has a hundred thousand cells.
        Html[] begins = [.. used.Select((column, index) => index == 0 ? Html.Of($"<tr><th scope=\"row\"{Class(column)}>") : Html.Of($"<td{Class(column)}>"))];
        Html heading = $"</th>", cell = $"</td>", end = $"</tr>\n";
        foreach (T row in rows.Take(shown))
        {
            Html cells = $"";
            for (int index = 0; index < used.Length; index++)
            {
                cells.Append(begins[index]);
                if (used[index].Number is { } number)
                    cells.AppendNumber(number(row));
                else
                    cells.AppendFormatted(used[index].Cell(row));
                cells.Append(index == 0 ? heading : cell);
            }

            cells.Append(end);
            Write(cells);
        }

        Write($"</tbody></table></div>{(fold is null ? null : Html.Of($"</details>"))}");
    }

    internal override void Copyable(string id, string summary, Func<string> text) => Write($"""
        <details class="copyable"><summary>{summary}</summary>
        <pre id="{id}" tabindex="0">{Html.Lines(text())}</pre></details>
        """);

    internal override void Fold(Prose summary, Action content)
    {
        Write($"<details><summary>{summary}</summary>\n");
        content();
        Write($"</details>");
    }

    internal override void Picture(Func<Html> picture) => Write(picture());

    private static Html Heading<T>(ReportColumn<T> column) =>
        $"<th scope=\"col\"{Class(column)}{Html.Attribute("aria-sort", column.Sorted)}>{column.Heading}</th>";

    private static Html? Class<T>(ReportColumn<T> column) => Html.Attribute("class", column.IsNumber ? "n" : null);

    private static string ReadResource(string name)
    {
        using StreamReader reader = new(typeof(HtmlWriter).Assembly.GetManifestResourceStream(name)!);

        // Browsers drop carriage returns before they compare the hash of the policy.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private void Write(Html html) => html.WriteTo(Output);
}
