using static HandlePool.Analysis.LeakWords;

namespace HandlePool.Analysis;

/// <summary>Judges the growth of pairs, holders and owners over a series.</summary>
internal sealed class GrowthRules
{
    /// <summary>The part of the count at the beginning that a growth must have, spread over the steps.</summary>
    private const double LeastShare = 0.2;

    /// <summary>The part of the growth by which the counts may fall in between.</summary>
    private const double MostFallen = 0.1;

    /// <summary>The part of the growth that must fall into the second half: what has come to rest is no leak.</summary>
    private const double LeastRecent = 0.2;

    /// <summary>The part of the healthy count by which a pair may grow: it may have been started lately.</summary>
    private const double HealthyRise = 0.5;

    /// <summary>The multiple of what a count gained by the rise of the device that it may gain.</summary>
    private const double MostOfRise = 2;

    /// <summary>The greatest spread of changes: most pairs hardly change, so eight times the median stands out.</summary>
    private const double GreatestSpread = 0.6;

    /// <summary>The least growth of a member of a group that grows alike over three or more dumps.</summary>
    private const int LeastAlike = 3;

    /// <summary>The same between two dumps, where it may have been started lately.</summary>
    private const int LeastAlikeInTwo = 10;

    /// <summary>The number of owners that a reason names.</summary>
    private const int MostOwners = 3;

    private readonly HandleSession[] _series;
    private readonly int[] _processes;
    private readonly LeakFinderOptions _options;
    private readonly SizeRules _sizes;
    private readonly UsageHistory _pairs;
    private readonly (HandleUsage Usage, int[] Counts)[] _ofPairs;

    internal GrowthRules(HandleSession[] series, UsageHistory pairs, SizeRules sizes, LeakFinderOptions options, CancellationToken cancellationToken)
    {
        _series = series;
        _pairs = pairs;
        _ofPairs = [.. CountsOf(pairs, cancellationToken)];
        _processes = Array.ConvertAll(series, session => session.GetProcesses().Length);
        _sizes = sizes;
        _options = options;
    }

    /// <summary>Finds the pairs that grow steadily and stand out from the changes of all others.</summary>
    internal void FindPairs(Dictionary<HandleUsage, LeakEvidence> evidence, CancellationToken cancellationToken) =>
        Find(_pairs, _ofPairs, _ => true, evidence, cancellationToken);

    /// <summary>
    /// Finds the same among the totals of holders that only statistics count in some of the dumps, where these have no pairs, unless
    /// the holder was found with a pair.
    /// </summary>
    internal void FindTotals(UsageHistory holders, Dictionary<HandleUsage, LeakEvidence> evidence, CancellationToken cancellationToken)
    {
        HashSet<HandleProcess?> found = [.. evidence.Keys.Select(usage => usage.Holder)];
        HashSet<HandleUsage> known = [.. evidence.Keys];
        Find(holders, CountsOf(holders, cancellationToken), usage => !found.Contains(usage.Holder) && holders.IsOfSeveralSources(usage.Key), evidence, cancellationToken);
        if (evidence.Count == known.Count)
            return;

        // The last dump may tell owners that the earlier ones did not.
        ILookup<HandleProcess, HandleUsage> owned = _pairs.Last.WithCancellation(cancellationToken).Where(pair => pair.Owner is not null).ToLookup(pair => pair.Holder!);
        foreach ((HandleUsage usage, LeakEvidence added) in evidence.Where(each => !known.Contains(each.Key)))
        {
            HandleUsage[] owners = [.. owned[usage.Holder!].Take(MostOwners)];
            if (owners.Length > 0)
            {
                added.AddRemark($"In the last dump, the largest {(owners.Length == 1 ? "owner is" : "owners are")} "
                    + string.Join(", ", owners.Select(pair => $"{Describe(pair.Owner!)} with {N(pair.Handles)}")) + ".");
            }
        }
    }

