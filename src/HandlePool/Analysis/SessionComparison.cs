using System.Runtime.InteropServices;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>What changed between two sessions of the same device.</summary>
/// <remarks>
/// A reference is the same if its holder, its owner and its node's id are: the driver gives ids once in a boot. Processes are the
/// same by pid and name; by pid alone where a name is not known; by a name that is unique on both sides where the pid is another.
/// </remarks>
public sealed class SessionComparison
{
    private const int ShownReuses = 5;

    private SessionComparison(IReadOnlyList<HandleUsageChange> changes, IReadOnlyList<string> notes)
    {
        Changes = changes;
        Notes = notes;
    }

    /// <summary>The changes, the largest growth first. Pairs and processes of which nothing came or went are among them.</summary>
    public IReadOnlyList<HandleUsageChange> Changes { get; }

    /// <summary>What to know about the comparison: reused pids, processes that only their pid tells, another boot.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Compares two sessions. O(handles of both).</summary>
    /// <param name="before">The earlier one.</param>
    /// <param name="after">The later one.</param>
    /// <param name="by">By what is counted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static SessionComparison Compare(HandleSession before, HandleSession after, HandleUsageGrouping by = HandleUsageGrouping.Pair,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ProcessMatching matching = new(before, after);
        Dictionary<UsageKey, UsageDifference> differences = [];
        int sameIds = 0;
        int otherOwners = 0;

        Dictionary<HashedId, HandleReference> earlier = [];
        foreach (HandleProcess holder in after.GetProcesses())
        {
            cancellationToken.ThrowIfCancellationRequested();
            earlier.Clear();
            foreach (HandleReference reference in matching.Other(holder)?.GetReferences() ?? [])
                earlier.Add(reference.Node.Id, reference);

            foreach (HandleReference reference in holder.GetReferences())
            {
                UsageKey key = UsageKey.For(by, reference);
                bool isKept = false;
                if (earlier.Remove(reference.Node.Id, out HandleReference? was))
                {
                    UsageKey earlierKey = KeyOfEarlier(by, was, matching);
                    bool isOtherNode = IsOtherNode(was, reference, matching);
                    sameIds++;
                    if (isOtherNode)
                        otherOwners++;
                    isKept = earlierKey == key && !isOtherNode;
                    if (isKept)
                        Count(key).Kept++;
                    else
                        Count(earlierKey).Removed++;
                }

                if (!isKept)
                    Count(key).Added++;
            }

            foreach (HandleReference reference in earlier.Values)
                Count(KeyOfEarlier(by, reference, matching)).Removed++;
        }

        foreach (HandleProcess holder in before.GetProcesses())
        {
            if (matching.Other(holder) is null)
            {
                foreach (HandleReference reference in holder.GetReferences())
                    Count(KeyOfEarlier(by, reference, matching)).Removed++;
            }
        }

        return new SessionComparison(
            [.. differences.Select(each => Change(by, each.Key, each.Value, matching))
                .OrderByDescending(change => change.Net)
                .ThenByDescending(change => change.Added)
                .ThenBy(change => change.HolderName, StringComparer.OrdinalIgnoreCase)
                .ThenBy(change => change.OwnerName, StringComparer.OrdinalIgnoreCase)
                .ThenBy(change => change.Context, StringComparer.Ordinal)
                .ThenBy(change => change.Holder?.Id)
                .ThenBy(change => change.Owner?.Id)],
            [.. Notice(matching, before, after, isOtherBoot: sameIds >= 10 && otherOwners > sameIds / 2)]);

        ref UsageDifference Count(UsageKey key) => ref CollectionsMarshal.GetValueRefOrAddDefault(differences, key, out _);
    }

    /// <summary>Whether two nodes of one id are different ones, as they belong to different processes. An owner that died tells nothing.</summary>
    private static bool IsOtherNode(HandleReference was, HandleReference @is, ProcessMatching matching) =>
        !was.IsDead && !@is.IsDead && was.Owner is not null && @is.Owner is not null && matching.Other(was.Owner) != @is.Owner;

    /// <summary>What an earlier reference is counted by, with the processes of the later session where they are in both.</summary>
    private static UsageKey KeyOfEarlier(HandleUsageGrouping by, HandleReference reference, ProcessMatching matching)
    {
        UsageKey key = UsageKey.For(by, reference);
        return key with { Holder = matching.Other(key.Holder) ?? key.Holder, Owner = matching.Other(key.Owner) ?? key.Owner };
    }

    private static HandleUsageChange Change(HandleUsageGrouping by, in UsageKey key, in UsageDifference difference, ProcessMatching matching)
    {
        List<string> notes = [];
        HandleProcessMatch matchedBy = HandleProcessMatch.PidAndName;
        foreach (HandleProcess? process in (HandleProcess?[])[key.Holder, key.Owner])
        {
            if (process is null)
                continue;
            HandleProcessMatch match = matching.MatchedBy(process);
            if (match > matchedBy)
                matchedBy = match;
            if (match == HandleProcessMatch.Name)
                notes.Add($"{process} was started again: pid {matching.Other(process)!.Id}, now {process.Id}");
            else if (match == HandleProcessMatch.None && matching.ReusedPids.Any(reused => reused.Before == process || reused.After == process))
                notes.Add($"pid {process.Id} was reused");
        }

        return new HandleUsageChange(by, key, difference, matchedBy, notes.Count == 0 ? null : string.Join("; ", notes));
    }

    private static IEnumerable<string> Notice(ProcessMatching matching, HandleSession before, HandleSession after, bool isOtherBoot)
    {
        if (before.Time is { } earlier && after.Time is { } later && later < earlier)
            yield return $"'{after}' was taken before '{before}': what is said to be added was removed.";
        if (isOtherBoot)
        {
            yield return $"'{before}' and '{after}' look as if they were of different boots: most of the node ids that both have belong to "
                + "other processes. Counts can be compared, what was kept cannot.";
        }

        foreach ((HandleProcess was, HandleProcess @is) in matching.ReusedPids.Take(ShownReuses))
            yield return $"Pid {was.Id} ({VisibleText.Name(was.Context)}) was '{was}' and is '{@is}' now: the pid was reused, and they are taken for different processes.";
        if (matching.ReusedPids.Count > ShownReuses)
            yield return $"{matching.ReusedPids.Count - ShownReuses} more pids were reused.";

        int unnamed = after.GetProcesses().Count(process => matching.MatchedBy(process) == HandleProcessMatch.Pid);
        if (unnamed > 0)
        {
            yield return $"{unnamed} {(unnamed == 1 ? "process is" : "processes are")} known by pid alone: if a pid was reused in between, it does not show. "
                + "Names can be given at the import (-ProcessName).";
        }
    }
}
