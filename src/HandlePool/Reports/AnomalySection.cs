using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows the anomalies of the dumps.</summary>
internal static class AnomalySection
{
    private const int LongestMessage = 1_000;

    internal static void Write(ReportWriter to, ReportData data)
    {
        (int Dump, HandleFinding Anomaly)[] anomalies = [.. data.Series
            .SelectMany((session, index) => session.Findings.Select(anomaly => (index + 1, anomaly)))];
        if (anomalies.Length == 0)
        {
            to.Paragraph($"No anomalies.");
            return;
        }

        to.Table("table-anomalies", "Anomalies, in the order in which they were found.", anomalies, data.Options.MaxRows, "All anomalies",
            new("Kind", row => $"{row.Anomaly.Kind}"),
            data.IsSeries ? new("Dump no.", row => row.Dump) : null,
            new("Anomaly", row => Prose.Sentence(row.Anomaly.Message, LongestMessage)),
            new("Process", row => ReportNames.Holder(row.Anomaly.Process, "")),
            new("Handle", row => row.Anomaly.Handle),
            new("Node", row => $"{row.Anomaly.Node}", IsNumber: true),
            new("File", row => Prose.Name(row.Anomaly.Path)),
            new("Line", row => row.Anomaly.Line));
    }
}
