using System.Globalization;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Joins pids with uids, and uids with packages, as the facts of a report tell them.</summary>
/// <remarks>
/// A list of processes is of one moment. The activity manager's records may be of a process that has exited, so that they count only for
/// pids that no list has. A pid of two uids in texts of the same kind has none.
/// </remarks>
internal sealed class EvidenceIdentities
{
    // Names of packages have up to 255 characters.
    private const int LongestName = 255;

    private readonly Dictionary<HashedId, HandleEvidence?> _listed = [];
    private readonly Dictionary<HashedId, HandleEvidence?> _recorded = [];
    private readonly Dictionary<HashedId, HashSet<string>> _packages = [];
    private readonly List<(HandleEvidence One, HandleEvidence Other)> _contradictions = [];

    internal EvidenceIdentities(IEnumerable<HandleEvidence> facts)
    {
        foreach (HandleEvidence fact in facts)
        {
            if (fact is { Kind: HandleEvidenceKind.Process, Pid: { } pid, Uid: not null })
                Add(fact.IsListed ? _listed : _recorded, pid, fact);
            else if (fact.Uid is { } uid)
                Array.ForEach(fact.Packages, name => AddPackage(uid, name));
        }
    }

    /// <summary>Returns the uid of a process; null if it is unknown or not unique.</summary>
    internal int? UidOf(int pid) => Find(pid)?.Uid;

    /// <summary>Returns the line that tells the uid of a process; null if it is unknown or not unique.</summary>
    internal HandleEvidence? Find(int pid) => _listed.TryGetValue(pid, out HandleEvidence? listed) ? listed : _recorded.GetValueOrDefault(pid);

    /// <summary>Returns the package of a process: that after which it is named, or the only one of its uid; null if there is none such.</summary>
    internal string? PackageOf(int uid, string? process)
    {
        if (!_packages.TryGetValue(AndroidUid.WithoutUser(uid), out HashSet<string>? packages))
            return null;

        // A process may have the package's name, or one that goes on after a colon or a dot.
        for (string? name = process?.Split(':')[0]; name is { Length: > 0 and <= LongestName }; name = name[..Math.Max(0, name.LastIndexOf('.'))])
        {
            if (packages.Contains(name))
                return name;
        }

        return packages.Count == 1 ? packages.First() : null;
    }

    /// <summary>Returns where a report first says that a process has two uids, and the message; null if it does not.</summary>
    internal (HandleEvidence Where, string Message)? FindContradiction() => _contradictions.Count == 0 ? null
        : (_contradictions[0].Other, string.Create(CultureInfo.InvariantCulture,
            $"The report gives {Phrase.Count(_contradictions.Count, "process", "processes")} several uids, so that their uids are unknown: pid {_contradictions[0].One.Pid} has uid {_contradictions[0].Other.Uid} here, and {_contradictions[0].One.Uid} in line {_contradictions[0].One.Line}."));

    private void Add(Dictionary<HashedId, HandleEvidence?> uids, int pid, HandleEvidence fact)
    {
        if (uids.TryAdd(pid, fact) || uids[pid] is not { } known || known.Uid == fact.Uid)
            return;

        // Records of exited processes are there beside those of running ones.
        if (fact.IsListed)
            _contradictions.Add((known, fact));
        uids[pid] = null;
    }

    private void AddPackage(int uid, string package)
    {
        // A package is the same for each user.
        if (!_packages.TryGetValue(AndroidUid.WithoutUser(uid), out HashSet<string>? packages))
            _packages.Add(AndroidUid.WithoutUser(uid), packages = []);
        packages.Add(package);
    }
}
