using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the handles by owner alone, and by holder alone.</summary>
internal static class PartySection
{
    internal static void WriteOwners(ReportWriter to, ReportData data) => Write(to, data, data.Owners, "owners", "Owner",
        usage => $"{Owner(usage)}{MarkOf(data, data.SuspectWithOwner(usage.Owner))}");

    internal static void WriteHolders(ReportWriter to, ReportData data) => Write(to, data, data.Holders, "holders", "Holder",
        usage => $"{Process(usage.Holder!)}{MarkOf(data, data.SuspectWithHolder(usage.Holder))}");

    private static void Write(
        ReportWriter to, ReportData data, IReadOnlyList<HandleUsage> rows, string what, string heading, Func<HandleUsage, Prose> name)
    {
        if (rows.Count == 0)
        {
            to.Paragraph($"There are no handles to show.");
            return;
        }

        to.Table($"table-{what}", $"All {what}, the most handles first.", rows, data.Options.MaxRows, $"All {what}",
            new(heading, name),
            new("Handles", usage => usage.Handles, "descending"),
            new("Share", usage => $"{usage.Share:0.0%}", IsNumber: true),
            new("Dead", usage => usage.Dead),
            new("Weak only", usage => usage.WeakOnly),
            new("Single holder", usage => usage.SingleHolder),
            new("Share of limit", Limit, IsNumber: true),
            ContextColumnIfMany<HandleUsage>(data, usage => usage.Context));
    }

    private static Prose Limit(HandleUsage usage)
    {
        if (usage.Limit is not { } limit)
            return $"";
        Prose? near = usage.IsNearLimit ? Prose.Of($" {Prose.Warning($"{(usage.LimitShare >= 1 ? "beyond" : "near")}")}") : null;
        return $"{usage.LimitShare:0.0%} of {limit.Handles}{near}";
    }
}
