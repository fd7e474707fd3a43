using System.Globalization;

namespace HandlePool.Reports;

/// <summary>What is odd in the dumps.</summary>
internal static class FindingSection
{
    private const int LongestMessage = 1_000;

    internal static void Write(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "findings", "Findings");
        (int Number, HandleFinding Finding)[] findings = [.. data.Series.SelectMany((session, index) => session.Findings.Select(finding => (index + 1, finding)))];
        if (findings.Length == 0)
        {
            html.Element("p", "Nothing odd was found when the data was read.").Close();
            return;
        }

        List<ReportColumn<(int Number, HandleFinding Finding)>> columns =
        [
            new("Kind", row => html.Text(row.Finding.Kind.ToString())),
            new("What is odd", row => html.DumpText(row.Finding.Message, LongestMessage)),
            new("Process", row => html.Holder(row.Finding.Process, "")),
            new("Handle", row => html.Text(row.Finding.Handle?.ToString("N0", CultureInfo.InvariantCulture) ?? ""), IsNumber: true),
            new("Node", row => html.Text(row.Finding.Node?.ToString(CultureInfo.InvariantCulture) ?? ""), IsNumber: true),
            new("File", row => html.DumpText(row.Finding.Path)),
            new("Line", row => html.Number(row.Finding.Line), IsNumber: true),
        ];
        if (data.IsSeries)
            columns.Insert(1, new("Dump no.", row => html.Number(row.Number), IsNumber: true));
        ReportTable.OpenDetails(html, findings.Length, "All findings");
        ReportTable.Write(html, "table-findings", "What is odd in the data, in the order in which it was found.", findings, data.Options.MaxRows, [.. columns]);
        html.Close().Close();
    }
}
