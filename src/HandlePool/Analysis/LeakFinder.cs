using HandlePool.Text;
using static HandlePool.Analysis.LeakWords;

namespace HandlePool.Analysis;

/// <summary>Finds likely handle leaks in one session, or in a series of the same device. Static and thread-safe.</summary>
/// <remarks>
/// <para>Pairs of a holder and an owner are judged first. NearLimit: 80% of the lowest of Android's limits or more, whatever the peers
/// have (see <see cref="HandleLimit"/>). Size and SingleHolder: at least <see cref="LeakFinderOptions.MinimumHandles"/>, more than healthy
/// phones show, and an outlier among the other holders of the same owner and among the other owners of the same holder. DeadNodes and
/// WeakOnly: half of that minimum, and an outlier; weak references must also be half of all. The context manager is exempt from Size and
/// SingleHolder, because it holds all that was registered with it.</para>
/// <para>What is usual is the median of the peers without the pair itself. An outlier has four times as many; among 20 peers or more, it lies
/// 3.5 spreads (median absolute deviations of the logarithms) above the median, but at most at twice the least count. So several leaking
/// ones do not hide each other unless they are the majority. If they are, the owner or the holder is named with all of them, because
/// healthy phones do not have so many.</para>
/// <para>Healthy phones: the system server may hold 600 handles of the system UI, the launcher, the phone app and their like, and 300 of
/// other processes; those may hold 300 of the system server, others 150; the context manager may hold 400 of any process. A baseline replaces these numbers by twice the highest
/// count of its dumps.</para>
/// <para>Growth, in a series: the counts do not fall by more than a tenth of the growth, or the line of best fit rises with 95%
/// confidence; a fifth of the growth is in the second half; the growth is at least half of the minimum
/// (the minimum between two dumps or in one step), half of the healthy count, a fifth of the first count per step, and an outlier among
/// the changes of all pairs. After a boot all counts rise, so what is within the healthy counts must grow more than twice as much as the
/// other handles of the device did. Counting starts over when a process is restarted, and at a reboot. If most holders of an owner, or most owners
/// of a holder, grow alike, it is a suspect with all of them, and they are none. Where only statistics count a holder in some sessions of
/// the series, which have no pairs, its total is judged instead.</para>
/// </remarks>
public static class LeakFinder
{
    /// <summary>Finds suspects. Costs O(handles of all sessions).</summary>
    /// <param name="sessions">
    /// One session or more. They are sorted by time if all times are known; otherwise they are taken in the order given. States that were
    /// cut off are left out, with a note, unless all were, and so are sessions of single processes unless all are. So are sessions that are not of the same device as the last one, and those of
    /// statistics alone if a state of the same time is given that has their processes.
    /// </param>
    /// <param name="options">The thresholds; the defaults if null.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ArgumentException">There is no session, or one is given twice.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static LeakSearch Find(IEnumerable<HandleSession> sessions, LeakFinderOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new LeakFinderOptions();
        List<string> notes = [];
        HandleSession[] series = SeriesSelection.Select(sessions, notes, cancellationToken);
        HandleSession[] uncertain = Array.FindAll(series, UncertainState.IsUncertain);
        if (uncertain.Length > 0)
            notes.Add(UncertainState.Warn(uncertain));
        UsageHistory pairs = new(series, cancellationToken);
        NoteReboots(pairs, notes);
        UsageHistory holders = new(pairs, HandleUsageGrouping.Holder, cancellationToken);
        UsageHistory owners = new(pairs, HandleUsageGrouping.Owner, cancellationToken);

        Dictionary<HandleUsage, LeakEvidence> evidence = [];
        SizeRules sizes = new(pairs.Last, new ProcessRoles(pairs.Last, cancellationToken), options, cancellationToken);
        if (series.Length > 1)
        {
            GrowthRules growth = new(series, pairs, sizes, options, cancellationToken);
            growth.FindPairs(evidence, cancellationToken);
            growth.FindGroups(holders, evidence, cancellationToken);
            growth.FindGroups(owners, evidence, cancellationToken);
            growth.FindTotals(holders, evidence, cancellationToken);
        }

