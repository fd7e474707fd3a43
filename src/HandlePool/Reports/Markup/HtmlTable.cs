namespace HandlePool.Reports.Markup;

/// <summary>Builds tables: with a caption, headings with a scope, and a frame of their own to scroll in.</summary>
internal static class HtmlTable
{
    private const int MostRowsOpen = 50;

    /// <summary>Builds a table. The first column heads its row.</summary>
    /// <param name="id">An id that no other table has.</param>
    /// <param name="caption">The caption.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="maxRows">The number of rows to write at most; the caption says how many are left out.</param>
    /// <param name="columns">The columns.</param>
    internal static Html Of<T>(string id, string caption, IReadOnlyList<T> rows, int maxRows, params HtmlColumn<T>[] columns)
    {
        int shown = Math.Min(rows.Count, maxRows);
        Html? cut = shown == rows.Count
            ? null
            : Html.Of($" The first {shown:N0} of {rows.Count:N0}; {rows.Count - shown:N0} are left out.");
        return $"""
            <div class="scroll" role="region" aria-labelledby="{id}" tabindex="0"><table class="sortable">
            <caption id="{id}"><span>{caption}{cut}</span></caption>
            <thead><tr>{Html.Each(columns, Heading)}</tr>
            </thead>
            <tbody>{Html.Each(rows.Take(shown), row => Row(row, columns))}</tbody></table></div>
            """;
    }

    /// <summary>Builds an element that opens and closes with a table in it; a short table is open to begin with.</summary>
    internal static Html Details(int rows, string summary, Html table) => $"""
        <details{Html.Attribute("open", rows <= MostRowsOpen ? "open" : null)}>
        <summary>{summary} ({ReportText.Count(rows, "row")})</summary>
        {table}</details>
        """;

    private static Html Heading<T>(HtmlColumn<T> column) =>
        $"<th scope=\"col\"{column.Class}{Html.Attribute("aria-sort", column.Sorted)}>{column.Heading}</th>";

    private static Html Row<T>(T row, HtmlColumn<T>[] columns)
    {
        Html cells = Html.Each(columns.Skip(1), column => $"<td{column.Class}>{column.Cell(row)}</td>");
        return $"<tr><th scope=\"row\"{columns[0].Class}>{columns[0].Cell(row)}</th>{cells}</tr>\n";
    }
}

/// <summary>Represents a column of a table in a report.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Cell">Returns the cell of a row.</param>
/// <param name="IsNumber">Whether the cells are numbers, which are aligned and sorted as such.</param>
/// <param name="Sorted">The order by which the rows are sorted by it to begin with: ascending or descending; null if they are not.</param>
internal sealed record HtmlColumn<T>(string Heading, Func<T, Html> Cell, bool IsNumber = false, string? Sorted = null)
{
    internal HtmlColumn(string heading, Func<T, long?> number, string? sorted = null)
        : this(heading, row => $"{number(row):N0}", IsNumber: true, sorted)
    {
    }

    internal Html? Class => Html.Attribute("class", IsNumber ? "n" : null);
}
