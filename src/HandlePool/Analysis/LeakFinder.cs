using System.Globalization;

namespace HandlePool.Analysis;

/// <summary>Finds who may be leaking handles, in one session or in a series of the same device. Static and thread-safe.</summary>
/// <remarks>
/// <para>What is usual is learnt from the dump itself: a pair is suspect if it stands out from its peers, the other holders of the
/// same owner and the other owners of the same holder, by <see cref="OutlierFactor"/> times what nine in ten of them have. So a busy
/// device is not suspect for being busy.</para>
/// <para>Size and SingleHolder: <see cref="MinHandles"/> handles or more, and it stands out. NearLimit: 80% of Android's lowest limit or
/// more, and twice the median of its peers. DeadNodes and WeakOnly: <see cref="MinOdd"/> or more, and it stands out; of weak
/// ones also half of all. The context manager is not suspect for its size: it holds what was registered with it.</para>
/// <para>Growth, in a series: no dump has fewer than the one before (but for a tenth of the growth), it grew by
/// <see cref="MinGrowth"/> or more (<see cref="MinHandles"/> between two dumps alone), by a fifth of the first count divided by the number of
/// steps, and it stands out from the changes of the others. Where a process was started again, counting begins anew.
/// If no single pair explains it, a holder may be suspect with all its owners together, and an owner with all its holders.</para>
/// </remarks>
public static class LeakFinder
{
    /// <summary>How many handles a pair has at least that is suspect for their number.</summary>
    public const int MinHandles = 100;

    /// <summary>How many dead nodes, or weak references, are suspect at least.</summary>
    public const int MinOdd = 50;

    /// <summary>The least growth over three or more dumps that is suspect.</summary>
    public const int MinGrowth = 50;

    /// <summary>How many times more than nine in ten of its peers have what stands out has.</summary>
    public const double OutlierFactor = 4;

    private const int FewestPeers = 3;

    /// <summary>Finds suspects. O(handles of all sessions).</summary>
    /// <param name="sessions">
    /// One session or more; those of a series are put into the order of their times, if all are known, and are else in the order given.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The most suspicious first: those that grow before others. Empty if there is nobody to suspect.</returns>
    /// <exception cref="ArgumentException">There is no session, or one is there twice.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
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

    /// <summary>The sessions in the order of their times, or as they are given if not all times are known.</summary>
    internal static HandleSession[] InOrder(IEnumerable<HandleSession> sessions)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        HandleSession[] series = [.. sessions];
        if (series.Length == 0)
            throw new ArgumentException("At least one session is needed.", nameof(sessions));
        if (series.Distinct().Count() < series.Length)
            throw new ArgumentException("A session is there twice.", nameof(sessions));
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
        string what = $"{Describe(usage.Holder)} holds {N(usage.Handles)} handles of {Describe(usage)}";
        if (usage.Handles >= MinHandles && usage.Holder is { IsManager: false })
        {
            double? times = peers.TimesUsual(usage, each => each.Handles, out string? comparison);
            if (times >= OutlierFactor)
                found.Add(HandleLeakKind.Size, Math.Min(times.Value / OutlierFactor, (double)usage.Handles / MinHandles),
                    found.Reasons.Count == 0 ? $"{what}; {comparison}." : $"{char.ToUpperInvariant(comparison![0])}{comparison[1..]}.");

            times = usage.SingleHolder >= MinHandles ? peers.TimesUsual(usage, each => each.SingleHolder, out _) : null;
            if (times >= OutlierFactor)
            {
                found.Add(HandleLeakKind.SingleHolder, Math.Min(times.Value / OutlierFactor, (double)usage.SingleHolder / MinHandles),
                    $"{(found.Reasons.Count == 0 ? what + ": " : "")}{Share(usage.SingleHolder, usage.Handles, found.Reasons.Count == 0)} nodes have no other holder.");
            }
        }

        if (usage.IsNearLimit && peers.TimesMedian(usage) is null or >= 2)
        {
            found.Add(HandleLeakKind.NearLimit, usage.Handles / (HandleLimit.NearShare * HandleLimit.OfOwner[0].Handles),
                $"{(found.Reasons.Count == 0 ? what + ": " : "")}{usage.LimitShare!.Value.ToString("P0", CultureInfo.InvariantCulture)} of "
                + $"{N(usage.Limit!.Handles)}, {usage.Limit.Consequence}.");
        }

