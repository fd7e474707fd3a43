using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents the changes between two sessions of the same device. Immutable.</summary>
/// <remarks>
/// A reference is the same if its holder, its owner and the id of its node are: the driver uses each id once per boot. Processes are
/// matched by pid and name; by pid alone if a name is missing; by name if it is unique on both sides and the pid differs. An owner that
/// only one of the sessions tells counts in both. After a reboot no reference is the same, and processes match by unique names only.
/// </remarks>
public sealed class SessionComparison
{
    private const int ShownReuses = 5;

    private SessionComparison(IReadOnlyList<HandleUsageChange> changes, ProcessMatching matching, IReadOnlyList<string> notes)
    {
        Changes = changes;
        IsSameBoot = matching.Reboot is null;
        IsRelated = matching.Unrelated is null;
        Notes = notes;
    }

    /// <summary>Gets the changes, the largest growth first, with those that are zero.</summary>
    public IReadOnlyList<HandleUsageChange> Changes { get; }

    /// <summary>Gets whether the sessions may be of the same boot. If not, nothing is kept.</summary>
    /// <remarks>They are of different boots if a living node has another owner, or if most nodes are new and yet have lower ids than
    /// earlier ones: the driver numbers nodes in ascending order, once per boot. So they are if five processes or more are in both, and
    /// none of their nodes is.</remarks>
    public bool IsSameBoot { get; }

    /// <summary>Gets whether the sessions may be of one device: at least a quarter of the processes of the smaller one are in both, by
    /// name, or by pid without a name, and the bug reports that they are from name the same device.</summary>
    public bool IsRelated { get; }

