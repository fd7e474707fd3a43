using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents the live proxies of each interface in one Java process, and derives what they force of its handles. Immutable.</summary>
/// <remarks>
/// A live proxy of the Java runtime has a handle of its own. So as many handles as there are proxies are of the interface, at least; those
/// that only native code holds, or that the histogram leaves out, may be of any. Names that the runtime could not find out tell nothing
/// but that there is a handle.
/// </remarks>
internal sealed class InterfaceHistogram
{
    private const string Cleared = "<cleared weak-ref>";

    // The named interfaces, the largest first.
    private readonly (string Name, long Count, HandleEvidence Fact)[] _entries;
    private readonly Dictionary<string, int> _index;
    private readonly long _named;
    private readonly long _live;

    /// <summary>Initializes a histogram.</summary>
    /// <param name="facts">Its lines. Of two counts of one name, the lower is taken.</param>
    /// <param name="moment">When it was counted, as a clause.</param>
    /// <param name="doubt">Why it forces nothing, as a clause; null if it does.</param>
    internal InterfaceHistogram(IEnumerable<HandleEvidence> facts, string moment, string? doubt)
    {
        Moment = moment;
        Dictionary<string, (string Name, long Count, HandleEvidence Fact)> lowest = [];
        foreach (HandleEvidence fact in facts)
        {
            if (fact is not { Name: { } name, Count: { } count and > 0 } || name == Cleared)
                continue;
            if (!lowest.TryGetValue(name, out var known) || count < known.Count)
                lowest[name] = (name, count, fact);
        }

        // Only handle 0 is the service manager's.
        string manager = InterfaceKnowledge.ManagerOf(HandleSession.DefaultContext)!;
        long managers = lowest.TryGetValue(manager, out var counted) ? counted.Count : 0;
        Doubt = doubt ?? (managers > 1 ? $"it has {Phrase.Count(managers, "live proxy", "live proxies")} of {manager}, of which there is one" : null);

        // No process has 2^31 handles.
        _live = lowest.Values.Aggregate(0L, (sum, entry) => Math.Min(int.MaxValue, sum + Math.Min(int.MaxValue, entry.Count)));
        _entries = [.. lowest.Values.Where(entry => IsInterface(entry.Name) && (entry.Name != manager || managers == 1)).OrderByDescending(entry => entry.Count).ThenBy(entry => entry.Name, StringComparer.Ordinal)];
        _named = _entries.Aggregate(0L, (sum, entry) => Math.Min(int.MaxValue, sum + Math.Min(int.MaxValue, entry.Count)));
        _index = _entries.Select((entry, index) => (entry.Name, index)).ToDictionary(each => each.Name, each => each.index);
    }

    /// <summary>Gets when it was counted, as a clause.</summary>
    internal string Moment { get; }

    /// <summary>Gets why it forces nothing, as a clause; null if it does.</summary>
    internal string? Doubt { get; }

    /// <summary>Gets the number of proxies that are alive, at most 2^31 - 1.</summary>
    internal long Live => _live;

    /// <summary>Returns why it forces nothing about a number of handles; null if it does.</summary>
    internal string? DoubtOf(int handles) => Doubt ?? (_live <= handles ? null
        : $"it has {Phrase.Count(_live, "live proxy", "live proxies")}, more than the {Phrase.Count(handles, "handle")} of the dump, which have changed in between");

    /// <summary>Returns the number of proxies of an interface, and the line that says so; null if there is none.</summary>
    internal (long Count, HandleEvidence Fact)? Find(string name) => _index.TryGetValue(name, out int index) ? (_entries[index].Count, _entries[index].Fact) : null;

