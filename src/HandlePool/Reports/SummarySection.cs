using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;
using static HandlePool.Reports.ReportNames;

namespace HandlePool.Reports;

/// <summary>Shows the session in numbers, and what else stands out.</summary>
internal static class SummarySection
{
    internal static void Write(ReportWriter to, ReportData data)
    {
        SessionTotals first = data.Totals[0];
        SessionTotals last = data.Totals[^1];
        to.Figures([
            Figure("Processes", last.Processes, first.Processes), Figure("Handles", last.Handles, first.Handles),
            Figure("Nodes", last.Nodes, first.Nodes), Figure("Handles to dead nodes", last.Dead, first.Dead),
            data.IsJudged ? Figure("Leak suspects", data.Suspects.Count) : ("Leak suspects", $"not judged", null),
            Figure("Anomalies", data.Anomalies)]);
        to.Items(Highlights(data));

        (string, Prose, string?) Figure(string name, long number, long? before = null) => (name, $"{number}",
            !data.IsSeries || before is not { } earlier ? null
            : $"{(number == earlier ? "unchanged" : ReportText.Change(number - earlier))} since the first");
    }

    private static IEnumerable<Prose> Highlights(ReportData data)
    {
        if (data.Near.Count > 0)
            yield return $"{Prose.Warning(Near(data.Near.Count))} {Prose.Link("limits", "Limits")}";
        else if (data.HasOwners)
            yield return $"Nothing is near one of Android's limits.";

        if (data.Pairs.Count > 0)
        {
            HandleUsage largest = data.Pairs[0];
            yield return $"Largest pair: {Process(largest.Holder!)} holds {Phrase.Count(largest.Handles, "handle")} of "
                + $"{Owner(largest)}, {largest.Share:0.0%} of all.";
        }

        if (data.Anomalies > 0)
        {
            yield return $"The data has {Phrase.Count(data.Anomalies, "anomaly", "anomalies")}. "
                + $"{Prose.Link("anomalies", "All anomalies")}";
        }

        int inferred = data.Pools.Count(pool => pool.IsKnown && pool.Bitmap.CapacityInferred);
        if (inferred > 0)
        {
            string which = inferred == data.Pools.Count
                ? "All pool capacities are"
                : Phrase.Count(inferred, "pool capacity is", "pool capacities are");
            yield return $"{which} inferred from the highest handle, because dumps do not contain them. {Prose.Link("notes", "Notes")}";
        }
    }

    private static Prose Near(int near) =>
        $"{Phrase.Count(near, "count is", "counts are")} near or beyond one of Android's limits.";
}
