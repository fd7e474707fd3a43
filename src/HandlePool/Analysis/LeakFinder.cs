using System.Globalization;

namespace HandlePool.Analysis;

/// <summary>Finds likely handle leaks in one session, or in a series of the same device. Static and thread-safe.</summary>
/// <remarks>
/// <para>The dump itself sets the threshold: a pair is an outlier if it has <see cref="OutlierFactor"/> times the 90th percentile of its
/// peers, which are the other holders of the same owner and the other owners of the same holder. A busy device alone raises no
/// suspicion.</para>
/// <para>Size and SingleHolder: <see cref="MinHandles"/> or more, and an outlier. NearLimit: 80% of Android's lowest limit or more, and
/// twice the median of the peers. DeadNodes and WeakOnly: <see cref="MinOdd"/> or more, and an outlier; weak references must also be half
/// of all. The context manager is exempt from Size and SingleHolder, because it holds all that was registered with it.</para>
/// <para>Growth, in a series: the drops between dumps sum up to a tenth of the growth at most; the growth is <see cref="MinGrowth"/>
/// (<see cref="MinHandles"/> between two dumps) and a fifth of the first count per step at least, and an outlier among all changes.
/// Counting starts over when a process is restarted. If no single pair explains it, a holder may be suspect with all its owners
/// together, and an owner with all its holders.</para>
/// </remarks>
public static class LeakFinder
{
    /// <summary>The least number of handles for which the size of a pair is suspicious.</summary>
    public const int MinHandles = 100;

    /// <summary>The least number of dead nodes, or of weak references, that is suspicious.</summary>
    public const int MinOdd = 50;

    /// <summary>The least growth over three or more dumps that is suspicious.</summary>
    public const int MinGrowth = 50;

    /// <summary>The least multiple of the 90th percentile of its peers that makes a count an outlier.</summary>
    public const double OutlierFactor = 4;

    private const int FewestPeers = 3;

    /// <summary>Finds suspects. Costs O(handles of all sessions).</summary>
    /// <param name="sessions">
    /// One session or more. They are sorted by time if all times are known; otherwise they are taken in the order given.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The suspects, the strongest first and those that grow before all others; empty if there are none.</returns>
    /// <exception cref="ArgumentException">There is no session, or one is given twice.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static IReadOnlyList<HandleLeakSuspect> Find(IEnumerable<HandleSession> sessions, CancellationToken cancellationToken = default)
    {
        HandleSession[] series = InOrder(sessions);
        UsageHistory pairs = new(series, HandleUsageGrouping.Pair, cancellationToken);
        Dictionary<HandleUsage, LeakEvidence> evidence = [];
        if (series.Length > 1)
        {
            FindGrowth(series, pairs, evidence, cancellationToken);
            FindGrowthOfMany(series, new UsageHistory(pairs, HandleUsageGrouping.Holder, cancellationToken), evidence, cancellationToken);
            FindGrowthOfMany(series, new UsageHistory(pairs, HandleUsageGrouping.Owner, cancellationToken), evidence, cancellationToken);
        }

        PeerCounts peers = new(pairs.Last);
        foreach (HandleUsage usage in pairs.Last)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (usage.IsDead)
                continue;
            LeakEvidence found = evidence.GetValueOrDefault(usage) ?? new LeakEvidence(usage, pairs.CountsOf(usage.Key, out _));
            Inspect(usage, peers, found);
            if (found.Kinds.Count > 0)
                evidence[usage] = found;
        }

        FindDeadNodes(series[^1], pairs, evidence);

