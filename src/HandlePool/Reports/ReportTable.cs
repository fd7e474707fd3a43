namespace HandlePool.Reports;

/// <summary>Writes tables: with a caption, headings that say what they are for, and a frame of their own to scroll in.</summary>
internal static class ReportTable
{
    private const int MostRowsOpen = 50;

    /// <summary>Writes a table; what is in the first column is what a row is about.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="id">An id that no other table has.</param>
    /// <param name="caption">What it shows.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="maxRows">How many of the rows are written at most.</param>
    /// <param name="columns">The columns.</param>
    internal static void Write<T>(HtmlWriter html, string id, string caption, IReadOnlyList<T> rows, int maxRows, params ReportColumn<T>[] columns)
    {
        int shown = Math.Min(rows.Count, maxRows);
        html.Open("div").Class("scroll").Attribute("role", "region").Attribute("aria-labelledby", id).Attribute("tabindex", 0);
        html.Open("table").Class("sortable");
        html.Open("caption").Attribute("id", id).Open("span").Text(caption);
        if (shown < rows.Count)
            html.Text($" The first {ReportText.Number(shown)} of {ReportText.Number(rows.Count)}; {ReportText.Number(rows.Count - shown)} are left out.");
        html.Close().Close();

        html.Open("thead").Open("tr");
        foreach (ReportColumn<T> column in columns)
            html.Open("th").Attribute("scope", "col").Class(column.IsNumber ? "n" : null).Attribute("aria-sort", column.Sorted).Text(column.Heading).Close();
        html.Close().Close();

        html.Open("tbody");
        foreach (T row in rows.Take(shown))
        {
            html.Open("tr");
            foreach (ReportColumn<T> column in columns)
            {
                if (column == columns[0])
                    html.Open("th").Attribute("scope", "row");
                else
                    html.Open("td");
                html.Class(column.IsNumber ? "n" : null);
                column.Write(row);
                html.Close();
            }

            html.Close();
        }

        html.Close().Close().Close();
    }

    /// <summary>Begins what a reader opens, which a long table is in; a short one is open already.</summary>
    internal static void OpenDetails(HtmlWriter html, int rows, string summary) => html.Open("details")
        .Attribute("open", rows <= MostRowsOpen ? "open" : null).Element("summary", $"{summary} ({ReportText.Count(rows, "row")})");
}
