using HandlePool.Tables;

namespace HandlePool.Evidence;

/// <summary>Keeps the names that a report has of its processes.</summary>
internal sealed class ProcessNames
{
    // A device has some thousands of processes.
    private const int MostNames = 100_000;

    // The kernel keeps the first or last characters of a name.
    private const int KernelName = 15;

    private readonly List<(int Id, string Name, bool IsListed, EvidencePlace Place)> _added = [];
    private readonly Dictionary<HashedId, string> _listed = [];
    private readonly Dictionary<HashedId, string> _recorded = [];

    /// <summary>Gets whether there is no name.</summary>
    internal bool IsEmpty => _added.Count == 0;

    /// <summary>Returns the name of a process: that of a record if a list has only the part of it that the kernel keeps.</summary>
    internal string? Find(int id)
    {
        string? listed = _listed.GetValueOrDefault(id), recorded = _recorded.GetValueOrDefault(id);
        return listed is null || (listed.Length == KernelName && recorded is not null && IsPart(listed, recorded)) ? recorded : listed;
    }

    /// <summary>Adds the name in a list, or that in a record, which counts for processes that no list has.</summary>
    internal void Add(int id, string name, bool isListed, EvidencePlace place)
    {
        if (_added.Count < MostNames && IsName(name))
            _added.Add((id, name, isListed, place));
    }

    /// <summary>Takes the names that were added, without those of some lines. The kernel keeps the first or last 15 characters, which a full name replaces.</summary>
    internal void Take(IReadOnlySet<EvidencePlace> without)
    {
        foreach ((int id, string name, bool isListed, EvidencePlace place) in _added)
        {
            if (without.Contains(place))
                continue;
            if (!isListed)
                _recorded.TryAdd(id, name);
            else if (!_listed.TryGetValue(id, out string? known) || IsPart(known, name))
                _listed[id] = name;
        }
    }

    /// <summary>Completes the name of a process, if a list has only the part of it that the kernel keeps.</summary>
    internal void Complete(int id, string name)
    {
        if (_listed.TryGetValue(id, out string? known) && known.Length == KernelName && IsName(name) && IsPart(known, name))
            _listed[id] = name;
    }

    /// <summary>Returns whether two names may be of one process: they are the same, or one is the part of the other that the kernel keeps.</summary>
    internal static bool AreAlike(string one, string other) =>
        one == other || (one.Length == KernelName && IsPart(one, other)) || (other.Length == KernelName && IsPart(other, one));

    /// <summary>Returns whether names of any source may be of one process: those of lists begin with a path, and the activity manager has another for the system server.</summary>
    internal static bool MayBeOfOne(string one, string other) => AreAlike(FileName(one), FileName(other)) || (IsOfSystemServer(one) && IsOfSystemServer(other));

    /// <summary>Returns whether a name in a list may be only the part of it that the kernel keeps.</summary>
    internal static bool MayBeCut(string name) => name.Length == KernelName;

    /// <summary>Returns the file name in a command line that begins with a path, as the kernel does.</summary>
    internal static string FileName(string name)
    {
        if (!name.StartsWith('/'))
            return name;
        int end = name.IndexOf(' ', StringComparison.Ordinal);
        string path = end < 0 ? name : name[..end];
        return path[(path.LastIndexOf('/') + 1)..];
    }

    private static bool IsOfSystemServer(string name) => name is "system" or BinderProxyParser.SystemServer;

    private static bool IsName(string text) => !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl);

    private static bool IsPart(string part, string name) =>
        name.Length > part.Length && (name.StartsWith(part, StringComparison.Ordinal) || name.EndsWith(part, StringComparison.Ordinal));
}
