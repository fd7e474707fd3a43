namespace HandlePool.Reports;

/// <summary>The processes and their pools as a table.</summary>
internal static class ProcessSection
{
    internal static void Write(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "processes", "Processes and their pools");
        if (data.Pools.Count == 0)
        {
            html.Element("p", "There are none.").Close();
            return;
        }

        ReportTable.OpenDetails(html, data.Pools.Count, "All processes");
        ReportTable.Write(html, "table-processes", "Processes, the most handles first. Capacities with \u201cinferred\u201d beside them are inferred from the highest handle.",
            data.Pools, data.Options.MaxRows,
            new("Process", pool => html.DumpText(pool.Process.ToString())),
            new("Pid", pool => html.Text(pool.Process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)), IsNumber: true),
            new("Context", pool => html.DumpText(pool.Process.Context)),
            new("Role", pool => html.Text(pool.Process.IsManager ? "manager" : "")),
            new("Handles", pool => html.Number(pool.InUse), IsNumber: true, Sorted: "descending"),
            new("Nodes", pool => html.Number(pool.NodeCount), IsNumber: true),
            new("Capacity", pool => html.Text(ReportText.Number(pool.Capacity) + (pool.CapacityInferred ? " inferred" : "")), IsNumber: true),
            new("In use", pool => html.Text(ReportText.Percent(100 * pool.Density)), IsNumber: true),
            new("Next handle", pool => html.Text(pool.LowestFree is { } free ? ReportText.Number(free) : "full"), IsNumber: true),
            new("Highest", pool => html.Text(pool.HighestUsed is { } highest ? ReportText.Number(highest) : ""), IsNumber: true),
            new("Runs", pool => html.Number(pool.Runs), IsNumber: true));
        html.Close().Close();
    }
}
