using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>The counts of one pair, holder or owner over a series.</summary>
/// <param name="By">What it is.</param>
/// <param name="Key">Which one, in the last session.</param>
/// <param name="Counts">The counts of the sessions; null where one of its processes was not running.</param>
/// <param name="IsJoined">Whether a count goes on from the one before: the same processes were running, and not others of that name.</param>
internal sealed record GrowthLine(HandleUsageGrouping By, UsageKey Key, IReadOnlyList<int?> Counts, IReadOnlyList<bool> IsJoined)
{
    internal string HolderName => Key.HolderName(By);

    internal string OwnerName => Key.OwnerName(By);
}
