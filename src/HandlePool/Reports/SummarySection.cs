using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the session in numbers, and what stands out.</summary>
internal static class SummarySection
{
    internal static Html Of(ReportData data) => Html.Section("summary", "Summary", $"""
        {Facts(data)}<h3>What stands out</h3>
        <ul>{Html.Each(Highlights(data), highlight => $"<li>{highlight}</li>\n")}</ul>{(data.IsSeries ? Series(data) : null)}
        """);

    private static Html Facts(ReportData data)
    {
        SessionTotals first = data.Totals[0];
        SessionTotals last = data.Totals[^1];
        string what = data.IsSeries ? $"{ReportText.Count(data.Series.Length, "dump")}; the last is " : "Session ";
        string time = data.Last.Time is { } known ? $"taken {ReportText.Time(known)}" : "taken at an unknown time";
        return $"""
            <p class="sub">{what}{Html.Isolate(data.Last.Name)}, {time}.</p>
            <dl class="facts">
            {Fact("Processes", last.Processes, first.Processes)}{Fact("Handles", last.Handles, first.Handles)}
            {Fact("Nodes", last.Nodes, first.Nodes)}{Fact("Handles to dead nodes", last.Dead, first.Dead)}
            {Fact("Leak suspects", data.Suspects.Count)}{Fact("Anomalies", data.Anomalies)}</dl>
            """;

        Html Fact(string name, long number, long? before = null)
        {
            Html fact = $"<div><dt>{name}</dt><dd>{number:N0}";
            if (data.IsSeries && before is { } earlier)
                fact.Append($"<small>{(number == earlier ? "unchanged" : ReportText.Change(number - earlier))} since the first</small>");
            return $"{fact}</dd>\n</div>";
        }
    }

    private static IEnumerable<Html> Highlights(ReportData data)
    {
        yield return data.Suspects.Count > 0 ? Suspects(data.Suspects) : $"No leak suspects.";

        int near = data.Owners.Concat(data.Holders).Count(usage => usage.IsNearLimit);
        string are = ReportText.Count(near, "process is", "processes are");
        yield return near > 0
            ? Html.Of($"<span class=\"warn\">{are} near or beyond one of Android's limits.</span> {Link("limits", "Limits")}")
            : $"No process is near one of Android's limits.";

        if (data.Pairs.Count > 0)
        {
            HandleUsage largest = data.Pairs[0];
            yield return $"Largest pair: {Process(largest.Holder!)} holds {ReportText.Count(largest.Handles, "handle")} of "
                + $"{Owner(largest)}, {largest.Share:0.0%} of all.";
        }

        if (data.Anomalies > 0)
            yield return $"The data has {ReportText.Count(data.Anomalies, "anomaly", "anomalies")}. {Link("anomalies", "All anomalies")}";

        int inferred = data.Pools.Count(pool => pool.Bitmap.CapacityInferred);
        if (inferred > 0)
        {
            string which = inferred == data.Pools.Count
                ? "All pool capacities are"
                : ReportText.Count(inferred, "pool capacity is", "pool capacities are");
            yield return $"{which} inferred from the highest handle, because dumps do not contain them. {Link("notes", "Notes")}";
        }
    }

    private static Html Suspects(IReadOnlyList<HandleLeakSuspect> suspects)
    {
        HandleLeakSuspect first = suspects[0];
        bool isOnly = suspects.Count == 1;
        string growth = first.Kinds.Contains(HandleLeakKind.Growth)
            ? $", {ReportText.Change(first.Growth)} over {ReportText.Count(first.Counts.Count, "dump")}"
            : "";
        return $"{(isOnly ? "Leak suspect" : "Strongest leak suspect")}: <strong>{Pair(first.Usage)}</strong>, "
            + $"{ReportText.Count(first.Handles, "handle")}{growth} ({string.Join(", ", first.Kinds)}). "
            + $"{Link("suspects", isOnly ? "Reasons" : $"All {suspects.Count} suspects")}";
    }

    private static Html Link(string id, string text) => $"<a class=\"more\" href=\"#{id}\">{text}</a>";

    private static Html Series(ReportData data)
    {
        (int Number, SessionTotals Totals)[] rows = [.. data.Totals.Select((totals, index) => (index + 1, totals))];
        return $"<h3>The series</h3>\n" + $"{HtmlTable.Of("table-series", "The dumps, in order.", rows, data.Options.MaxRows,
            new("No.", row => row.Number, "ascending"),
            new("Dump", row => Html.Isolate(row.Totals.Session.Name)),
            new("Taken", row => $"{(row.Totals.Session.Time is { } time ? ReportText.Time(time) : "unknown")}"),
            new("Processes", row => row.Totals.Processes),
            new("Handles", row => row.Totals.Handles),
            new("To dead nodes", row => row.Totals.Dead),
            new("Nodes", row => row.Totals.Nodes),
            new("Anomalies", row => row.Totals.Session.Findings.Count))}";
    }
}