    /// <summary>Finds the holders that grow with most of their owners, or the owners with most of their holders.</summary>
    internal void FindGroups(UsageHistory groups, Dictionary<HandleUsage, LeakEvidence> evidence, CancellationToken cancellationToken)
    {
        (HandleUsage Usage, int[] Counts)[] owned = Array.FindAll(_ofPairs, each => each.Usage is { Owner: not null, IsDead: false });
        DeviceRise rise = new(owned, cancellationToken);
        ILookup<HandleProcess, (HandleUsage Usage, int[] Counts)> members = owned
            .ToLookup(each => (groups.By == HandleUsageGrouping.Holder ? each.Usage.Holder : each.Usage.Owner)!);
        foreach (HandleUsage usage in groups.Last)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if ((usage.Holder ?? usage.Owner) is not { } process)
                continue;
            int[] counts = groups.CountsOf(usage.Key, out _);

            // New processes take handles as well, so only pairs that were there all the time show whether the group leaks.
            (HandleUsage Usage, int[] Counts)[] lasting = [.. members[process].Where(each => each.Counts.Length == counts.Length && each.Counts[0] > 0)];
            (HandleUsage Usage, int[] Counts)[] rising = Array.FindAll(lasting, each => Rises(each.Counts, each.Counts.Length == 2 ? LeastAlikeInTwo : LeastAlike));
            if (counts.Length < 2 || rising.Length < PeerStatistics.Fewest || 2 * rising.Length < lasting.Length)
                continue;
            int growth = rising.Sum(each => each.Counts[^1] - each.Counts[0]);
            int first = rising.Sum(each => each.Counts[0]);
            double least = Math.Max(2 * _options.MinimumHandles, LeastShare * first);
            if (growth < least)
                continue;

            // Where all counts rise, a group within the healthy counts must rise more than the others do.
            double factor = 2 * rising.Count(each => IsHealthy(each.Usage)) > rising.Length ? rise.WithoutAll(groups.By, process, counts.Length) : 1;
            least += Gained(first, factor);
            if (growth < least)
                continue;

            // After a boot, all counts rise. What healthy phones have on average is no leak, however fast it came.
            if (rising.Sum(each => each.Counts[^1]) < rising.Sum(each => _sizes.HealthyInGroup(each.Usage)))
                continue;

            // Those that grew like the others are named once, with the group. If one grew much more, it explains the group.
            PeerGroup changes = new(rising.Select(each => Change(each.Counts)));
            HashSet<HandleUsage> alike = [.. rising
                .Where(each => Change(each.Counts) < changes.Without(Change(each.Counts)).Threshold(_options.Sensitivity))
                .Select(each => each.Usage)];
            if (2 * rising.Where(each => !alike.Contains(each.Usage)).Sum(each => Change(each.Counts)) >= growth)
                continue;
            foreach (HandleUsage pair in alike)
                evidence.Remove(pair);

            string which = groups.By == HandleUsageGrouping.Holder ? "owners" : "holders";
            Add(groups, usage, counts, new HandleLeakSign(HandleLeakKind.Growth, growth, null, least, HandleLeakBasis.Minimum),
                $" It grew with {N(rising.Length)} of {N(lasting.Length)} {which}.{Meanwhile(factor)}", evidence);
        }
    }

    private static IEnumerable<(HandleUsage Usage, int[] Counts)> CountsOf(UsageHistory history, CancellationToken cancellationToken) =>
        history.Last.WithCancellation(cancellationToken).Select(usage => (usage, history.CountsOf(usage.Key, out _)));

    private void Find(UsageHistory history, IEnumerable<(HandleUsage Usage, int[] Counts)> counted, Func<HandleUsage, bool> isJudged,
        Dictionary<HandleUsage, LeakEvidence> evidence, CancellationToken cancellationToken)
    {
        List<(HandleUsage Usage, int[] Counts)> all = [.. counted.Where(each => each.Counts.Length > 1)];
        PeerGroup changes = new(all.Select(each => Change(each.Counts)));
        DeviceRise rise = new(all.Where(each => !each.Usage.IsDead), cancellationToken);

        // Without owners, each pair is a holder.
        string peers = history.By == HandleUsageGrouping.Pair && all.Exists(each => each.Usage is { Owner: not null } or { IsDead: true }) ? "pairs" : "holders";
        foreach ((HandleUsage usage, int[] counts) in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!isJudged(usage))
                continue;
            LeakFloor floor = _sizes.Floor(usage, HandleLeakKind.Size);

            // What stays within the healthy counts of this pair may grow there.
            if (floor.Basis == HandleLeakBasis.Baseline && counts[^1] * HandleBaseline.Margin <= floor.Count * _options.Sensitivity)
                continue;
            double least = LeastGrowth(counts, floor.Count);
            if (!Rises(counts, least))
                continue;

            // After a boot, all counts rise. So what is still within the healthy counts must rise more than the others do.
            double factor = usage.IsDead || !IsHealthy(usage) ? 1 : rise.Without(usage, counts[0], counts.Length);
            if (usage is { Owner: null, IsDead: false })
                factor *= MoreProcesses(counts.Length);
            double gained = Gained(counts[0], factor);
            least += gained;

            PeerStatistics others = changes.Without(Change(counts));
            HandleLeakBasis basis = floor.Basis == HandleLeakBasis.Baseline && least <= HealthyRise * floor.Count
                ? HandleLeakBasis.Baseline
                : HandleLeakBasis.Minimum;
            if (gained > 0)
                basis = HandleLeakBasis.Peers;
            string comparison = "";
            if (others.Count >= PeerStatistics.Fewest)
            {
                comparison = $" The other {N(others.Count)} {peers} typically changed by {N(others.Usual)}.";
                if (others.Threshold(_options.Sensitivity, GreatestSpread) is var outlier && outlier > least)
                    (least, basis) = (outlier, HandleLeakBasis.Peers);
            }

            comparison += Meanwhile(factor);
            if (basis == HandleLeakBasis.Baseline)
                comparison += $" By the baseline, a growth of {N(least)} or more is suspicious.";
            if (counts[^1] - counts[0] >= least)
                Add(history, usage, counts, new HandleLeakSign(HandleLeakKind.Growth, counts[^1] - counts[0],
                    others.Count >= PeerStatistics.Fewest ? others.Usual : null, least, basis), comparison, evidence);
        }
    }

    /// <summary>Returns whether a count is one that healthy phones show. Nothing is known about totals of all owners.</summary>
    private bool IsHealthy(HandleUsage usage) => usage.Owner is null || usage.Handles < _sizes.Floor(usage, HandleLeakKind.Size).Count;

    /// <summary>Returns by what factor the number of processes rose: the total of a holder rises with it.</summary>
    private double MoreProcesses(int dumps) => DeviceRise.Considerable((double)_processes[^1] / Math.Max(1, _processes[^dumps]));

    /// <summary>Returns what a count may gain where all rise by a factor.</summary>
    private static double Gained(int first, double factor) => MostOfRise * (factor - 1) * first;

    private static string Meanwhile(double factor) =>
        factor > 1 ? $" Meanwhile, the other handles of the device rose to {N(Math.Round(100 * factor))}% of their number." : "";

    private static int Change(int[] counts) => Math.Abs(counts[^1] - counts[0]);

    /// <summary>Returns the least growth that is suspicious, whatever the others did.</summary>
    private double LeastGrowth(int[] counts, double floor)
    {
        // A jump says less than a rise over several dumps.
        bool isJump = new CountTrend(counts).IsJump;
        double least = Math.Max(isJump ? _options.MinimumHandles : _options.MinimumHandles / 2.0, HealthyRise * floor);
        return Math.Max(least, LeastShare * counts[0] / (counts.Length - 1));
    }

    /// <summary>Returns whether counts rose by a number, steadily, and until recently.</summary>
    private static bool Rises(int[] counts, double least)
    {
        int growth = counts[^1] - counts[0];
        if (growth < least || (counts.Length > 2 && counts[^1] - counts[(counts.Length - 1) / 2] < LeastRecent * growth))
            return false;
        int fallen = 0;
        for (int i = 1; i < counts.Length; i++)
            fallen += Math.Max(0, counts[i - 1] - counts[i]);
        return fallen <= MostFallen * growth || new GrowthForecast(counts, null, null).PerDump.Low > 0;
    }

    private void Add(UsageHistory history, HandleUsage usage, int[] counts, HandleLeakSign sign, string comparison,
        Dictionary<HandleUsage, LeakEvidence> evidence)
    {
        HandleSession[] window = _series[^counts.Length..];
        CountTrend trend = new(counts);
        GrowthForecast? forecast = trend.OnlyStep is null ? new(counts, HoursOf(window), usage.Limit) : null;
        history.CountsOf(usage.Key, out UsageKey firstKey);
        LeakEvidence found = new(usage, history) { Forecast = forecast, First = (window[0], new ReferenceScope(usage.By, firstKey)) };
        found.Add(sign, $"{Holds(usage)} {Count(usage.Handles, "handle")}{Of(usage)}, {N(counts[^1] - counts[0])} more than "
            + $"{Count(counts.Length - 1, "dump")} earlier{Course(trend, window)}.{comparison}{(forecast is null ? " One step gives no rate." : Describe(forecast))}");
        evidence.Add(usage, found);
    }

    private static string Course(in CountTrend trend, HandleSession[] window) => trend switch
    {
        { Steps: 1 } => "",
        { OnlyStep: { } step } => $", in one step between '{window[step]}' and '{window[step + 1]}'",
        { IsSteady: true } => " and rising steadily",
        _ => $", rising in {N(trend.Rising)} of {N(trend.Steps)} steps",
    };

    /// <summary>Returns the hours from the first session to each; null if a time is unknown.</summary>
    internal static double[]? HoursOf(HandleSession[] window) =>
        window[0].Time is { } begin && Array.TrueForAll(window, session => session.Time is not null) && window[^1].Time > begin
            ? Array.ConvertAll(window, session => (session.Time!.Value - begin).TotalHours)
            : null;
}
