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

        // Statistics and lists of holders tell nothing about a pool.
        to.Table("table-processes", "Processes, the most handles first. Capacities marked \u201cinferred\u201d are derived from the "
            + "highest handle.", data.Pools, data.Options.MaxRows, "All processes",
            new("Process", pool => $"{Prose.Name(pool.Process.ToString())}"
                + $"{MarkOf(data, data.SuspectWithHolder(pool.Process) ?? data.SuspectWithOwner(pool.Process))}"),
            new("Pid", pool => $"{pool.Process.Id}", IsNumber: true),
            new("Handles", pool => pool.Process.HandleCount, "descending"),
            new("Nodes", pool => pool.NodeCount),
            new("Capacity", Known(bitmap => $"{bitmap.Capacity}{(bitmap.CapacityInferred ? " inferred" : "")}"), IsNumber: true),
            new("In use", Known(bitmap => $"{bitmap.Density:0.0%}"), IsNumber: true),
            new("Next handle", Known(bitmap => bitmap.LowestFree is { } free ? Prose.Of($"{free}") : $"full"), IsNumber: true),
            new("Highest", Known(bitmap => $"{bitmap.HighestUsed}"), IsNumber: true),
            new("Runs", Known(bitmap => $"{bitmap.Runs.Count}"), IsNumber: true),
            new("Role", pool => $"{(pool.Process.IsManager ? "manager" : "")}"),
            ContextColumnIfMany<PoolPicture>(data, pool => pool.Process.Context));
    }

    private static Func<PoolPicture, Prose> Known(Func<HandleBitmap, Prose> cell) =>
        pool => pool.IsKnown ? cell(pool.Bitmap) : $"";
}
