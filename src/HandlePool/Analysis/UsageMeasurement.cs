using System.Runtime.InteropServices;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Counts handles by holder and owner. Static and thread-safe.</summary>
/// <remarks>
/// Processes whose references are unknown are counted by the lists of holders after nodes, and by the driver's statistics for what these
/// do not list; see <see cref="HandleProcess.CountSource"/>. <see cref="HandleUsage.Source"/> tells it of each count.
/// </remarks>
public static class UsageMeasurement
{
    /// <summary>Counts the handles of all living processes of a session. O(handles).</summary>
    /// <remarks>
    /// The table of each process is counted as a snapshot. By interface, as many handles are counted under each as are of it at least, and
    /// all others under none.
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="by">The grouping; pairs by default.</param>
    /// <param name="include">
    /// Returns whether the handles of a holder to nodes of an owner, which is null if it is unknown, are counted; all are by default.
    /// Shares are always of all handles of the session.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The counts, the most handles first, then by name. Processes without handles are left out.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static IReadOnlyList<HandleUsage> Measure(HandleSession session, HandleUsageGrouping by = HandleUsageGrouping.Pair,
        Func<HandleProcess, HandleProcess?, bool>? include = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        return MeasureAll(session, by, include, out _, cancellationToken);
    }

    /// <summary>Counts the pairs, as <see cref="Measure"/> does.</summary>
    /// <param name="session">The session.</param>
    /// <param name="known">The sums over the known references.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal static IReadOnlyList<HandleUsage> MeasurePairs(HandleSession session, out KnownReferences known, CancellationToken cancellationToken) =>
        MeasureAll(session, HandleUsageGrouping.Pair, include: null, out known, cancellationToken);

    private static HandleUsage[] MeasureAll(HandleSession session, HandleUsageGrouping by, Func<HandleProcess, HandleProcess?, bool>? include,
        out KnownReferences sums, CancellationToken cancellationToken)
    {
        InterfaceTally? interfaces = by == HandleUsageGrouping.Interface ? new InterfaceTally(session) : null;
        long all = 0;
        KnownReferences known = default;
        Dictionary<UsageKey, UsageCount> counts = [];
        HandleProcess[] processes = session.GetProcesses();

        // By interface, each reference is looked at by itself.
        TableEntry[] entries = [];
        (OwnerKey Owner, UsageCount Count)[][] byOwner = interfaces is not null ? [] : TableSweep.Read(processes, static areLocked => new OwnerCounter(areLocked),
            static (counter, process) => counter.Count(process), cancellationToken);
        for (int index = 0; index < processes.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            HandleProcess process = processes[index];
            HandleCountSource source = process.CountSource;
            UsageCount references = interfaces is null ? AddOwners(process, byOwner[index]) : AddReferences(process, interfaces);
            all += source == HandleCountSource.State ? references.Handles : AddUnknown(process, source, references);
        }

        sums = known;
        return interfaces is not null ? InOrder(interfaces.ToUsages(counts, all, cancellationToken), by, cancellationToken) : ToUsages(session, by, counts, all, cancellationToken);

        ref UsageCount Count(UsageKey key) => ref CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _);

        UsageCount AddOwners(HandleProcess process, (OwnerKey Owner, UsageCount Count)[] owners)
        {
            UsageCount total = default;
            foreach ((OwnerKey owner, UsageCount count) in owners)
            {
                total.Add(count);
                known.Add(owner, count);
                if (include is null || include(process, owner.Owner))
                    Count(new UsageKey(process.Context, process.FirstOpen, owner.Owner?.FirstOpen, owner.IsDead).For(by)).Add(count);
            }

            return total;
        }

        UsageCount AddReferences(HandleProcess process, InterfaceTally tally)
        {
            UsageCount total = default;
            foreach (ref readonly TableEntry reference in process.Table.CopyTo(ref entries))
            {
                HandleNode node = (HandleNode)reference.Node;
                bool isIncluded = include is null || include(process, node.Owner);
                tally.Add(process, reference, isIncluded);
                if (isIncluded)
                    Count(UsageKey.For(by, process, node)).Add(node, reference.Strong, reference.Weak);
                total.Add(node, reference.Strong, reference.Weak);
            }

            return total;
        }

        int AddUnknown(HandleProcess process, HandleCountSource source, in UsageCount references)
        {
            // A state that was cut off has some of the references.
            IReadOnlyList<HandleNode> listed = references.Handles > 0 ? [] : process.ListedNodes;
            int shown = references.Handles + listed.Count;
            int handles = Math.Max(process.HandleCount, shown);
            foreach (HandleNode node in listed)
            {
                if (include is null || include(process, node.Owner))
                    Count(UsageKey.For(by, process, node)).Add(node);
            }

            if (source == HandleCountSource.Statistics && handles > shown && (include is null || include(process, null)))
                Count(UsageKey.For(by, process, node: null)).Add(process.Statistic!, handles - shown, references);
            return handles;
        }
    }

    /// <summary>Returns the sums of all pairs of a session, as <see cref="Measure"/> would count them at the same moment. O(pairs).</summary>
    /// <param name="pairs">The pairs, all of them.</param>
    /// <param name="by">The grouping.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal static IReadOnlyList<HandleUsage> Sum(IReadOnlyList<HandleUsage> pairs, HandleUsageGrouping by, CancellationToken cancellationToken)
    {
        Dictionary<UsageKey, UsageCount> counts = [];
        foreach (HandleUsage pair in pairs.WithCancellation(cancellationToken))
            CollectionsMarshal.GetValueRefOrAddDefault(counts, pair.Key.For(by), out _).Add(pair.Count);
        long all = pairs.Sum(pair => (long)pair.Handles);
        return pairs.Count == 0 ? [] : ToUsages(pairs[0].Session, by, counts, all, cancellationToken);
    }

    private static HandleUsage[] ToUsages(HandleSession session, HandleUsageGrouping by, Dictionary<UsageKey, UsageCount> counts, long all, CancellationToken cancellationToken)
    {
        AndroidCounts? android = by == HandleUsageGrouping.Uid ? new AndroidCounts(session) : null;
        JavaCounts? java = by == HandleUsageGrouping.Holder ? new JavaCounts(session) : null;
        return InOrder(counts.Select(each => new HandleUsage(session, by, each.Key, each.Value, all, android?.Find(each.Key),
            javaProxies: java?.Find(HandleEvidenceKind.ProxyBinders, each.Key.Holder)?.Count)), by, cancellationToken);
    }

    private static HandleUsage[] InOrder(IEnumerable<HandleUsage> usages, HandleUsageGrouping by, CancellationToken cancellationToken) =>
        UsageOrder.Sort(usages, by, static usage => usage.Key, static usage => (usage.Handles, 0), cancellationToken);
}

