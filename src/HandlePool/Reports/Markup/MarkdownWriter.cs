using System.Text;

namespace HandlePool.Reports.Markup;

/// <summary>Writes a report as Markdown, as GitHub reads it, for a ticket or a comment.</summary>
internal sealed class MarkdownWriter(TextWriter output) : ReportWriter(output)
{
    internal override void Begin(string title, string created, IReadOnlyList<ReportSection> sections)
    {
        Block($"# {Markdown.Of($"{title}")}");
        Block(Markdown.Of($"{created}"));
    }

    internal override void Section(ReportSection section)
    {
        if (section.IsPicture)
            return;
        Block($"## {section.Heading}");
        section.Write(this);
    }

    internal override void End()
    {
    }

    internal override void Heading(Prose text, string? id = null) => Block($"### {Markdown.Of(text)}");

    internal override void Paragraph(Prose text) => Block(Markdown.Of(text));

    internal override void Note(Prose text) => Block(Markdown.Of(text));

    internal override void Items(IEnumerable<Prose> items) => Block(string.Join('\n', items.Select(item => $"- {Markdown.Of(item)}")));

    internal override void Verdict(bool? isBad, Prose headline, IReadOnlyList<(string Question, Prose Answer)> answers)
    {
        Block($"**{Markdown.Of(headline)}**");
        Items(answers.Select(each => Prose.Of($"{Prose.Strong($"{each.Question}:")} {each.Answer}")));
    }

    internal override void Figures(IEnumerable<(string Name, Prose Value, string? Note)> figures) =>
        Items(figures.Select(figure => Prose.Of($"{figure.Name}: {figure.Value}{(figure.Note is { } note ? $" ({note})" : null)}")));

    internal override void Table<T>(
        string id, string caption, IReadOnlyList<T> rows, int maxRows, string? fold, params ReportColumn<T>?[] columns)
    {
        ReportColumn<T>[] used = [.. columns.OfType<ReportColumn<T>>()];
        int shown = Math.Min(rows.Count, maxRows);
        StringBuilder table = new();
        AppendRow(used.Select(column => column.Heading));
        AppendRow(used.Select(column => column.IsNumber ? "---:" : "---"));
        foreach (T row in rows.Take(shown))
            AppendRow(used.Select(column => Markdown.Of(column.Cell(row)).Replace("|", "\\|")));
        Block(caption + LeftOut(shown, rows.Count));
        Block(table.ToString().TrimEnd());

        void AppendRow(IEnumerable<string> cells) => table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    internal override void Fold(Prose summary, Action content) => content();

    /// <summary>Writes a block and the empty line after it. Lines end the same on every system.</summary>
    private void Block(string text)
    {
        Output.Write(text);
        Output.Write("\n\n");
    }
}
