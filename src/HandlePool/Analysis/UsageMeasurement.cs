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
    private const int MostKept = 4096;

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
        InterfaceTally? interfaces = by == HandleUsageGrouping.Interface ? new InterfaceTally(session) : null;
        long all = 0;
        Dictionary<UsageKey, UsageCount> counts = [];

        // Those of one process, in a table that is small enough for the nearest caches.
        Dictionary<OwnerKey, UsageCount> owners = [];
        TableEntry[] entries = [];
        foreach (HandleProcess process in session.GetProcesses())
        {
            cancellationToken.ThrowIfCancellationRequested();
            HandleCountSource source = process.CountSource;
            if (source != HandleCountSource.State)
            {
                CountUnknown(process, source);
                continue;
            }

            ReadOnlySpan<TableEntry> references = process.Table.CopyTo(ref entries);
            all += references.Length;
            CountKnown(process, references);
        }

        if (interfaces is not null)
            return InOrder(interfaces.ToUsages(counts, all, cancellationToken), by, cancellationToken);
        return ToUsages(session, by, counts, all, cancellationToken);

        ref UsageCount Count(UsageKey key) => ref CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _);

        void CountKnown(HandleProcess process, ReadOnlySpan<TableEntry> references)
        {
            // Neighbors often have one key.
            UsageCount run = default;
            HandleNode? first = null, previous = null;
            uint starts = 0;
            for (int index = 0; index < references.Length; index++)
            {
                int place = index % OwnerRuns.MostAtOnce;
                if (place == 0)
                    starts = OwnerRuns.StartsOf(references.Slice(index, Math.Min(OwnerRuns.MostAtOnce, references.Length - index)), previous);
                ref readonly TableEntry reference = ref references[index];
                HandleNode node = previous = (HandleNode)reference.Node;
                bool isIncluded = include is null || include(process, node.Owner);
                interfaces?.Add(process, reference, isIncluded);
                if (!isIncluded)
                    continue;
                if (first is not null && (((starts >> place) & 1) != 0 || interfaces is not null))
                {
                    AddRun(process, first, run);
                    run = default;
                }

                if (run.Handles == 0)
                    first = node;
                run.Add(node, reference.Strong, reference.Weak);
            }

            if (first is not null)
                AddRun(process, first, run);
            foreach ((OwnerKey owner, UsageCount count) in owners)
                Count(new UsageKey(process.Context, process.FirstOpen, owner.Owner, owner.IsDead).For(by)).Add(count);

            // Clearing takes as long as the table is large.
            if (owners.Count > MostKept)
                owners = [];
            else
                owners.Clear();
        }

        void AddRun(HandleProcess process, HandleNode first, in UsageCount run)
        {
            if (interfaces is not null)
                Count(UsageKey.For(by, process, first)).Add(run);
            else
                CollectionsMarshal.GetValueRefOrAddDefault(owners, new OwnerKey(first.Owner?.FirstOpen, first.IsDead), out _).Add(run);
        }

        void CountUnknown(HandleProcess process, HandleCountSource source)
        {
            // A state that was cut off has some of the references.
            ReadOnlySpan<TableEntry> references = process.Table.CopyTo(ref entries);
            IReadOnlyList<HandleNode> listed = references.Length > 0 ? [] : process.ListedNodes;
            int known = references.Length + listed.Count;
            int handles = Math.Max(process.HandleCount, known);
            all += handles;
            CountKnown(process, references);
            foreach (HandleNode node in listed)
            {
                if (include is null || include(process, node.Owner))
                    Count(UsageKey.For(by, process, node)).Add(node);
            }

            if (source == HandleCountSource.Statistics && handles > known && (include is null || include(process, null)))
                Count(UsageKey.For(by, process, node: null)).Add(process.Statistic!, handles - known, references);
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
    internal void Add(HandleStatistic statistic, int handles, ReadOnlySpan<TableEntry> known)
    {
        Include(HandleCountSource.Statistics);
        Handles += handles;
        long strong = 0, weak = 0;
        foreach (ref readonly TableEntry reference in known)
            (strong, weak) = (strong + reference.Strong, weak + reference.Weak);
        Strong += Math.Max(0, (statistic.Strong ?? 0) - strong);
        Weak += Math.Max(0, (statistic.Weak ?? 0) - weak);
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
