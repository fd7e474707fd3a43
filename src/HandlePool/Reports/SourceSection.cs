using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows the sessions of the report and the files from which they were read.</summary>
internal static class SourceSection
{
    internal static void Write(ReportWriter to, ReportData data)
    {
        (int Number, SessionTotals Totals)[] dumps = [.. data.Totals.Select((totals, index) => (index + 1, totals))];
        string caption = data.IsSeries ? "The dumps, in order." : "The session of this report.";
        to.Table("table-series", caption, dumps, data.Options.MaxRows, fold: null,
            data.IsSeries ? new("No.", row => row.Number, "ascending") : null,
            new("Session", row => Prose.Name(row.Totals.Session.Name)),
            new("Taken", row => $"{(row.Totals.Session.Time is { } time ? ReportText.Time(time) : "unknown")}"),
            new("Handles", row => row.Totals.Handles),
            new("Processes", row => row.Totals.Processes),
            new("To dead nodes", row => row.Totals.Dead),
            new("Nodes", row => row.Totals.Nodes),
            new("Anomalies", row => row.Totals.Session.Findings.Count));

        (int Number, HandleSource Source)[] sources = [.. data.Series
            .SelectMany((session, index) => session.Sources.Select(source => (index + 1, source)))];
        if (sources.Length == 0)
        {
            to.Paragraph($"{(data.IsSeries ? "The sessions were" : "The session was")} not read from a dump.");
            return;
        }

        to.Table("table-sources", "The files.", sources, data.Options.MaxRows, fold: null,
            data.IsSeries ? new("No.", row => row.Number, "ascending") : null,
            new("File", row => Prose.Name(row.Source.Path)),
            new("Kind", row => $"{row.Source.Kind}"),
            new("Bytes", row => row.Source.Size),
            new("SHA-256", row => row.Source.Sha256 is { } hash ? Prose.Name(hash) : $"unknown"),
            Array.Exists(sources, row => row.Source.Build is not null) ? new("Build", row => Prose.Name(row.Source.Build ?? "")) : null);
    }
}
