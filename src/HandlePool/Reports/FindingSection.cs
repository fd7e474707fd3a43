using HandlePool.Reports.Markup;

namespace HandlePool.Reports;

/// <summary>Shows what is odd in the dumps.</summary>
internal static class FindingSection
{
    private const int LongestMessage = 1_000;

    internal static Html Of(ReportData data)
    {
        (int Number, HandleFinding Finding)[] findings = [.. data.Series.SelectMany((session, index) => session.Findings.Select(finding => (index + 1, finding)))];
        List<HtmlColumn<(int Number, HandleFinding Finding)>> columns =
        [
            new("Kind", row => $"{row.Finding.Kind}"),
            new("What is odd", row => Html.Isolate(row.Finding.Message, LongestMessage)),
            new("Process", row => ReportNames.Holder(row.Finding.Process, "")),
            new("Handle", row => row.Finding.Handle),
            new("Node", row => $"{row.Finding.Node}", IsNumber: true),
            new("File", row => Html.Isolate(row.Finding.Path)),
            new("Line", row => row.Finding.Line),
        ];
        if (data.IsSeries)
            columns.Insert(1, new("Dump no.", row => row.Number));
        return Html.Section("findings", "Findings", findings.Length == 0
            ? $"<p>Nothing odd was found when the data was read.</p>\n"
            : HtmlTable.Details(findings.Length, "All findings",
                HtmlTable.Of("table-findings", "What is odd in the data, in the order in which it was found.", findings, data.Options.MaxRows, [.. columns])));
    }
}
