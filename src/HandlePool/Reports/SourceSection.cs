using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows the sessions of the report and the files from which they were read.</summary>
internal static class SourceSection
{
    internal static void Write(ReportWriter to, ReportData data)
    {
        (int Number, SessionTotals Totals)[] rows = [.. data.Totals.Select((totals, index) => (index + 1, totals))];
        to.Table("table-series", data.IsSeries ? "The dumps, in order." : "The dump.", rows, data.Options.MaxRows, fold: null,
            new("No.", row => row.Number, "ascending"),
            new("Dump", row => Prose.Name(row.Totals.Session.Name)),
            new("Taken", row => $"{(row.Totals.Session.Time is { } time ? ReportText.Time(time) : "unknown")}"),
            new("Processes", row => row.Totals.Processes),
            new("Handles", row => row.Totals.Handles),
            new("To dead nodes", row => row.Totals.Dead),
            new("Nodes", row => row.Totals.Nodes),
            new("Anomalies", row => row.Totals.Session.Findings.Count));
    }
}
