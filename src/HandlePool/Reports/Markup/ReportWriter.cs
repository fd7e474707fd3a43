using HandlePool.Text;

namespace HandlePool.Reports.Markup;

/// <summary>Writes the parts of a report in one format. Sections say what there is to show, writers how it looks.</summary>
internal abstract class ReportWriter(TextWriter output)
{
    protected TextWriter Output { get; } = output;

    /// <summary>Writes what comes before the first section.</summary>
    internal abstract void Begin(string title, string created, IReadOnlyList<ReportSection> sections);

    /// <summary>Writes a section with its content.</summary>
    internal abstract void Section(ReportSection section);

    /// <summary>Writes what comes after the last section.</summary>
    internal abstract void End();

    internal abstract void Heading(Prose text, string? id = null);

    internal abstract void Paragraph(Prose text);

    /// <summary>Writes a paragraph of lesser weight.</summary>
    internal abstract void Note(Prose text);

    internal abstract void Items(IEnumerable<Prose> items);

    /// <summary>Writes the headline of the verdict and its answers.</summary>
    /// <param name="isBad">Whether the verdict is bad; null if there is none.</param>
    /// <param name="headline">The verdict in a sentence.</param>
    /// <param name="answers">The answers to the questions of the reader.</param>
    internal abstract void Verdict(bool? isBad, Prose headline, IReadOnlyList<(string Question, Prose Answer)> answers);

    /// <summary>Writes key figures.</summary>
    internal abstract void Figures(IEnumerable<(string Name, Prose Value, string? Note)> figures);

    /// <summary>Writes a table. The first column heads its row.</summary>
    /// <param name="id">An id that no other table has.</param>
    /// <param name="caption">The caption.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="maxRows">The number of rows to write at most; the caption says how many are left out.</param>
    /// <param name="fold">The summary under which a long table is folded; null for a table that always shows.</param>
    /// <param name="columns">The columns.</param>
    internal abstract void Table<T>(
        string id, string caption, IReadOnlyList<T> rows, int maxRows, string? fold, params ReportColumn<T>?[] columns);

    /// <summary>Writes a text that readers copy. Formats that are such a text themselves leave it out.</summary>
    internal virtual void Copyable(string id, string summary, Func<string> text)
    {
    }

    /// <summary>Writes content that is folded at first.</summary>
    internal abstract void Fold(Prose summary, Action content);

    /// <summary>Writes a picture, which formats of text leave out.</summary>
    internal virtual void Picture(Func<Html> picture)
    {
    }

    /// <summary>Returns the end of a caption that says how many rows are left out.</summary>
    protected static string? LeftOut(int shown, int all) => shown == all ? null
        : $" The first {shown} of {all}; {all - shown} are left out.";
}

/// <summary>Represents a section of a report.</summary>
/// <param name="Id">The id, to which links go.</param>
/// <param name="Link">The name in the contents.</param>
/// <param name="Heading">The heading.</param>
/// <param name="Write">Writes the content.</param>
/// <param name="IsPicture">Whether the section makes sense as a picture only.</param>
internal sealed record ReportSection(string Id, string Link, string Heading, Action<ReportWriter> Write, bool IsPicture = false);

/// <summary>Represents a column of a table in a report.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Cell">Returns the cell of a row.</param>
/// <param name="IsNumber">Whether the cells are numbers, which are aligned and sorted as such.</param>
/// <param name="Sorted">The order in which the rows are initially sorted by this column, ascending or descending; null if they are not sorted by it.</param>
internal sealed record ReportColumn<T>(string Heading, Func<T, Prose> Cell, bool IsNumber = false, string? Sorted = null)
{
    internal ReportColumn(string heading, Func<T, long?> number, string? sorted = null)
        : this(heading, row => $"{number(row)}", IsNumber: true, sorted) => Number = number;

    /// <summary>Gets what returns the number of a row, or null where it has none; null if the cells are not whole numbers.</summary>
    internal Func<T, long?>? Number { get; }
}
