using System.Globalization;
using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Who holds how many handles of whom: the largest as bars, all as a table.</summary>
internal static class PairSection
{
    private const int Bars = 15;

    internal static void Write(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "pairs", "Pairs: who holds how many handles of whom");
        if (data.Pairs.Count == 0)
        {
            html.Element("p", "No process holds a handle.").Close();
            return;
        }

        WriteBars(html, data);
        ReportTable.OpenDetails(html, data.Pairs.Count, "All pairs");
        ReportTable.Write(html, "table-pairs", "Holders and owners, the most handles first.", data.Pairs, data.Options.MaxRows,
            new("Holder", usage => html.Process(usage.Holder!)),
            new("Owner", usage => html.Owner(usage)),
            new("Context", usage => html.DumpText(usage.Context)),
            new("Handles", usage => html.Number(usage.Handles), IsNumber: true, Sorted: "descending"),
            new("Share", usage => html.Text(ReportText.Percent(100 * usage.Share)), IsNumber: true),
            new("Dead", usage => html.Number(usage.Dead), IsNumber: true),
            new("Weak only", usage => html.Number(usage.WeakOnly), IsNumber: true),
            new("Single holder", usage => html.Number(usage.SingleHolder), IsNumber: true),
            new("Strong", usage => html.Number(usage.Strong), IsNumber: true),
            new("Weak", usage => html.Number(usage.Weak), IsNumber: true));
        html.Close().Close();
    }

    private static void WriteBars(HtmlWriter html, ReportData data)
    {
        HandleUsage[] top = [.. data.Pairs.Take(Bars)];
        html.Open("figure").Attribute("aria-labelledby", "bars-caption").Open("ol").Class("bars");
        for (int index = 0; index < top.Length; index++)
        {
            HandleUsage usage = top[index];
            string width = (100.0 * usage.Handles / top[0].Handles).ToString("0.##", CultureInfo.InvariantCulture) + "%";
            html.Open("li").Open("div");
            html.Open("span").Holder(usage.Holder, usage.HolderName).Text(" \u2192 ").Owner(usage).ContextIfMany(data, usage.Context).Close();
            html.Open("span").Class("n").Number(usage.Handles).Close().Close();
            html.Open("svg").Attribute("role", "img").Attribute("aria-labelledby", $"bar-{index} bar-{index}-text");
            html.Open("title").Attribute("id", $"bar-{index}").Text(ReportText.Count(usage.Handles, "handle")).Close();
            html.Open("desc").Attribute("id", $"bar-{index}-text").Text($"{ReportText.Percent(100 * usage.Share)} of all handles").Close();
            html.Open("rect").Class("rest").Attribute("width", "100%").Attribute("height", "100%").Close();
            html.Open("rect").Attribute("width", width).Attribute("height", "100%").Close();
            html.Close().Close();
        }

        html.Close().Open("figcaption").Attribute("id", "bars-caption");
        html.Text(top.Length < data.Pairs.Count ? $"The {ReportText.Number(top.Length)} largest of {ReportText.Number(data.Pairs.Count)} pairs" : "All pairs");
        html.Text(", holder \u2192 owner, in handles. The same numbers are in the table below.").Close().Close();
    }
}
