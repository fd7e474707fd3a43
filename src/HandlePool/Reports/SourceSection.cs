using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows the sessions of the report and the files from which they were read.</summary>
internal static class SourceSection
{
    private const int LongestPath = 1_000;

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

        // A bug report has several texts of the same moment.
        SourceFile[] files = [.. data.Series
            .SelectMany((session, index) => session.Sources.Select(source => (Number: index + 1, Source: source)))
            .GroupBy(each => (each.Number, each.Source.Path, each.Source.Size, each.Source.Sha256, each.Source.Build))
            .Select(file => new SourceFile(file.Key.Number, file.First().Source, [.. file.Select(each => each.Source.Kind).Distinct()]))];
        if (files.Length == 0)
        {
            to.Paragraph($"{(data.IsSeries ? "The sessions were" : "The session was")} not read from a dump.");
            return;
        }

        to.Table("table-sources", "The files.", files, data.Options.MaxRows, fold: null,
            data.IsSeries ? new("No.", file => file.Number, "ascending") : null,
            new("File", file => Prose.Name(file.Source.Path, LongestPath)),
            new("Bytes", file => file.Source.Size),
            new("SHA-256", file => file.Source.Sha256 is { } hash ? Prose.Name(hash) : $"unknown"),
            new("Texts", file => $"{string.Join(", ", file.Kinds)}"),
            Array.Exists(files, file => file.Source.Build is not null) ? new("Build", file => Prose.Name(file.Source.Build ?? "")) : null);
    }

    private sealed record SourceFile(int Number, HandleSource Source, HandleSourceKind[] Kinds);
}
