using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows the anomalies of the dumps.</summary>
internal static class AnomalySection
{
    private const int LongestMessage = 1_000;

    internal static Html Of(ReportData data)
    {
        (int Dump, HandleFinding Anomaly)[] anomalies = [.. data.Series
            .SelectMany((session, index) => session.Findings.Select(anomaly => (index + 1, anomaly)))];
        List<HtmlColumn<(int Dump, HandleFinding Anomaly)>> columns =
        [
            new("Kind", row => $"{row.Anomaly.Kind}"),
            new("Anomaly", row => Html.Isolate(row.Anomaly.Message, LongestMessage)),
            new("Process", row => ReportNames.Holder(row.Anomaly.Process, "")),
            new("Handle", row => row.Anomaly.Handle),
            new("Node", row => $"{row.Anomaly.Node}", IsNumber: true),
            new("File", row => Html.Isolate(row.Anomaly.Path)),
            new("Line", row => row.Anomaly.Line),
        ];
        if (data.IsSeries)
            columns.Insert(1, new("Dump no.", row => row.Dump));
        return Html.Section("anomalies", "Anomalies", anomalies.Length == 0
            ? $"<p>No anomalies.</p>\n"
            : HtmlTable.Details(anomalies.Length, "All anomalies", HtmlTable.Of(
                "table-anomalies", "Anomalies, in the order in which they were found.", anomalies, data.Options.MaxRows, [.. columns])));
    }
}
