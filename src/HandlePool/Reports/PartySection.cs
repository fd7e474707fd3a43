using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the handles by owner alone, and by holder alone.</summary>
internal static class PartySection
{
    internal static Html OfOwners(ReportData data) =>
        Html.Section("owners", "Handles by owner", Table(data, data.Owners, "owners", "Owner", Owner));

    internal static Html OfHolders(ReportData data) =>
        Html.Section("holders", "Handles by holder", Table(data, data.Holders, "holders", "Holder", usage => Process(usage.Holder!)));

    private static Html Table(
        ReportData data, IReadOnlyList<HandleUsage> rows, string what, string heading, Func<HandleUsage, Html> name) =>
        rows.Count == 0 ? $"<p>No process holds a handle.</p>\n"
        : HtmlTable.Details(rows.Count, $"All {what}",
            HtmlTable.Of($"table-{what}", $"All {what}, the most handles first.", rows, data.Options.MaxRows,
                new(heading, name),
                new("Context", usage => Html.Isolate(usage.Context)),
                new("Handles", usage => usage.Handles, "descending"),
                new("Share", usage => $"{usage.Share:0.0%}", IsNumber: true),
                new("Dead", usage => usage.Dead),
                new("Weak only", usage => usage.WeakOnly),
                new("Single holder", usage => usage.SingleHolder),
                new("Share of limit", Limit, IsNumber: true)));

    private static Html Limit(HandleUsage usage)
    {
        if (usage.Limit is not { } limit)
            return $"";
        Html share = $"{usage.LimitShare:0.0%} of {limit.Handles:N0}";
        if (usage.IsNearLimit)
            share.Append($" <strong class=\"warn\">{(usage.LimitShare >= 1 ? "beyond" : "near")}</strong>");
        return share;
    }
}