        foreach (HandleUsage pair in pairs.Last)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (pair.IsDead)
                continue;
            LeakEvidence? found = evidence.GetValueOrDefault(pair);
            if (found is null && !sizes.MayJudge(pair) && !pair.IsNearLimit)
                continue;
            found ??= new LeakEvidence(pair, pairs);
            sizes.Judge(pair, found);

            // The limits of a holder are judged with its total, unless the handles of unknown owners are a suspect themselves.
            if ((pair.Owner is not null || !found.IsEmpty) && LimitRules.Judge(pair) is var (sign, clause))
                AddLimit(found, sign, clause);
            if (!found.IsEmpty)
                evidence[pair] = found;
        }

        FindDeadNodes(series[^1], pairs, sizes, evidence, cancellationToken);
        FindSums([holders, owners], sizes, new LimitRules(pairs.Last, cancellationToken), evidence, cancellationToken);
        foreach (LeakEvidence found in evidence.Values.Where(found => !found.Grows && new CountTrend(found.Counts).Falls))
            found.AddRemark($"It fell from {N(found.Counts[0])} to {N(found.Counts[^1])} over {Phrase.Count(found.Counts.Count - 1, "dump")}.");
        NoteReport(series[^1], evidence.Values, cancellationToken);
        NoteIncidents(series[^1], evidence, cancellationToken);
        return new LeakSearch(series, Rank(series[^1], evidence.Values, cancellationToken), notes, pairs, holders, owners, cancellationToken);
    }

    private static void NoteReboots(UsageHistory history, List<string> notes)
    {
        for (int index = 0; index < history.Matchings.Count; index++)
        {
            if (history.Matchings[index].Reboot is { } reboot)
                notes.Add($"'{history.Sessions[index]}' and '{history.Sessions[index + 1]}' are of different boots: {reboot}. Counting starts over.");
        }
    }

    private static void AddLimit(LeakEvidence found, HandleLeakSign sign, string clause) => found.Add(sign, found.Reasons.Count == 0
        ? $"{Holds(found.Usage)} {Count(found.Usage.Handles, "handle")}{Of(found.Usage)}; {clause}."
        : $"{char.ToUpperInvariant(clause[0])}{clause[1..]}.");

    private static void FindDeadNodes(HandleSession session, UsageHistory pairs, SizeRules sizes, Dictionary<HandleUsage, LeakEvidence> evidence,
        CancellationToken cancellationToken)
    {
        ILookup<HandleProcess, HandleUsage> dead = pairs.Last.WithCancellation(cancellationToken).Where(usage => usage.IsDead).ToLookup(usage => usage.Holder!);

        // Some may have exited since the pairs were counted.
        ILookup<string, int> counts = session.GetProcesses().Union(dead.Select(group => group.Key)).WithCancellation(cancellationToken)
            .ToLookup(process => process.Context, process => dead[process].Sum(usage => usage.Handles));
        Dictionary<string, PeerGroup> groups = counts.ToDictionary(context => context.Key, context => new PeerGroup(context));
        foreach (IGrouping<HandleProcess, HandleUsage> group in dead.WithCancellation(cancellationToken))
        {
            HandleProcess holder = group.Key;
            int count = group.Sum(usage => usage.Handles);
            if (sizes.JudgeDeadNodes(count, groups[holder.Context].Without(count), out string comparison) is not { } sign)
                continue;

            HandleUsage largest = group.First();
            if (!evidence.TryGetValue(largest, out LeakEvidence? found))
                evidence.Add(largest, found = new LeakEvidence(largest, pairs));
            found.Add(sign, $"{Subject(holder)} holds {N(count)} nodes whose owners have exited{comparison}.");
            if (!found.Grows)
                found.Scope = ReferenceScope.DeadOf(holder);
        }
    }

    /// <summary>Finds holders with all their owners, and owners with all their holders.</summary>
    private static void FindSums(UsageHistory[] sums, SizeRules sizes, LimitRules limits,
        Dictionary<HandleUsage, LeakEvidence> evidence, CancellationToken cancellationToken)
    {
        HashSet<HandleUsage> suspects = [.. evidence.Keys];
        foreach (UsageHistory history in sums)
        {
            Dictionary<UsageKey, HandleUsage> byKey = history.Last.WithCancellation(cancellationToken).ToDictionary(usage => usage.Key);
            foreach ((UsageKey key, HandleLeakSign sign, string reason) in sizes.FindAlike(history.By, suspects, cancellationToken))
                Evidence(history, byKey[key]).Add(sign, reason);
            foreach (HandleUsage usage in history.Last.WithCancellation(cancellationToken))
            {
                if (limits.JudgeHolder(usage, suspects) is var (sign, clause))
                    AddLimit(Evidence(history, usage), sign, clause);
            }
        }

        LeakEvidence Evidence(UsageHistory history, HandleUsage usage)
        {
            if (!evidence.TryGetValue(usage, out LeakEvidence? found))
                evidence.Add(usage, found = new LeakEvidence(usage, history));
            return found;
        }
    }

    /// <summary>Adds to a suspect what the bug report counts: the interfaces of the handles, and the objects of Java.</summary>
    private static void NoteReport(HandleSession session, IEnumerable<LeakEvidence> evidence, CancellationToken cancellationToken)
    {
        if (session.Evidence.Count == 0)
            return;
        JavaCounts java = new(session);
        foreach (LeakEvidence found in evidence.WithCancellation(cancellationToken))
        {
            if (Describe(found.Usage) is { } interfaces)
                found.AddRemark(interfaces);
            foreach (string remark in java.Describe(found.Usage))
                found.AddRemark(remark);
        }
    }

    /// <summary>Adds to a suspect what the bug report says about the same handles.</summary>
    private static void NoteIncidents(HandleSession session, Dictionary<HandleUsage, LeakEvidence> evidence, CancellationToken cancellationToken)
    {
        if (evidence.Count == 0 || session.Evidence.Count == 0)
            return;
        IncidentMatching matching = new(session);
        ILookup<HandleProcess, LeakEvidence> byOwner = evidence.Values.Where(found => found.Usage.Owner is not null).ToLookup(found => found.Usage.Owner!);
        ILookup<HandleProcess, LeakEvidence> byHolder = evidence.Values.Where(found => found.Usage.Holder is not null).ToLookup(found => found.Usage.Holder!);
        HashSet<LeakEvidence> noted = [];

        // A process that was killed says more than a warning, and the last time more than the first.
        foreach (IncidentRecord incident in IncidentCollector.Collect(session, cancellationToken).OrderBy(incident => incident.Kind).ThenByDescending(incident => incident.Time))
        {
            foreach (LeakEvidence found in matching.Find(incident, byOwner, byHolder, found => found.Usage).Where(noted.Add))
                found.AddRemark(VisibleText.Of($"The bug report agrees: {incident.Kind} of {incident.Subject}, {incident.Line.ShortSource}."));
        }
    }

    private static HandleLeakSuspect[] Rank(HandleSession last, Dictionary<HandleUsage, LeakEvidence>.ValueCollection evidence, CancellationToken cancellationToken)
    {
        if (evidence.Count == 0)
            return [];
        ReferenceSearch references = new(last, evidence.Select(found => found.Scope), cancellationToken);
        Dictionary<HandleSession, ReferenceSearch> earlier = evidence.Where(found => found.First is not null)
            .GroupBy(found => found.First!.Value.Session, found => found.First!.Value.Scope)
            .ToDictionary(group => group.Key, group => new ReferenceSearch(group.Key, group, cancellationToken));
        return [.. evidence
            .OrderByDescending(found => found.Grows ? 1 : 0, cancellationToken)
            .ThenByDescending(found => found.Score)
            .ThenByDescending(found => found.Usage.Handles)
            .ThenBy(found => found.Usage.HolderName, StringComparer.Ordinal)
            .ThenBy(found => found.Usage.OwnerName, StringComparer.Ordinal)
            .ToArray(cancellationToken)
            .Select((found, index) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                LazyReferences all = references[found.Scope];
                return new HandleLeakSuspect(index + 1, found, found.First is { } first ? all.Without(earlier[first.Session][first.Scope]) : all);
            })];
    }
}
