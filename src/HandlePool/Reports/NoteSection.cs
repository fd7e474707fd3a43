using HandlePool.Analysis;
using HandlePool.Reports.Markup;
using HandlePool.Text;

namespace HandlePool.Reports;

/// <summary>Says what is inferred, and what the words of a report mean.</summary>
internal static class NoteSection
{
    internal static void Write(ReportWriter to, ReportData data) => to.Items(Notes(data));

    private static IEnumerable<Prose> Notes(ReportData data)
    {
        SessionTotals last = data.Totals[^1];
        if (data.Pools.Any(pool => pool.IsKnown && pool.Bitmap.CapacityInferred))
        {
            yield return $"Capacities marked as inferred are not in the dump. They are the smallest power of two, at least 64, that "
                + $"holds the highest handle; the driver's pool may be larger.";
            yield return $"The manager of a context is inferred, too: it owns the node to which others hold handle 0.";
        }

        if (last.Unnamed > 0)
        {
            yield return $"Processes without a name ({last.Unnamed}) are shown by pid: the driver's dumps have names only if the "
                + $"vendor added them.";
        }

        if (last.Unowned > 0)
            yield return $"The owner is unknown for {Phrase.Count(last.Unowned, "handle")}: no process of the dump owns the node.";
        if (last.Counted > 0)
        {
            yield return $"The statistics count {Phrase.Count(last.Counted, "handle")}, without nodes and owners. Their pools are "
                + $"unknown.";
        }

        if (last.Listed > 0)
        {
            yield return $"The nodes' lists of holders show {Phrase.Count(last.Listed, "handle")}, without their numbers and counts. "
                + $"Their pools are unknown.";
        }

        yield return $"Android's limits on proxies are compared with the handles of a process. Android counts proxies per uid and in each "
            + $"holder separately, and the driver prints no uids, so a limit that is near is a warning, not a measurement.";
        if (data.IsSeries)
        {
            yield return data.HasTimes
                ? Prose.Of($"The dumps are sorted by time.")
                : $"The time of at least one dump is unknown, so the dumps are in the order given, without rates per hour.";
            yield return $"Processes are matched between dumps by pid and name, by pid alone if a name is missing, or by a unique name.";
        }

        yield return $"Dead: the owner of the node has exited. Weak only: the reference has no strong count. Single holder: no other "
            + $"process holds the node.";
        if (data.Options.Leaks is { } leaks && leaks != new LeakFinderOptions())
        {
            yield return $"Suspects were found with thresholds of this report: a minimum of {Phrase.Count(leaks.MinimumHandles, "handle")}, a sensitivity of "
                + $"{leaks.Sensitivity:0.##}{(leaks.Baseline is { } baseline ? $", and a baseline of {Phrase.Count(baseline.Dumps, "dump")}" : "")}.";
        }

        yield return $"A suspect stands out from its peers in this data, which is a reason to look closer, not proof of a leak.";
    }
}
