using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows Android's limits, and the processes near them.</summary>
internal static class LimitSection
{
    internal static Html Of(ReportData data)
    {
        HandleUsage[] near = [.. data.Owners.Concat(data.Holders).Where(usage => usage.IsNearLimit)
            .OrderByDescending(usage => usage.LimitShare).ThenByDescending(usage => usage.Handles)];
        HandleLimit[] limits = [HandleLimit.ProxyLowWatermark, HandleLimit.ProxyHighWatermark, HandleLimit.JavaProxies, HandleLimit.JavaProxiesNewer];
        return Html.Section("limits", "Android's limits", $"""
            <p>Near is {HandleLimit.NearShare:0%} or more of the lowest limit that applies. Android counts by uid, and in each holder by itself; a dump tells pids, so that this is a warning and not a measurement.</p>
            {(near.Length > 0 ? Near(near, data) : NoneNear(data))}{HtmlTable.Of("table-limits", "The limits.", limits, limits.Length,
                new("Limit", limit => $"{limit.Name}"),
                new("Handles", limit => limit.Handles, "ascending"),
                new("What happens there", limit => $"{limit.Consequence}"))}
            """);
    }

    private static Html Near(HandleUsage[] near, ReportData data) =>
        HtmlTable.Of("table-near", "Processes near a limit, or beyond it.", near, data.Options.MaxRows,
            new("Process", usage => Process((usage.Owner ?? usage.Holder)!)),
            new("Context", usage => Html.Isolate(usage.Context)),
            new("What counts", usage => $"{(usage.By == HandleUsageGrouping.Owner ? "others hold of it" : "it holds")}"),
            new("Handles", usage => usage.Handles),
            new("Next limit", usage => usage.Limit!.Handles),
            new("Share of it", usage => $"{usage.LimitShare:0.0%}", IsNumber: true, Sorted: "descending"),
            new("There", usage => $"{usage.Limit!.Consequence}"));

    private static Html NoneNear(ReportData data)
    {
        Html text = $"<p>Nobody is near.";
        if (data.Owners.FirstOrDefault(usage => usage.Limit is not null) is { } owner)
            text.Append($" Most is held of {Owner(owner)}: {Share(owner)}");
        if (data.Holders.Count > 0 && data.Holders[0] is { Limit: not null } holder)
            text.Append($" Most holds {Process(holder.Holder!)}: {Share(holder)}");
        return $"{text}</p>\n";
    }

    private static Html Share(HandleUsage usage) => $"{ReportText.Count(usage.Handles, "handle")}, {usage.LimitShare:0.0%} of {usage.Limit!.Handles:N0}.";
}
