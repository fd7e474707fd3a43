using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows Android's limits, and the processes near them.</summary>
internal static class LimitSection
{
    internal static void Write(ReportWriter to, ReportData data)
    {
        HandleLimit[] limits = [.. HandleLimit.OfPair, .. HandleLimit.OfSystem, .. HandleLimit.OfHolder];
        to.Paragraph($"Near means {HandleLimit.NearShare:0%} or more of the lowest limit that applies, and shares are of the limit at which Android acts: the high "
            + $"watermark. Android counts per uid and in each holder separately; a dump has pids only, so this is a warning, not a measurement.");
        if (data.Near.Count > 0)
            WriteNear(to, data);
        else
            to.Paragraph(data.HasHandles ? NoneNear(data) : Prose.Of($"There are no handles to compare with the limits."));
        if (data.HasHandles && !data.HasOwners)
            to.Paragraph($"The owners of most handles are unknown, so only the totals of their holders were compared with limits.");
        to.Table("table-limits", "The limits.", limits, limits.Length, fold: null,
            new("Limit", limit => $"{limit.Name}"),
            new("Handles", limit => limit.Handles, "ascending"),
            new("Consequence", limit => $"{limit.Consequence}"));
    }

    private static void WriteNear(ReportWriter to, ReportData data) =>
        to.Table("table-near", "Pairs and totals near or beyond a limit.", data.Near, data.Options.MaxRows, fold: null,
            new("Holder", usage => Holder(usage.Holder, usage.HolderName)),
            new("Owner", usage => $"{Owner(usage)}{MarkOf(data, data.SuspectOf(usage.By, usage.Key))}"),
            new("Handles", usage => usage.Handles),
            new("Limit", usage => usage.Limit!.Handles),
            new("Share of limit", usage => $"{usage.LimitShare:0.0%}", IsNumber: true, Sorted: "descending"),
            new("Consequence", usage => $"{usage.Limit!.Consequence}"),
            ContextColumnIfMany<HandleUsage>(data, usage => usage.Context));

    private static Prose NoneNear(ReportData data)
    {
        HandleUsage? pair = data.Pairs.Where(usage => usage is { Owner: not null, Limit: not null }).MaxBy(usage => usage.LimitShare);
        HandleUsage? holder = data.Holders.FirstOrDefault(usage => usage.Limit is not null);
        return $"Nothing is near a limit."
            + $"{(pair is null ? null : Prose.Of($" The nearest pair is {Pair(pair)}: {Share(pair)}"))}"
            + $"{(holder is null ? null : Prose.Of($" The largest holder is {Process(holder.Holder!)}: {Share(holder)}"))}";
    }

    private static Prose Share(HandleUsage usage) =>
        $"{Phrase.Count(usage.Handles, "handle")}, {usage.LimitShare:0.0%} of {usage.Limit!.Handles}.";
}
