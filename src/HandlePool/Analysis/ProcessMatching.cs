using System.Runtime.InteropServices;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Matches the processes of an earlier and a later session.</summary>
/// <remarks>
/// Pids are reused: the same pid with another name is another process. Processes restart: a name that is unique on both sides is
/// the same program under another pid. After a reboot every process is another one, so only unique names match. One whose pid
/// and name are unknown matches none.
/// </remarks>
internal sealed class ProcessMatching
{
    private readonly Dictionary<HandleProcess, (HandleProcess Other, HandleProcessMatch By)> _matches = [];
    private readonly List<(HandleProcess Before, HandleProcess After)> _reusedPids = [];
    private readonly HashSet<HandleProcess> _reused = [];
    private readonly Dictionary<HandleProcess, bool> _haveBegunAgain = [];
    private readonly CancellationToken _cancellationToken;

    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal ProcessMatching(HandleSession before, HandleSession after, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        Sessions = [before, after];
        HandleProcess[] earlier = before.GetProcesses();
        HandleProcess[] later = after.GetProcesses();
        Unrelated = WhyUnrelated(before, after, cancellationToken);
        Reboot = BootEvidence.Of(before, after, cancellationToken);
        if (Reboot is null)
        {
            MatchByPid(earlier, later);
            MatchExited(before, after);
        }

        Dictionary<(string, string), HandleProcess> byName = SinglesByName(earlier);
        foreach (((string, string) name, HandleProcess process) in SinglesByName(later).WithCancellation(_cancellationToken))
        {
            if (byName.TryGetValue(name, out HandleProcess? candidate))
                Match(candidate, process, HandleProcessMatch.Name);
        }
    }

    /// <summary>Gets the earlier and the later session.</summary>
    internal IReadOnlyList<HandleSession> Sessions { get; }

    /// <summary>Gets the evidence that the device was rebooted in between, as a clause; null if there is none.</summary>
    internal string? Reboot { get; }

    /// <summary>Gets why the sessions are not of one device, as the end of a sentence about both; null if they may be.</summary>
    internal string? Unrelated { get; }

    /// <summary>Returns whether the other session has the pid of this process with another name.</summary>
    internal bool HasReusedPid(HandleProcess process) => _reused.Contains(process);

    /// <summary>Gets the processes that have the same pid but different names.</summary>
    internal IReadOnlyList<(HandleProcess Before, HandleProcess After)> ReusedPids => _reusedPids;

    /// <summary>Returns the same as <see cref="Unrelated"/> without matching processes: the bug reports name different devices, or too few
    /// processes are in common.</summary>
    internal static string? WhyUnrelated(HandleSession one, HandleSession other, CancellationToken cancellationToken)
    {
        if (DeviceOf(one) is { } device && DeviceOf(other) is { } second && device != second)
            return $"are of different devices, '{VisibleText.Of(device)}' and '{VisibleText.Of(second)}'.";
        return AreRelated(one.GetProcesses(), other.GetProcesses(), cancellationToken) ? null : "have few processes in common, so they are not of one device.";
    }

    /// <summary>Returns the brand and the device in a build fingerprint, which stay when the device is updated; null if they are not known.</summary>
    private static string? DeviceOf(HandleSession session) =>
        session.Sources.FirstOrDefault(source => source.Build is not null)?.Build!.Split(':') is [{ } product, _, ..] && product.Split('/') is [{ } brand, _, { } device]
            ? $"{brand}/{device}"
            : null;

    /// <summary>Returns the process in the other session, from either side; null if it is in one only.</summary>
    internal HandleProcess? Other(HandleProcess? process) =>
        process is not null && _matches.TryGetValue(process, out (HandleProcess Other, HandleProcessMatch) match) ? match.Other : null;

    /// <summary>Returns the key of the same processes in the earlier session; null if one of them is in the later one only.</summary>
    internal UsageKey? Earlier(UsageKey key)
    {
        HandleProcess? holder = Other(key.Holder);
        HandleProcess? owner = Other(key.Owner);
        return (holder is null && key.Holder is not null) || (owner is null && key.Owner is not null)
            ? null
            : key with { Holder = holder, Owner = owner };
    }

    internal HandleProcessMatch MatchedBy(HandleProcess process) =>
        _matches.TryGetValue(process, out (HandleProcess, HandleProcessMatch By) match) ? match.By : HandleProcessMatch.None;

    /// <summary>Returns whether a process is the same running one in the other session: neither restarted nor of another boot.</summary>
    internal bool IsSameRun(HandleProcess process) =>
        MatchedBy(process) is HandleProcessMatch.PidAndName or HandleProcessMatch.Pid;

    /// <summary>Returns whether the commands of a process of the later session are counted from the beginning again, so that its pid was of another process before.</summary>
    /// <remarks>Statistics have no names, so that a reused pid shows in nothing else. Not thread-safe.</remarks>
    internal bool HasBegunAgain(HandleProcess process)
    {
        // It is asked for each pair of the process.
        if (!_haveBegunAgain.TryGetValue(process, out bool hasBegunAgain))
            _haveBegunAgain.Add(process, hasBegunAgain = Other(process) is { } before && HasBegunAgain(before, process));
        return hasBegunAgain;
    }

