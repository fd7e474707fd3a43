using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the processes and their pools as a table.</summary>
internal static class ProcessSection
{
    internal static void Write(ReportWriter to, ReportData data)
    {
        if (data.Pools.Count == 0)
        {
            to.Paragraph($"There are no processes.");
            return;
        }

        to.Table("table-processes", "Processes, the most handles first. Capacities marked \u201cinferred\u201d are derived from the "
            + "highest handle.", data.Pools, data.Options.MaxRows, "All processes",
            new("Process", pool => $"{Prose.Name(pool.Process.ToString())}"
                + $"{MarkOf(data.SuspectWithHolder(pool.Process) ?? data.SuspectWithOwner(pool.Process))}"),
            new("Pid", pool => $"{pool.Process.Id}", IsNumber: true),
            new("Handles", pool => pool.Bitmap.InUse, "descending"),
            new("Nodes", pool => pool.NodeCount),
            new("Capacity", pool => $"{pool.Bitmap.Capacity:N0}{(pool.Bitmap.CapacityInferred ? " inferred" : "")}", IsNumber: true),
            new("In use", pool => $"{pool.Bitmap.Density:0.0%}", IsNumber: true),
            new("Next handle", pool => pool.Bitmap.LowestFree is { } free ? Prose.Of($"{free:N0}") : $"full", IsNumber: true),
            new("Highest", pool => pool.Bitmap.HighestUsed),
            new("Runs", pool => pool.Bitmap.Runs.Count),
            new("Role", pool => $"{(pool.Process.IsManager ? "manager" : "")}"),
            ContextColumnIfMany<PoolPicture>(data, pool => pool.Process.Context));
    }
}