    /// <summary>Gets remarks about the comparison: sessions that were cut off or are of some processes only, reused pids, processes matched by pid alone,
    /// another boot.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Compares two sessions. O(handles of both).</summary>
    /// <param name="before">The earlier session.</param>
    /// <param name="after">The later session.</param>
    /// <param name="by">The grouping; pairs by default.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static SessionComparison Compare(HandleSession before, HandleSession after, HandleUsageGrouping by = HandleUsageGrouping.Pair,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return Compare(new ProcessMatching(before, after, cancellationToken), by, cancellationToken);
    }

    /// <summary>Compares the sessions whose processes have been matched.</summary>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static SessionComparison Compare(ProcessMatching matching, HandleUsageGrouping by, CancellationToken cancellationToken)
    {
        (HandleSession before, HandleSession after) = (matching.Sessions[0], matching.Sessions[1]);
        ComparedHolder[] holders =
        [
            .. after.GetProcesses().WithCancellation(cancellationToken).Select(holder => new ComparedHolder(matching.Other(holder), holder)),
            .. before.GetProcesses().WithCancellation(cancellationToken).Where(holder => matching.Other(holder) is null).Select(holder => new ComparedHolder(holder, null)),
        ];
        ComparedNodes[][] nodes = TableSweep.Read(holders, holders.SelectMany(holder => new[] { holder.Earlier, holder.Later }).OfType<HandleProcess>(),
            areLocked => new NodeComparer(by, areLocked), static (comparer, holder) => holder.IsCounted ? [] : comparer.Compare(holder), cancellationToken);
        DifferenceCounter counter = new(by, matching);
        for (int index = 0; index < holders.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (holders[index].IsCounted)
                counter.AddCounts(holders[index].Earlier, holders[index].Later);
            else
                counter.AddNodes(holders[index], nodes[index]);
        }

        return new SessionComparison(
            UsageOrder.Sort(counter.Differences.Select(each => Change(by, each.Key, each.Value, matching)), by,
                static change => change.Key, static change => (change.Net, change.Added), cancellationToken),
            matching, [.. Notice(matching, before, after, cancellationToken)]);
    }

    /// <summary>Returns whether only the number of a process's handles is known, so that its nodes cannot be compared.</summary>
    private static bool IsCounted(HandleProcess? holder) => holder is { CountSource: HandleCountSource.Statistics };

    private static HandleUsageChange Change(
        HandleUsageGrouping by, in UsageKey key, in UsageDifference difference, ProcessMatching matching)
    {
        (HandleProcessMatch ofHolder, string? onHolder) = Describe(key.Holder, matching);
        (HandleProcessMatch ofOwner, string? onOwner) = Describe(key.Owner, matching);
        return new HandleUsageChange(by, key, difference, ofHolder > ofOwner ? ofHolder : ofOwner,
            onHolder is null || onOwner is null ? onHolder ?? onOwner : $"{onHolder}; {onOwner}")
        {
            Series = matching.Sessions,
        };
    }

    /// <summary>Returns how a process was matched, and a remark on it; null if there is nothing to say.</summary>
    private static (HandleProcessMatch Match, string? Note) Describe(HandleProcess? process, ProcessMatching matching)
    {
        if (process is null)
            return (HandleProcessMatch.PidAndName, null);
        HandleProcessMatch match = matching.MatchedBy(process);
        return (match, match switch
        {
            HandleProcessMatch.Name when matching.Reboot is null => $"{process} was restarted: pid {matching.Other(process)!.Id}, now {process.Id}",
            HandleProcessMatch.None when matching.HasReusedPid(process) => $"pid {process.Id} was reused",
            _ => null,
        });
    }

    private static IEnumerable<string> Notice(ProcessMatching matching, HandleSession before, HandleSession after, CancellationToken cancellationToken)
    {
        if (before.Time is { } earlier && after.Time is { } later && later < earlier)
            yield return $"'{after}' is older than '{before}', so added and removed are swapped. Swap the sessions.";
        HandleSession[] cut = Array.FindAll([before, after], session => IncompleteState.IsIncomplete(session, cancellationToken));
        if (cut.Length > 0)
        {
            yield return $"{string.Join(" and ", cut.Select(session => $"'{session}'"))} {(cut.Length == 1 ? "is" : "are")} cut off: processes and "
                + "handles are missing, so some counts as added or removed and some owners as unknown for that reason alone. Take the dump again.";
        }

        if (IncompleteState.PartsAmong([before, after], cancellationToken) is [{ } part])
        {
            yield return $"'{part}' does not show all processes: handles that it does not show count as added or removed for that reason alone. "
                + "Compare it with one that shows the same processes.";
        }

        if (matching.Unrelated is { } unrelated)
            yield return $"'{before}' and '{after}' {unrelated}";
        if (matching.Reboot is { } reboot)
        {
            yield return $"'{before}' and '{after}' are of different boots: {reboot}. Compare the counts only: no node of one is in the "
                + "other.";
        }

        foreach ((HandleProcess was, HandleProcess @is) in matching.ReusedPids.Take(ShownReuses))
            yield return $"Pid {was.Id} ({VisibleText.Name(was.Context)}) was '{was}' and is now '{@is}': these are different processes.";
        if (matching.ReusedPids.Count > ShownReuses)
            yield return $"{matching.ReusedPids.Count - ShownReuses} more pids were reused.";

        int counted = after.GetProcesses().WithCancellation(cancellationToken).Count(process => IsCounted(process) || IsCounted(matching.Other(process)));
        if (counted > 0)
        {
            yield return $"{Phrase.Count(counted, "process is", "processes are")} compared by the number of handles in the driver's statistics, "
                + "which do not tell nodes and owners.";
        }

        int unnamed = after.GetProcesses().WithCancellation(cancellationToken).Count(process => matching.MatchedBy(process) == HandleProcessMatch.Pid);
        if (unnamed > 0)
        {
            yield return $"{unnamed} {(unnamed == 1 ? "process is" : "processes are")} matched by pid alone, so a pid reused in between "
                + "goes unnoticed. Import the dumps with the names of their processes.";
        }
    }
}