    /// <summary>Returns whether no command was counted more often than before, and one less often. The driver counts from when a process opens the device.</summary>
    private static bool HasBegunAgain(HandleProcess before, HandleProcess after)
    {
        if (before.Statistic is not { Source: HandleCountSource.Statistics } earlier || after.Statistic is not { Source: HandleCountSource.Statistics } later)
            return false;
        bool isLess = false;
        foreach ((string name, long count) in earlier.Counters)
        {
            // One that is 0 is not printed. One that has overflowed is less, and the others are not.
            long now = later.Counters.CountOf(name);
            if (now > count)
                return false;
            isLess |= now < count;
        }

        return isLess && later.Counters.Count > 0;
    }

    /// <summary>Returns whether a quarter of the processes of the smaller list are in the other: by name, or by pid without one.</summary>
    private static bool AreRelated(HandleProcess[] earlier, HandleProcess[] later, CancellationToken cancellationToken)
    {
        (HandleProcess[] few, HandleProcess[] many) = earlier.Length < later.Length ? (earlier, later) : (later, earlier);
        HashSet<(string, string)> names = [.. many.WithCancellation(cancellationToken).Where(process => process.Name is not null).Select(process => (process.Context, process.Name!))];
        Dictionary<(string, int), bool> isNamedByPid = [];
        foreach (HandleProcess process in many.WithCancellation(cancellationToken).Where(process => !process.IsUnidentified))
            isNamedByPid[(process.Context, process.Id)] = process.Name is not null;
        int common = few.WithCancellation(cancellationToken).Count(process =>
            (process.Name is { } name && names.Contains((process.Context, name)))
            || (isNamedByPid.TryGetValue((process.Context, process.Id), out bool isNamed) && (process.Name is null || !isNamed)));
        return 4 * common >= few.Length;
    }

    private void MatchByPid(HandleProcess[] earlier, HandleProcess[] later)
    {
        Dictionary<(int, string, int), HandleProcess> byPid = earlier.WithCancellation(_cancellationToken).ToDictionary(process => (process.Id, process.Context, process.OpenNumber));
        foreach (HandleProcess process in later.WithCancellation(_cancellationToken))
        {
            if (process.IsUnidentified || !byPid.TryGetValue((process.Id, process.Context, process.OpenNumber), out HandleProcess? candidate)
                || candidate.IsUnidentified)
                continue;
            if (process.Name is null || candidate.Name is null)
                Match(candidate, process, HandleProcessMatch.Pid);
            else if (process.Name == candidate.Name)
                Match(candidate, process, HandleProcessMatch.PidAndName);
            else
                AddReused(candidate, process);
        }
    }

    /// <summary>Matches the processes that have exited on both sides, which still own the nodes that others hold.</summary>
    /// <remarks>The exits of one pid are in the same order on both sides, as a session keeps them all.</remarks>
    private void MatchExited(HandleSession before, HandleSession after)
    {
        Dictionary<(int, string, int, int), HandleProcess> exited = [];
        foreach (((int, string, int, int) key, HandleProcess process) in Exits(before))
            exited[key] = process;
        foreach (((int, string, int, int) key, HandleProcess process) in Exits(after))
        {
            if (exited.TryGetValue(key, out HandleProcess? candidate) && candidate.Name == process.Name)
                Match(candidate, process, process.Name is null ? HandleProcessMatch.Pid : HandleProcessMatch.PidAndName);
        }

        IEnumerable<((int, string, int, int), HandleProcess)> Exits(HandleSession session)
        {
            Dictionary<(int, string, int), int> counts = [];
            foreach (HandleProcess process in session.GetProcesses(includeDead: true).WithCancellation(_cancellationToken))
            {
                if (!process.IsDead || process.IsUnidentified)
                    continue;
                int number = ++CollectionsMarshal.GetValueRefOrAddDefault(counts, (process.Id, process.Context, process.OpenNumber), out _);
                yield return ((process.Id, process.Context, process.OpenNumber, number), process);
            }
        }
    }

    private void AddReused(HandleProcess before, HandleProcess after)
    {
        _reusedPids.Add((before, after));
        _reused.Add(before);
        _reused.Add(after);
    }

    private void Match(HandleProcess before, HandleProcess after, HandleProcessMatch by)
    {
        // Not Add: if a session is compared with itself, both are the same process.
        _matches[before] = (after, by);
        _matches[after] = (before, by);
    }

    /// <summary>Returns the unmatched processes whose names are unique among the unmatched ones of their context.</summary>
    private Dictionary<(string, string), HandleProcess> SinglesByName(HandleProcess[] processes) =>
        processes.WithCancellation(_cancellationToken).Where(process => process.Name is not null && !_matches.ContainsKey(process))
            .GroupBy(process => (process.Context, process.Name!))
            .WithCancellation(_cancellationToken)
            .Where(group => group.Count() == 1)
            .ToDictionary(group => group.Key, group => group.Single());
}
