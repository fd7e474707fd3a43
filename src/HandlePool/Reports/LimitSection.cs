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
        HandleLimit[] limits = [.. HandleLimit.OfPair, .. HandleLimit.OfSystem, .. HandleLimit.OfHolder];
        return Html.Section("limits", "Android's limits", $"""
            <p>Near means {HandleLimit.NearShare:0%} or more of the lowest limit that applies. Android counts per uid and in each holder
            separately; a dump has pids only, so this is a warning, not a measurement.</p>
            {(near.Length > 0 ? Near(near, data) : NoneNear(data))}{HtmlTable.Of("table-limits", "The limits.", limits, limits.Length,
                new("Limit", limit => $"{limit.Name}"),
                new("Handles", limit => limit.Handles, "ascending"),
                new("Consequence", limit => $"{limit.Consequence}"))}
            """);
    }

    private static Html Near(HandleUsage[] near, ReportData data) =>
        HtmlTable.Of("table-near", "Processes near or beyond a limit.", near, data.Options.MaxRows,
            new("Process", usage => Process((usage.Owner ?? usage.Holder)!)),
            new("Context", usage => Html.Isolate(usage.Context)),
            new("Counted", usage => $"{(usage.By == HandleUsageGrouping.Owner ? "held by others" : "held by the process")}"),
            new("Handles", usage => usage.Handles),
            new("Next limit", usage => usage.Limit!.Handles),
            new("Share of limit", usage => $"{usage.LimitShare:0.0%}", IsNumber: true, Sorted: "descending"),
            new("Consequence", usage => $"{usage.Limit!.Consequence}"));

    private static Html NoneNear(ReportData data)
    {
        Html text = $"<p>No process is near a limit.";
        if (data.Owners.FirstOrDefault(usage => usage.Limit is not null) is { } owner)
            text.Append($" The largest owner is {Owner(owner)}: {Share(owner)}");
        if (data.Holders.Count > 0 && data.Holders[0] is { Limit: not null } holder)
            text.Append($" The largest holder is {Process(holder.Holder!)}: {Share(holder)}");
        return $"{text}</p>\n";
    }

    private static Html Share(HandleUsage usage) =>
        $"{ReportText.Count(usage.Handles, "handle")}, {usage.LimitShare:0.0%} of {usage.Limit!.Handles:N0}.";
}