    /// <summary>Returns what is forced of some of the handles of the process: the interfaces of which at least one handle is. O(result).</summary>
    /// <param name="handles">The number of all handles of the process.</param>
    /// <param name="included">The number of those that are asked for.</param>
    /// <param name="manager">The interface of the service manager, if the process has a handle of it.</param>
    /// <param name="includesManager">Whether that handle is one of those that are asked for.</param>
    internal IReadOnlyList<InterfaceBound> Bound(int handles, int included, string? manager, bool includesManager)
    {
        if (DoubtOf(handles) is not null)
            return [];
        int outside = handles - included;

        // The handle of the service manager is none of another interface.
        int usable = outside - (manager is not null && !includesManager ? 1 : 0);
        List<InterfaceBound> bounds = [];
        foreach ((string name, long count, HandleEvidence fact) in _entries)
        {
            if (count <= usable)
                break;
            if (name != manager)
                bounds.Add(new InterfaceBound(name, (int)count, fact, (int)count - usable, usable));
        }

        bool isManagerNamed = manager is not null && _index.ContainsKey(manager);
        if (manager is not null)
        {
            (long count, HandleEvidence? fact) = Find(manager) is var (counted, line) ? (counted, line) : (0, null);
            long least = Math.Max(includesManager ? 1 : 0, count - outside);
            if (least > 0)
                bounds.Add(new InterfaceBound(manager, (int)count, fact, (int)least, outside));
        }

        long forced = bounds.Sum(bound => (long)bound.AtLeast);
        long named = _named + (manager is not null && !isManagerNamed ? 1 : 0);
        return forced > included || named > handles ? [] : [.. bounds.Select(bound => bound with
        {
            AtMost = (int)Math.Min(included - (forced - bound.AtLeast), handles - (named - Math.Max(bound.Count, bound.Name == manager ? 1 : 0))),
        })];
    }

    /// <summary>Returns the only interface whose count is near to a number of handles; null if there is none, or if several are.</summary>
    internal (string Name, long Count, HandleEvidence Fact)? FindAlike(int handles)
    {
        int first = FirstAtMost(Alike.Most(handles));
        return first < _entries.Length && Alike.Is(handles, _entries[first].Count)
            && !(first + 1 < _entries.Length && Alike.Is(handles, _entries[first + 1].Count)) ? _entries[first] : null;
    }

    private static bool IsInterface(string name) => name.Length > 0 && name[0] != '<';

    /// <summary>Returns the index of the first entry whose count is a number or less.</summary>
    private int FirstAtMost(double count)
    {
        int low = 0, high = _entries.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_entries[middle].Count > count)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Tells whether a count of handles and one of proxies are so near that they may be the same objects.</summary>
    internal static class Alike
    {
        private const int Fewest = 20;
        private const double Factor = 1.25;

        internal static double Most(int handles) => handles * Factor;

        /// <summary>Returns how many numbers of handles are near to one of proxies.</summary>
        internal static int CountOf(int[] sorted, long proxies) =>
            Math.Max(0, FirstAbove(sorted, proxies * Factor) - FirstAbove(sorted, Math.Max(Fewest, proxies / Factor) - 0.5));

        internal static bool Is(int handles, long proxies) => handles >= Fewest && proxies <= handles * Factor && proxies * Factor >= handles;

        private static int FirstAbove(int[] sorted, double number)
        {
            int low = 0, high = sorted.Length;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (sorted[middle] > number)
                    high = middle;
                else
                    low = middle + 1;
            }

            return low;
        }
    }
}

/// <summary>Represents what a histogram forces of some handles.</summary>
/// <param name="Name">The interface.</param>
/// <param name="Count">The number of its live proxies.</param>
/// <param name="Fact">The line that counts them; null if it is known of the service manager without one.</param>
/// <param name="AtLeast">The least number of the handles that are of it.</param>
/// <param name="Elsewhere">The number of other handles that may be of it.</param>
internal readonly record struct InterfaceBound(string Name, int Count, HandleEvidence? Fact, int AtLeast, int Elsewhere)
{
    /// <summary>Gets the greatest number of the handles that are of it.</summary>
    internal int AtMost { get; init; }
}
