using HandlePool.Analysis;

namespace HandlePool.Reports;

/// <summary>Represents the lines of the growth chart: suspects that grow, then the pairs that grew most.</summary>
internal sealed class GrowthLines
{
    private const int MostLines = 8;

    /// <summary>The share of the largest growth below which a line would be flat beside it.</summary>
    private const double LeastShare = 0.02;

    private GrowthLines(IReadOnlyList<GrowthLine> lines, bool hasGrown)
    {
        Lines = lines;
        HasGrown = hasGrown;
    }

    internal IReadOnlyList<GrowthLine> Lines { get; }

    /// <summary>Gets whether anything grew; if not, the lines are those of the largest pairs.</summary>
    internal bool HasGrown { get; }

    internal static GrowthLines Of(HandleSession[] series, IReadOnlyList<HandleLeakSuspect> suspects, SessionComparison comparison)
    {
        List<(HandleUsageGrouping By, UsageKey Key)> chosen = [.. suspects
            .Where(suspect => suspect.Kinds.Contains(HandleLeakKind.Growth))
            .Select(suspect => (suspect.Usage.By, suspect.Usage.Key))];
        double least = comparison.Changes.Count == 0 ? 0 : Math.Max(0, LeastShare * comparison.Changes[0].Net);
        chosen.AddRange(comparison.Changes.Where(change => change.Net > least).Take(MostLines).Select(change => (change.By, change.Key)));
        bool hasGrown = chosen.Count > 0;
        if (!hasGrown)
        {
            chosen.AddRange(comparison.Changes.Where(change => change.After > 0)
                .OrderByDescending(change => change.After).Take(MostLines).Select(change => (change.By, change.Key)));
        }

        chosen = [.. chosen.Distinct().Take(MostLines)];
        ProcessMatching[] matchings = [.. series.SkipLast(1).Select(session => new ProcessMatching(session, series[^1]))];
        Dictionary<HandleUsageGrouping, Dictionary<UsageKey, HandleUsage>[]> usages = chosen.Select(each => each.By).Distinct()
            .ToDictionary(by => by, by => Array.ConvertAll(
                series, session => UsageMeasurement.Measure(session, by).ToDictionary(usage => usage.Key)));
        return new GrowthLines([.. chosen.Select(each => Line(each.By, each.Key, usages[each.By], matchings))], hasGrown);
    }

    private static GrowthLine Line(
        HandleUsageGrouping by, UsageKey last, Dictionary<UsageKey, HandleUsage>[] usages, ProcessMatching[] matchings)
    {
        int?[] counts = new int?[usages.Length];
        bool[] isJoined = new bool[usages.Length];
        UsageKey? before = null;
        for (int index = 0; index < usages.Length; index++)
        {
            UsageKey? key = index == matchings.Length ? last : TryGoBack(last, matchings[index]);
            if (key is { } known)
            {
                counts[index] = usages[index].TryGetValue(known, out HandleUsage? usage) ? usage.Handles : 0;
                isJoined[index] = before is { } earlier && earlier.Holder?.Id == known.Holder?.Id && earlier.Owner?.Id == known.Owner?.Id;
            }

            before = key;
        }

        return new GrowthLine(by, last, counts, isJoined);
    }

    /// <summary>Returns the key of the same processes in an earlier session; null if one of them was not there.</summary>
    private static UsageKey? TryGoBack(UsageKey key, ProcessMatching matching)
    {
        HandleProcess? holder = matching.Other(key.Holder);
        HandleProcess? owner = matching.Other(key.Owner);
        return (holder is null && key.Holder is not null) || (owner is null && key.Owner is not null)
            ? null
            : key with { Holder = holder, Owner = owner };
    }
}

/// <summary>Represents the counts of one pair, holder or owner over a series.</summary>
/// <param name="By">The grouping.</param>
/// <param name="Key">The key in the last session.</param>
/// <param name="Counts">The count in each session; null if one of the processes was not running.</param>
/// <param name="IsJoined">Whether each count continues the one before it: the same processes were running, not restarted ones.</param>
internal sealed record GrowthLine(HandleUsageGrouping By, UsageKey Key, IReadOnlyList<int?> Counts, IReadOnlyList<bool> IsJoined)
{
    internal string HolderName => Key.HolderName(By);

    internal string OwnerName => Key.OwnerName(By);
}