        if (usage.WeakOnly >= MinOdd && 2 * usage.WeakOnly >= usage.Handles
            && peers.TimesUsual(usage, each => each.WeakOnly, out _) is null or >= OutlierFactor)
        {
            found.Add(HandleLeakKind.WeakOnly, (double)usage.WeakOnly / MinOdd,
                $"{(found.Reasons.Count == 0 ? what + ": " : "")}{Share(usage.WeakOnly, usage.Handles, found.Reasons.Count == 0)} have only weak counts: their owner may drop "
                + "the nodes, and they are kept all the same.");
        }
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
            int usual = others.Length >= FewestPeers ? NineInTen(others) : 0;
            if (count < OutlierFactor * usual)
                continue;

            HandleUsage largest = group.First();
            if (!evidence.TryGetValue(largest, out LeakEvidence? found))
                evidence.Add(largest, found = new LeakEvidence(largest, pairs.CountsOf(largest.Key, out _)));
            found.Add(HandleLeakKind.DeadNodes, (double)count / MinOdd,
                $"{Describe(holder)} holds {N(count)} nodes whose owners are gone; nine in ten other processes hold {N(usual)} or fewer.");
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
            // Dead nodes of many owners are counted with their holder.
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

            // Of the others: this one is among the sorted, and is the first of its size to be left out.
            int growth = counts[^1] - counts[0];
            int usual = changes.Length > FewestPeers ? NineInTenOfOthers(changes, growth) : 0;
            if (growth < OutlierFactor * usual)
                continue;

