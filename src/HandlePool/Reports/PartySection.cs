using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>The same by owner alone, and by holder alone.</summary>
internal static class PartySection
{
    internal static void WriteOwners(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "owners", "Owners: of whom handles are held");
        Write(html, data, data.Owners, "owners", "Owner", usage => html.Owner(usage));
    }

    internal static void WriteHolders(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "holders", "Holders: who holds handles");
        Write(html, data, data.Holders, "holders", "Holder", usage => html.Process(usage.Holder!));
    }

    private static void Write(HtmlWriter html, ReportData data, IReadOnlyList<HandleUsage> rows, string what, string heading, Action<HandleUsage> writeName)
    {
        if (rows.Count == 0)
        {
            html.Element("p", "There are none.").Close();
            return;
        }

        ReportTable.OpenDetails(html, rows.Count, $"All {what}");
        ReportTable.Write(html, $"table-{what}", $"All {what}, the most handles first.", rows, data.Options.MaxRows,
            new(heading, writeName),
            new("Context", usage => html.DumpText(usage.Context)),
            new("Handles", usage => html.Number(usage.Handles), IsNumber: true, Sorted: "descending"),
            new("Share", usage => html.Text(ReportText.Percent(100 * usage.Share)), IsNumber: true),
            new("Dead", usage => html.Number(usage.Dead), IsNumber: true),
            new("Weak only", usage => html.Number(usage.WeakOnly), IsNumber: true),
            new("Single holder", usage => html.Number(usage.SingleHolder), IsNumber: true),
            new("Of limit", usage => WriteLimit(html, usage), IsNumber: true));
        html.Close().Close();
    }

    private static void WriteLimit(HtmlWriter html, HandleUsage usage)
    {
        if (usage.Limit is not { } limit)
            return;
        html.Text($"{ReportText.Percent(100 * usage.LimitShare!.Value)} of {ReportText.Number(limit.Handles)}");
        if (usage.IsNearLimit)
            html.Text(" ").Open("strong").Class("warn").Text(usage.LimitShare >= 1 ? "beyond" : "near").Close();
    }
}
