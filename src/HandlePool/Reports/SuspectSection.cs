using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the leak suspects, the reasons, and the references behind them.</summary>
internal static class SuspectSection
{
    private const int MostInDetail = 50;
    private const int MostCounts = 20;

    internal static Html Of(ReportData data)
    {
        IReadOnlyList<HandleLeakSuspect> suspects = data.Suspects;
        if (suspects.Count == 0)
            return Html.Section("suspects", "Leak suspects", $"<p>No process stands out from its peers as a holder or an owner.</p>\n");

        Html content = $"""
            <p>A suspect stands out from its peers in this data by number, kind or growth. The score is a multiple of the threshold.</p>
            {Table(data)}{Html.Each(suspects.Take(MostInDetail), suspect => Details(suspect, data))}
            """;
        if (suspects.Count > MostInDetail)
            content.Append($"<p class=\"note\">The other {suspects.Count - MostInDetail:N0} are listed in the table above only.</p>\n");
        return Html.Section("suspects", "Leak suspects", content);
    }

    private static Html Table(ReportData data) =>
        HtmlTable.Of("table-suspects", "Suspects by rank, the strongest first.", data.Suspects, data.Options.MaxRows,
            new("Rank", suspect => suspect.Rank, "ascending"),
            new("Holder", suspect => Holder(suspect.Holder, suspect.HolderName)),
            new("Owner", suspect => Owner(suspect.Usage)),
            new("Context", suspect => Html.Isolate(suspect.Context)),
            new("Kinds", suspect => $"{string.Join(", ", suspect.Kinds)}"),
            new("Score", suspect => $"{suspect.Score:N1}", IsNumber: true),
            new("Handles", suspect => suspect.Handles),
            new("Dead", suspect => suspect.Dead),
            new("Weak only", suspect => suspect.WeakOnly),
            new("Single holder", suspect => suspect.SingleHolder));

    private static Html Details(HandleLeakSuspect suspect, ReportData data)
    {
        Html content = $"""
            <h3>{suspect.Rank}. {Pair(suspect.Usage)}{ContextIfMany(data, suspect.Context)}</h3>
            <p>{Html.Isolate(suspect.Reason, LongestSentence)}</p>

            """;
        if (suspect.Counts.Count > 1)
        {
            Html counts = Html.Each(suspect.Counts.TakeLast(MostCounts), count => $"{count:N0}", ", ");
            content.Append($"<p class=\"note\">Handles in the last {suspect.Counts.Count:N0} dumps: {counts} "
                + $"({ReportText.Change(suspect.Growth)}).</p>\n");
        }

        if (suspect.References.Count > 0 && data.Options.MaxReferences > 0)
        {
            string since = suspect.Kinds.Contains(HandleLeakKind.Growth) ? ", taken since the first of these dumps" : "";
            string summary = ReportText.Count(suspect.References.Count, "reference") + since;
            content.Append($"<details><summary>{summary}</summary>\n{References(suspect, data)}</details>");
        }

        return content;
    }

    private static Html References(HandleLeakSuspect suspect, ReportData data) =>
        HtmlTable.Of(
            $"table-suspect-{suspect.Rank}", $"References of suspect {suspect.Rank}.", suspect.References, data.Options.MaxReferences,
            new("Handle", reference => reference.Handle),
            new("Holder", reference => Process(reference.Process)),
            new("Node", reference => $"{reference.Node.Id}", IsNumber: true),
            new("Name", reference => Html.Isolate(reference.Node.Name ?? "")),
            new("State", reference => $"{(reference.IsDead ? "dead" : "alive")}"),
            new("Strong", reference => reference.Strong),
            new("Weak", reference => reference.Weak),
            new("Holders", reference => reference.Node.HolderCount));
}