            LeakEvidence found = new(usage, counts);
            string holder = usage.Holder is null ? "All processes together hold" : $"{Describe(usage.Holder)} holds";
            string comparison = usual == 0 ? "" : $" Nine in ten others changed by {N(usual)} or less.";
            found.Add(HandleLeakKind.Growth, growth / Math.Max(OutlierFactor * usual, LeastGrowth(counts)),
                $"{holder} {N(usage.Handles)} handles of {Describe(usage)}, {N(growth)} more than {counts.Length - 1} "
                + $"{(counts.Length == 2 ? "dump" : "dumps")} before, and never fewer from one to the next.{comparison}{Extrapolate(series, found)}");
            found.References = NewReferences(series[^counts.Length], usage, first);
            evidence[usage] = found;
        }
    }

    /// <summary>The same for a holder with all its owners or an owner with all its holders, where no pair explains it.</summary>
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

    /// <summary>Works out the rates and the time until the limit.</summary>
    /// <returns>Both in words.</returns>
    private static string Extrapolate(HandleSession[] series, LeakEvidence found)
    {
        IReadOnlyList<int> counts = found.Counts;
        double[] ordinals = [.. Enumerable.Range(0, counts.Count).Select(index => (double)index)];
        found.PerDump = Slope(ordinals, counts);
        if (found.PerDump is not > 0)
            return "";

        string text = $" That is {Rate(found.PerDump.Value)} a dump";
        HandleSession[] window = series[^counts.Count..];
        if (window[0].Time is { } begin && Array.TrueForAll(window, session => session.Time is not null) && window[^1].Time > begin)
        {
            double[] hours = [.. window.Select(session => (session.Time!.Value - begin).TotalHours)];
            found.PerHour = Slope(hours, counts);
            text += $" and {Rate(found.PerHour!.Value)} an hour";
        }

        if (found.Limit is not { } limit || counts[^1] >= limit.Handles)
            return text + ".";

        int left = limit.Handles - counts[^1];
        found.DumpsToLimit = left / found.PerDump;
        if (found.PerHour is > 0 && left / found.PerHour < TimeSpan.MaxValue.TotalHours / 2)
            found.TimeToLimit = TimeSpan.FromHours(left / found.PerHour.Value);
        string until = found.TimeToLimit is { } time ? Duration(time) : $"{Rate(found.DumpsToLimit.Value)} more dumps";
        return $"{text}: in {until} it reaches {N(limit.Handles)} ({limit.Consequence}).";
    }

    /// <summary>The slope of the line that fits the counts with the least squares; null if there is none.</summary>
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

    private static HandleProcess[] Holders(HandleSession session, UsageKey key) => key.Holder is { } holder ? [holder] : session.GetProcesses();

    // In numbers and words.

    /// <summary>What nine in ten have at most.</summary>
    private static int NineInTen(int[] values)
    {
        int[] sorted = [.. values.Order()];
        return sorted[IndexOfNineInTen(sorted.Length)];
    }

    private static int NineInTenOfOthers(int[] sorted, int self)
    {
        int index = IndexOfNineInTen(sorted.Length - 1);
        return sorted[index] < self ? sorted[index] : sorted[index + 1];
    }

    private static int IndexOfNineInTen(int length) => (int)Math.Ceiling(0.9 * length) - 1;

    private static string N(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Rate(double rate) => rate.ToString(rate >= 10 ? "N0" : "0.#", CultureInfo.InvariantCulture);

    private static string Share(int part, int all, bool isWithin) => part == all
        ? $"{(isWithin ? "all" : "All")} {N(all)}"
        : $"{N(part)} of the {N(all)}";

    private static string Describe(HandleProcess? process) => process is null ? "" : process.Name is null ? $"Process {process.Id}" : $"{process.Name} ({process.Id})";

    private static string Describe(HandleUsage usage) => usage switch
    {
        { By: HandleUsageGrouping.Holder } => "others in all",
        { Owner: { } owner } => usage.IsDead ? $"dead nodes of {Describe(owner)}" : Describe(owner),
        { IsDead: true } => "dead nodes",
        _ => "unknown owners",
    };

    private static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: < 1 } => $"{Rate(time.TotalMinutes)} minutes",
        { TotalHours: < 48 } => $"{Rate(time.TotalHours)} hours",
        _ => $"{Rate(time.TotalDays)} days",
    };

    /// <summary>The pairs that share the holder or the owner with a pair.</summary>
    private sealed class PeerCounts
    {
        private readonly ILookup<HandleProcess, HandleUsage> _byOwner;
        private readonly ILookup<HandleProcess, HandleUsage> _byHolder;

        internal PeerCounts(IReadOnlyCollection<HandleUsage> pairs)
        {
            _byOwner = pairs.Where(usage => usage.Owner is not null && !usage.IsDead).ToLookup(usage => usage.Owner!);
            _byHolder = pairs.Where(usage => !usage.IsDead).ToLookup(usage => usage.Holder!);
        }

        /// <summary>How many times what nine in ten of its peers have a pair has, by the peers to whom it is less; null without peers.</summary>
        internal double? TimesUsual(HandleUsage usage, Func<HandleUsage, int> count, out string? comparison)
        {
            double? least = null;
            comparison = null;
            if (usage.Owner is { } owner)
                Compare(_byOwner[owner], $"other holders of {owner}", "hold", ref comparison);
            Compare(_byHolder[usage.Holder!], $"others that {usage.Holder} holds handles of", "have", ref comparison);
            return least;

            void Compare(IEnumerable<HandleUsage> group, string peers, string verb, ref string? comparison)
            {
                int[] counts = [.. group.Where(other => other != usage).Select(count)];
                if (counts.Length < FewestPeers)
                    return;
                int usual = NineInTen(counts);
                double times = count(usage) / Math.Max(1.0, usual);
                if (!(least <= times))
                {
                    least = times;
                    string which = IndexOfNineInTen(counts.Length) == counts.Length - 1 ? "the" : "nine in ten of the";
                    comparison = $"{which} {N(counts.Length)} {peers} {verb} {N(usual)} or fewer";
                }
            }
        }

        /// <summary>How many times the median of its peers a pair has, by the peers to whom it is less; null without peers.</summary>
        internal double? TimesMedian(HandleUsage usage)
        {
            double? least = null;
            foreach (IEnumerable<HandleUsage> group in (IEnumerable<HandleUsage>[])[usage.Owner is null ? [] : _byOwner[usage.Owner], _byHolder[usage.Holder!]])
            {
                int[] counts = [.. group.Where(other => other != usage).Select(other => other.Handles).Order()];
                if (counts.Length >= FewestPeers && !(least <= usage.Handles / Math.Max(1.0, counts[counts.Length / 2])))
                    least = usage.Handles / Math.Max(1.0, counts[counts.Length / 2]);
            }

            return least;
        }
    }
}
