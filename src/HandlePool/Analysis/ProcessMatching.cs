namespace HandlePool.Analysis;

/// <summary>Which process of a later session is which of an earlier one.</summary>
/// <remarks>
/// Pids are reused, so that the same pid with another name is another process; and processes start again, so that a name that is
/// alone on both sides is the same program under another pid.
/// </remarks>
internal sealed class ProcessMatching
{
    private readonly Dictionary<HandleProcess, (HandleProcess Other, HandleProcessMatch By)> _matches = [];
    private readonly List<(HandleProcess Before, HandleProcess After)> _reusedPids = [];

    internal ProcessMatching(HandleSession before, HandleSession after)
    {
        HandleProcess[] earlier = before.GetProcesses();
        HandleProcess[] later = after.GetProcesses();
        Dictionary<(int, string), HandleProcess> byPid = earlier.ToDictionary(process => (process.Id, process.Context));
        foreach (HandleProcess process in later)
        {
            if (!byPid.TryGetValue((process.Id, process.Context), out HandleProcess? candidate))
                continue;
            if (process.Name is null || candidate.Name is null)
                Match(candidate, process, HandleProcessMatch.Pid);
            else if (process.Name == candidate.Name)
                Match(candidate, process, HandleProcessMatch.PidAndName);
            else
                _reusedPids.Add((candidate, process));
        }

        Dictionary<(string, string), HandleProcess> byName = SinglesByName(earlier);
        foreach (((string, string) name, HandleProcess process) in SinglesByName(later))
        {
            if (byName.TryGetValue(name, out HandleProcess? candidate))
                Match(candidate, process, HandleProcessMatch.Name);
        }
    }

    /// <summary>Pids that stand for one program before and for another after.</summary>
    internal IReadOnlyList<(HandleProcess Before, HandleProcess After)> ReusedPids => _reusedPids;

    /// <summary>The process in the other session, from either side; null if it is in one only.</summary>
    internal HandleProcess? Other(HandleProcess? process) =>
        process is not null && _matches.TryGetValue(process, out (HandleProcess Other, HandleProcessMatch) match) ? match.Other : null;

    internal HandleProcessMatch MatchedBy(HandleProcess process) =>
        _matches.TryGetValue(process, out (HandleProcess, HandleProcessMatch By) match) ? match.By : HandleProcessMatch.None;

    private void Match(HandleProcess before, HandleProcess after, HandleProcessMatch by)
    {
        // Set, not added: both are the same process where a session is compared with itself.
        _matches[before] = (after, by);
        _matches[after] = (before, by);
    }

    /// <summary>The unmatched processes whose name no other unmatched one of their context has.</summary>
    private Dictionary<(string, string), HandleProcess> SinglesByName(HandleProcess[] processes) =>
        processes.Where(process => process.Name is not null && !_matches.ContainsKey(process))
            .GroupBy(process => (process.Context, process.Name!))
            .Where(group => group.Count() == 1)
            .ToDictionary(group => group.Key, group => group.Single());
}
