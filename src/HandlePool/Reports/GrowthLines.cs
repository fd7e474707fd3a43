using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Represents the lines of the growth chart: suspects that grow, then the pairs that grew most.</summary>
internal sealed class GrowthLines
{
    private const int MostLines = 8;

    /// <summary>The share of the largest growth below which a line would be flat beside it.</summary>
    private const double LeastShare = 0.02;

    internal GrowthLines(ReportData data, ProcessMatching[] withLast, SessionComparison comparison)
    {
        List<(HandleUsageGrouping By, UsageKey Key)> chosen = [.. data.Suspects
            .Where(suspect => suspect.Kinds.Contains(HandleLeakKind.Growth))
            .Select(suspect => (suspect.Usage.By, suspect.Usage.Key))];
        double least = comparison.Changes.Count == 0 ? 0 : Math.Max(0, LeastShare * comparison.Changes[0].Net);
        chosen.AddRange(comparison.Changes.Where(change => change.Net > least).Take(MostLines).Select(change => (change.By, change.Key)));
        HasGrown = chosen.Count > 0;
        if (!HasGrown)
        {
            chosen.AddRange(comparison.Changes.Where(change => change.After > 0)
                .OrderByDescending(change => change.After).Take(MostLines).Select(change => (change.By, change.Key)));
        }

        chosen = [.. chosen.Distinct().Take(MostLines)];
        Lines = [.. chosen.Select((each, index) =>
        {
            UsageHistory history = each.By switch
            {
                HandleUsageGrouping.Holder => data.Search.Holders,
                HandleUsageGrouping.Owner => data.Search.Owners,
                _ => data.Search.Pairs,
            };
            int?[] counts = history.CountsWithGaps(each.Key, withLast, out bool[] isJoined);
            return new GrowthLine(index, each.By, each.Key, counts, isJoined, data.SuspectOf(each.By, each.Key));
        })];
    }

    internal IReadOnlyList<GrowthLine> Lines { get; }

    /// <summary>Gets whether anything grew; if not, the lines are those of the largest pairs.</summary>
    internal bool HasGrown { get; }
}

/// <summary>Represents the counts of one pair, holder or owner over a series.</summary>
/// <param name="Index">The index of the line, from 0.</param>
/// <param name="By">The grouping.</param>
/// <param name="Key">The key in the last session.</param>
/// <param name="Counts">The count in each session; null if one of the processes was not running.</param>
/// <param name="IsJoined">Whether each count continues the one before it: the same processes were running, not restarted ones.</param>
/// <param name="Suspect">The suspect; null if it is none.</param>
internal sealed record GrowthLine(
    int Index, HandleUsageGrouping By, UsageKey Key, IReadOnlyList<int?> Counts, IReadOnlyList<bool> IsJoined, HandleLeakSuspect? Suspect)
{
    internal string HolderName => Key.HolderName(By);

    internal string OwnerName => Key.OwnerName(By);

    internal char Letter => (char)('A' + Index);

    internal HandleLimit? Limit => Suspect?.Limit;
}
