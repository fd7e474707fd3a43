using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows the processes and their pools as a table.</summary>
internal static class ProcessSection
{
    internal static Html Of(ReportData data) => Html.Section("processes", "Processes and their pools", data.Pools.Count == 0
        ? $"<p>There are no processes.</p>\n"
        : HtmlTable.Details(data.Pools.Count, "All processes", HtmlTable.Of("table-processes",
            "Processes, the most handles first. Capacities marked \u201cinferred\u201d are derived from the highest handle.",
            data.Pools, data.Options.MaxRows,
            new("Process", pool => Html.Isolate(pool.Process.ToString())),
            new("Pid", pool => $"{pool.Process.Id}", IsNumber: true),
            new("Context", pool => Html.Isolate(pool.Process.Context)),
            new("Role", pool => $"{(pool.Process.IsManager ? "manager" : "")}"),
            new("Handles", pool => pool.Bitmap.InUse, "descending"),
            new("Nodes", pool => pool.NodeCount),
            new("Capacity", pool => $"{pool.Bitmap.Capacity:N0}{(pool.Bitmap.CapacityInferred ? " inferred" : "")}", IsNumber: true),
            new("In use", pool => $"{pool.Bitmap.Density:0.0%}", IsNumber: true),
            new("Next handle", pool => pool.Bitmap.LowestFree is { } free ? Html.Of($"{free:N0}") : $"full", IsNumber: true),
            new("Highest", pool => pool.Bitmap.HighestUsed),
            new("Runs", pool => pool.Bitmap.Runs.Count))));
}