        return [.. evidence.Values
            .OrderByDescending(found => found.Grows)
            .ThenByDescending(found => found.Score)
            .ThenByDescending(found => found.Usage.Handles)
            .ThenBy(found => found.Usage.HolderName, StringComparer.Ordinal)
            .ThenBy(found => found.Usage.OwnerName, StringComparer.Ordinal)
            .Select((found, index) => ToSuspect(found, index + 1, cancellationToken))];
    }

    /// <summary>Returns the sessions sorted by time, or in the order given if a time is unknown.</summary>
    internal static HandleSession[] InOrder(IEnumerable<HandleSession> sessions)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        HandleSession[] series = [.. sessions];
        if (series.Length == 0)
            throw new ArgumentException("No session was given. Pass at least one.", nameof(sessions));
        if (series.Distinct().Count() < series.Length)
            throw new ArgumentException("A session was given twice. Pass each once.", nameof(sessions));
        return Array.TrueForAll(series, session => session.Time is not null) ? [.. series.OrderBy(session => session.Time)] : series;
    }

    private static HandleLeakSuspect ToSuspect(LeakEvidence found, int rank, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (found.References.Count == 0)
            found.References = ReferencesOf(found.Usage);
        return new HandleLeakSuspect(rank, found.Usage, found);
    }

    // In one session.

    private static void Inspect(HandleUsage usage, PeerCounts peers, LeakEvidence found)
    {
        if (usage.Handles >= MinHandles && usage.Holder is { IsManager: false })
        {
            double? times = peers.TimesUsual(usage, each => each.Handles, out string? comparison);
            if (times >= OutlierFactor)
                Add(HandleLeakKind.Size, Math.Min(times.Value / OutlierFactor, (double)usage.Handles / MinHandles), comparison!);

            times = usage.SingleHolder >= MinHandles ? peers.TimesUsual(usage, each => each.SingleHolder, out _) : null;
            if (times >= OutlierFactor)
            {
                Add(HandleLeakKind.SingleHolder, Math.Min(times.Value / OutlierFactor, (double)usage.SingleHolder / MinHandles),
                    $"it is the only holder of {Share(usage.SingleHolder, usage.Handles)} nodes");
            }
        }

        if (usage.IsNearLimit && peers.TimesMedian(usage) is null or >= 2)
        {
            Add(HandleLeakKind.NearLimit, usage.Handles / (HandleLimit.NearShare * HandleLimit.OfOwner[0].Handles),
                $"the count is {N((int)Math.Round(100 * usage.LimitShare!.Value))}% of the {N(usage.Limit!.Handles)} limit "
                + $"({usage.Limit.Consequence})");
        }

        if (usage.WeakOnly >= MinOdd && 2 * usage.WeakOnly >= usage.Handles
            && peers.TimesUsual(usage, each => each.WeakOnly, out _) is null or >= OutlierFactor)
        {
            Add(HandleLeakKind.WeakOnly, (double)usage.WeakOnly / MinOdd,
                $"{Share(usage.WeakOnly, usage.Handles)} have only weak counts, which keep nodes that their owner has dropped");
        }

        // The first reason says what is counted; the others go on from there.
        void Add(HandleLeakKind kind, double score, string clause) => found.Add(kind, score, found.Reasons.Count == 0
            ? $"{Describe(usage.Holder)} holds {Count(usage.Handles, "handle")}{Describe(usage)}; {clause}."
            : $"{char.ToUpperInvariant(clause[0])}{clause[1..]}.");
    }

    private static void FindDeadNodes(HandleSession session, UsageHistory pairs, Dictionary<HandleUsage, LeakEvidence> evidence)
    {
        ILookup<HandleProcess, HandleUsage> dead = pairs.Last.Where(usage => usage.IsDead).ToLookup(usage => usage.Holder!);
        foreach (IGrouping<HandleProcess, HandleUsage> group in dead)
        {
            HandleProcess holder = group.Key;
            int count = group.Sum(usage => usage.Handles);
            if (count < MinOdd)
                continue;
            int[] others = [.. session.GetProcesses()
                .Where(process => process != holder && process.Context == holder.Context)
                .Select(process => dead[process].Sum(usage => usage.Handles))];
            int usual = others.Length >= FewestPeers ? Percentile90(others) : 0;
            if (count < OutlierFactor * usual)
                continue;

            HandleUsage largest = group.First();
            if (!evidence.TryGetValue(largest, out LeakEvidence? found))
                evidence.Add(largest, found = new LeakEvidence(largest, pairs.CountsOf(largest.Key, out _)));
            string comparison = others.Length >= FewestPeers ? $"; 90% of the other processes hold at most {N(usual)}" : "";
            found.Add(HandleLeakKind.DeadNodes, (double)count / MinOdd,
                $"{Describe(holder)} holds {N(count)} nodes whose owners have exited{comparison}.");
            if (!found.Grows)
                found.References = [.. holder.GetReferences().Where(reference => reference.IsDead)];
        }
    }

    // In a series.

    private static void FindGrowth(HandleSession[] series, UsageHistory history, Dictionary<HandleUsage, LeakEvidence> evidence,
        CancellationToken cancellationToken)
    {
        List<(HandleUsage Usage, int[] Counts, UsageKey First)> all = [];
        foreach (HandleUsage usage in history.Last)
        {
            // Dead nodes without an owner are counted with their holder.
            if (usage.By == HandleUsageGrouping.Owner && usage.Owner is null)
                continue;
            int[] counts = history.CountsOf(usage.Key, out UsageKey first);
            if (counts.Length > 1)
                all.Add((usage, counts, first));
        }

        int[] changes = [.. all.Select(each => Math.Abs(each.Counts[^1] - each.Counts[0]))];
        Array.Sort(changes);
        foreach ((HandleUsage usage, int[] counts, UsageKey first) in all)
        {
            if (!Grows(counts))
                continue;

            cancellationToken.ThrowIfCancellationRequested();

            // Among the others: the sorted changes include this one, so the first of its size is left out.
            int growth = counts[^1] - counts[0];
            int usual = changes.Length > FewestPeers ? Percentile90OfOthers(changes, growth) : 0;
            if (growth < OutlierFactor * usual)
                continue;

            LeakEvidence found = new(usage, counts);
            string holder = usage.Holder is null ? "All processes together hold" : $"{Describe(usage.Holder)} holds";
            string comparison = usual == 0 ? "" : $" 90% of the other {PluralOf(usage.By)} changed by at most {N(usual)}.";
            found.Add(HandleLeakKind.Growth, growth / Math.Max(OutlierFactor * usual, LeastGrowth(counts)),
                $"{holder} {Count(usage.Handles, "handle")}{Describe(usage)}, {N(growth)} more than {Count(counts.Length - 1, "dump")} "
                + $"earlier{(counts.Length == 2 ? "" : " and rising steadily")}.{comparison}{Extrapolate(series, found)}");
            found.References = NewReferences(series[^counts.Length], usage, first);
            evidence[usage] = found;
        }
    }

    /// <summary>Finds the growth of a holder with all its owners, or of an owner with all its holders, that no pair explains.</summary>
    private static void FindGrowthOfMany(HandleSession[] series, UsageHistory history, Dictionary<HandleUsage, LeakEvidence> evidence,
        CancellationToken cancellationToken)
    {
        Dictionary<HandleUsage, LeakEvidence> found = [];
        FindGrowth(series, history, found, cancellationToken);
        foreach ((HandleUsage usage, LeakEvidence each) in found)
        {
            UsageKey key = usage.Key;
            int growth = each.Counts[^1] - each.Counts[0];
            int explained = evidence.Values
                .Where(other => key.Holder is null ? other.Usage.Owner == key.Owner : other.Usage.Holder == key.Holder)
                .Sum(other => other.Counts[^1] - other.Counts[0]);
            if (2 * explained < growth)
                evidence.Add(usage, each);
        }
    }

    private static bool Grows(int[] counts)
    {
        int growth = counts[^1] - counts[0];
        int fallen = 0;
        for (int i = 1; i < counts.Length; i++)
            fallen += Math.Max(0, counts[i - 1] - counts[i]);
        return growth >= LeastGrowth(counts) && 10 * fallen <= growth;
    }

    private static double LeastGrowth(int[] counts) =>
        Math.Max(counts.Length == 2 ? MinHandles : MinGrowth, 0.2 * counts[0] / (counts.Length - 1));

    /// <summary>Calculates the rates and the time until the limit, and returns a sentence about both.</summary>
    private static string Extrapolate(HandleSession[] series, LeakEvidence found)
    {
        IReadOnlyList<int> counts = found.Counts;
        double[] ordinals = [.. Enumerable.Range(0, counts.Count).Select(index => (double)index)];
        found.PerDump = Slope(ordinals, counts);
        if (found.PerDump is not > 0)
            return "";

        string text = $" That is {Rate(found.PerDump.Value)} per dump";
        HandleSession[] window = series[^counts.Count..];
        if (window[0].Time is { } begin && Array.TrueForAll(window, session => session.Time is not null) && window[^1].Time > begin)
        {
            double[] hours = [.. window.Select(session => (session.Time!.Value - begin).TotalHours)];
            found.PerHour = Slope(hours, counts);
            text += $" and {Rate(found.PerHour!.Value)} per hour";
        }

        if (found.Limit is not { } limit || counts[^1] >= limit.Handles)
            return text + ".";

        int left = limit.Handles - counts[^1];
        found.DumpsToLimit = left / found.PerDump;
        if (found.PerHour is > 0 && left / found.PerHour < TimeSpan.MaxValue.TotalHours / 2)
            found.TimeToLimit = TimeSpan.FromHours(left / found.PerHour.Value);
        string until = found.TimeToLimit is { } time ? Duration(time) : $"{Rate(found.DumpsToLimit.Value)} more dumps";
        return $"{text}; at this rate it reaches {N(limit.Handles)} ({limit.Consequence}) in {until}.";
    }

    /// <summary>Returns the slope of the least-squares fit; null if there is none.</summary>
    private static double? Slope(double[] x, IReadOnlyList<int> y)
    {
        double meanX = x.Average();
        double meanY = y.Average();
        double products = 0;
        double squares = 0;
        for (int i = 0; i < x.Length; i++)
        {
            products += (x[i] - meanX) * (y[i] - meanY);
            squares += (x[i] - meanX) * (x[i] - meanX);
        }

        return squares > 0 ? products / squares : null;
    }

    private static HandleReference[] NewReferences(HandleSession first, HandleUsage usage, UsageKey firstKey)
    {
        HashSet<(int, long)> before = [.. Holders(first, firstKey)
            .SelectMany(process => process.GetReferences())
            .Where(reference => UsageKey.For(usage.By, reference) == firstKey)
            .Select(reference => (reference.Process.Id, reference.Node.Id))];
        return [.. ReferencesOf(usage).Where(reference => !before.Contains((reference.Process.Id, reference.Node.Id)))];
    }

    private static HandleReference[] ReferencesOf(HandleUsage usage) =>
        [.. Holders((usage.Holder ?? usage.Owner)!.Session, usage.Key)
            .SelectMany(process => process.GetReferences())
            .Where(reference => UsageKey.For(usage.By, reference) == usage.Key)];

    private static HandleProcess[] Holders(HandleSession session, UsageKey key) =>
        key.Holder is { } holder ? [holder] : session.GetProcesses();

    // In numbers and words.

    /// <summary>Returns the 90th percentile.</summary>
    private static int Percentile90(int[] values)
    {
        int[] sorted = [.. values.Order()];
        return sorted[IndexOfPercentile90(sorted.Length)];
    }

    private static int Percentile90OfOthers(int[] sorted, int self)
    {
        int index = IndexOfPercentile90(sorted.Length - 1);
        return sorted[index] < self ? sorted[index] : sorted[index + 1];
    }

    private static int IndexOfPercentile90(int length) => (int)Math.Ceiling(0.9 * length) - 1;

    private static string N(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Rate(double rate) => rate.ToString(rate >= 10 ? "N0" : "0.#", CultureInfo.InvariantCulture);

    private static string Count(int number, string noun) => $"{N(number)} {noun}{(number == 1 ? "" : "s")}";

    private static string Share(int part, int all) => part == all ? $"all {N(all)}" : $"{N(part)} of the {N(all)}";

    private static string Describe(HandleProcess? process) => process switch
    {
        null => "",
        { Name: { } name } => $"{name} ({process.Id})",
        _ => $"Process {process.Id}",
    };

    private static string Describe(HandleUsage usage) => usage switch
    {
        { By: HandleUsageGrouping.Holder } => " in total",
        { Owner: { } owner } => usage.IsDead ? $" of dead nodes of {Describe(owner)}" : $" of {Describe(owner)}",
        { IsDead: true } => " of dead nodes",
        _ => " of unknown owners",
    };

    private static string PluralOf(HandleUsageGrouping by) => by switch
    {
        HandleUsageGrouping.Holder => "holders",
        HandleUsageGrouping.Owner => "owners",
        _ => "pairs",
    };

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: < 1 } => $"{Rate(time.TotalMinutes)} minutes",
        { TotalHours: < 48 } => $"{Rate(time.TotalHours)} hours",
        _ => $"{Rate(time.TotalDays)} days",
    };

    /// <summary>Compares a pair with the pairs that share its holder or its owner.</summary>
    private sealed class PeerCounts
    {
        private readonly ILookup<HandleProcess, HandleUsage> _byOwner;
        private readonly ILookup<HandleProcess, HandleUsage> _byHolder;

        internal PeerCounts(IReadOnlyCollection<HandleUsage> pairs)
        {
            _byOwner = pairs.Where(usage => usage.Owner is not null && !usage.IsDead).ToLookup(usage => usage.Owner!);
            _byHolder = pairs.Where(usage => !usage.IsDead).ToLookup(usage => usage.Holder!);
        }

        /// <summary>Returns the count of a pair as a multiple of the 90th percentile of its peers, the lesser of both groups; null
        /// without peers.</summary>
        internal double? TimesUsual(HandleUsage usage, Func<HandleUsage, int> count, out string? comparison)
        {
            double? least = null;
            comparison = null;
            if (usage.Owner is { } owner)
                Compare(_byOwner[owner], $"other holders of {owner} hold", ref comparison);
            Compare(_byHolder[usage.Holder!], "other owners account for", ref comparison);
            return least;

            void Compare(IEnumerable<HandleUsage> group, string peersHave, ref string? comparison)
            {
                int[] counts = [.. group.Where(other => other != usage).Select(count)];
                if (counts.Length < FewestPeers)
                    return;
                int usual = Percentile90(counts);
                double times = count(usage) / Math.Max(1.0, usual);
                if (!(least <= times))
                {
                    least = times;
                    string which = IndexOfPercentile90(counts.Length) == counts.Length - 1 ? "the" : "90% of the";
                    comparison = $"{which} {N(counts.Length)} {peersHave} at most {N(usual)} each";
                }
            }
        }

        /// <summary>Returns the count of a pair as a multiple of the median of its peers, the lesser of both groups; null without
        /// peers.</summary>
        internal double? TimesMedian(HandleUsage usage)
        {
            double? least = null;
            IEnumerable<HandleUsage> byOwner = usage.Owner is null ? [] : _byOwner[usage.Owner];
            foreach (IEnumerable<HandleUsage> group in (IEnumerable<HandleUsage>[])[byOwner, _byHolder[usage.Holder!]])
            {
                int[] counts = [.. group.Where(other => other != usage).Select(other => other.Handles).Order()];
                if (counts.Length >= FewestPeers && !(least <= usage.Handles / Math.Max(1.0, counts[counts.Length / 2])))
                    least = usage.Handles / Math.Max(1.0, counts[counts.Length / 2]);
            }

            return least;
        }
    }
}