/// <summary>Counts references and their properties.</summary>
internal struct UsageCount
{
    internal HandleCountSource Source;
    internal int Handles;
    internal int Dead;
    internal int WeakOnly;
    internal int SingleHolder;
    internal long Strong;
    internal long Weak;

    internal void Add(HandleNode node, int strong, int weak)
    {
        Handles++;
        if (node.IsDead)
            Dead++;
        if (strong == 0)
            WeakOnly++;
        if (node.HolderCount == 1)
            SingleHolder++;
        Strong += strong;
        Weak += weak;
    }

    /// <summary>Adds a node that lists the holder.</summary>
    internal void Add(HandleNode node)
    {
        Include(HandleCountSource.HolderList);
        Handles++;
        if (node.IsDead)
            Dead++;
        if (node.HolderCount == 1)
            SingleHolder++;
    }

    /// <summary>Adds the handles of a process to unknown nodes: those of the statistics without the known references.</summary>
    internal void Add(HandleStatistic statistic, int handles, in UsageCount known)
    {
        Include(HandleCountSource.Statistics);
        Handles += handles;
        Strong += Math.Max(0, (statistic.Strong ?? 0) - known.Strong);
        Weak += Math.Max(0, (statistic.Weak ?? 0) - known.Weak);
    }

    /// <summary>Adds the counts of a part.</summary>
    internal void Add(in UsageCount part)
    {
        Include(part.Source);
        Handles += part.Handles;
        Dead += part.Dead;
        WeakOnly += part.WeakOnly;
        SingleHolder += part.SingleHolder;
        Strong += part.Strong;
        Weak += part.Weak;
    }

    private void Include(HandleCountSource source) => Source = source > Source ? source : Source;
}

/// <summary>Sums up the references in the tables of a session.</summary>
internal struct KnownReferences
{
    /// <summary>The number of those to dead nodes.</summary>
    internal long Dead;

    /// <summary>The number of those to living nodes of unknown owners.</summary>
    internal long Unowned;

    internal void Add(in OwnerKey owner, in UsageCount count)
    {
        if (owner.IsDead)
            Dead += count.Handles;
        else if (owner.Owner is null)
            Unowned += count.Handles;
    }
}
