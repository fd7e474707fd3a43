using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Android's limits, and who is near them.</summary>
internal static class LimitSection
{
    internal static void Write(HtmlWriter html, ReportData data)
    {
        ReportPage.OpenSection(html, "limits", "Android's limits");
        html.Element("p", $"Near is {ReportText.Number((long)(100 * HandleLimit.NearShare))}% or more of the lowest limit that applies. Android counts by uid, and in "
            + "each holder by itself; a dump tells pids, so that this is a warning and not a measurement.");
        HandleUsage[] near = [.. data.Owners.Concat(data.Holders).Where(usage => usage.IsNearLimit)
            .OrderByDescending(usage => usage.LimitShare).ThenByDescending(usage => usage.Handles)];
        if (near.Length > 0)
        {
            ReportTable.Write(html, "table-near", "Processes near a limit, or beyond it.", near, data.Options.MaxRows,
                new("Process", usage => html.Process((usage.Owner ?? usage.Holder)!)),
                new("Context", usage => html.DumpText(usage.Context)),
                new("What counts", usage => html.Text(usage.By == HandleUsageGrouping.Owner ? "others hold of it" : "it holds")),
                new("Handles", usage => html.Number(usage.Handles), IsNumber: true),
                new("Next limit", usage => html.Number(usage.Limit!.Handles), IsNumber: true),
                new("Share of it", usage => html.Text(ReportText.Percent(100 * usage.LimitShare!.Value)), IsNumber: true, Sorted: "descending"),
                new("There", usage => html.Text(usage.Limit!.Consequence)));
        }
        else
        {
            html.Open("p").Text("Nobody is near.");
            if (data.Owners.FirstOrDefault(usage => usage.Limit is not null) is { } owner)
            {
                html.Text(" Most is held of ").Owner(owner).Text($": {ReportText.Count(owner.Handles, "handle")}, {ReportText.Percent(100 * owner.LimitShare!.Value)} "
                    + $"of {ReportText.Number(owner.Limit!.Handles)}.");
            }

            if (data.Holders.Count > 0 && data.Holders[0] is { Limit: { } limit } holder)
            {
                html.Text(" Most holds ").Process(holder.Holder!).Text($": {ReportText.Count(holder.Handles, "handle")}, {ReportText.Percent(100 * holder.LimitShare!.Value)} "
                    + $"of {ReportText.Number(limit.Handles)}.");
            }

            html.Close();
        }

        HandleLimit[] limits = [HandleLimit.ProxyLowWatermark, HandleLimit.ProxyHighWatermark, HandleLimit.JavaProxies, HandleLimit.JavaProxiesNewer];
        ReportTable.Write(html, "table-limits", "The limits.", limits, limits.Length,
            new("Limit", limit => html.Text(limit.Name)),
            new("Handles", limit => html.Number(limit.Handles), IsNumber: true, Sorted: "ascending"),
            new("What happens there", limit => html.Text(limit.Consequence)));
        html.Close();
    }
}
