using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the handles of each pair of holder and owner: the largest as bars, all as a table.</summary>
internal static class PairSection
{
    private const int Bars = 15;

    internal static void Write(ReportWriter to, ReportData data)
    {
        if (data.Pairs.Count == 0)
        {
            to.Paragraph($"There are no handles to show.");
            return;
        }

        to.Picture(() => Chart(data));
        to.Table("table-pairs", "Pairs of holder and owner, the most handles first.", data.Pairs, data.Options.MaxRows, "All pairs",
            new("Holder", usage => Process(usage.Holder!)),
            new("Owner", usage => $"{Owner(usage)}{MarkOf(data, data.SuspectOf(usage.By, usage.Key))}"),
            new("Handles", usage => usage.Handles, "descending"),
            new("Share", usage => $"{usage.Share:0.0%}", IsNumber: true),
            new("Dead", usage => usage.Dead),
            new("Weak only", usage => usage.WeakOnly),
            new("Single holder", usage => usage.SingleHolder),
            new("Strong", usage => usage.Strong),
            new("Weak", usage => usage.Weak),
            data.Pairs.Any(usage => usage.Candidates.Count > 0) ? new("Interface", usage => InterfaceSection.Bound(usage)) : null,
            ContextColumnIfMany<HandleUsage>(data, usage => usage.Context));
    }

    private static Html Chart(ReportData data)
    {
        HandleUsage[] top = [.. data.Pairs.Take(Bars)];
        Html bars = Html.Each(top.Select((usage, index) => (usage, index)), each => Bar(each.usage, each.index, top[0].Handles, data));
        bool isCut = top.Length < data.Pairs.Count;
        string shown = (isCut ? $"The {top.Length} largest of {data.Pairs.Count} pairs" : "All pairs")
            + ", holder \u2192 owner, in handles. The same numbers are in the table below.";
        return $"""
            <figure aria-labelledby="bars-caption"><ol class="bars">{bars}</ol><figcaption id="bars-caption">{shown}</figcaption></figure>
            """;
    }

    private static Html Bar(HandleUsage usage, int index, int most, ReportData data)
    {
        HandleLeakSuspect? suspect = data.SuspectOf(usage.By, usage.Key);
        return $"""
            <li><div><span>{Pair(usage)}{ContextIfMany(data, usage.Context)}{MarkOf(data, suspect)}</span>
            <span class="n">{usage.Handles}</span></div>
            <svg role="img" aria-labelledby="bar-{index} bar-{index}-text">
            <title id="bar-{index}">{Phrase.Count(usage.Handles, "handle")}</title>
            <desc id="bar-{index}-text">{usage.Share:0.0%} of all handles</desc><rect class="rest" width="100%" height="100%"/>
            <rect{Html.Attribute("class", suspect is null ? null : "bad")} width="{100.0 * usage.Handles / most:0.##}%" height="100%"/>
            </svg>
            </li>

            """;
    }
}
