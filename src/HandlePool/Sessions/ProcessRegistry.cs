using HandlePool.Tables;

namespace HandlePool;

/// <summary>
/// Keeps the processes of a session by id and context, by id, and by name. Not thread-safe: the session's lock must be held.
/// </summary>
internal sealed class ProcessRegistry
{
    private static readonly Comparer<HandleProcess> ByOpenNumber =
        Comparer<HandleProcess>.Create((one, other) => one.OpenNumber.CompareTo(other.OpenNumber));

    private readonly Dictionary<(int Id, string Context), HandleProcess> _living = [];

    // The living processes that have opened a device again which another of _living has open, in the order of their numbers.
    private readonly Dictionary<(int Id, string Context), SortedSet<HandleProcess>> _reopened = [];
    private readonly ItemIndex<HashedId, HandleProcess> _byId = new();
    private readonly ItemIndex<string, HandleProcess> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HandleProcess> _exited = [];

    // By context, the Id below which none is free; only once the highest possible Id has been given.
    private readonly Dictionary<string, int> _lowestFree = [];

    internal int Count { get; private set; }

    /// <summary>Gets or sets the highest Id so far, including processes that have exited.</summary>
    internal int HighestId { get; set; }

    /// <summary>Gets the processes that have exited, in the order of their exits.</summary>
    internal IReadOnlyList<HandleProcess> Exited => _exited;

    /// <summary>Returns the Id after the highest so far or, after the highest possible one, the lowest free Id of the context.</summary>
    internal int NextId(string context)
    {
        if (HighestId < int.MaxValue)
            return HighestId + 1;
        int id = Math.Max(1, _lowestFree.GetValueOrDefault(context));
        while (_living.ContainsKey((id, context)))
            id++;
        _lowestFree[context] = id;
        return id;
    }

    /// <summary>Returns the living process of an Id in a context; the first of several opens of its device.</summary>
    internal HandleProcess? Find(int id, string context) => _living.GetValueOrDefault((id, context));

    /// <summary>Returns the number of the next open of a device by a process: one more than those of its living ones.</summary>
    /// <remarks>Data can contain the highest number. Then it is the lowest that none of them has.</remarks>
    internal int NextOpenNumber(int id, string context)
    {
        int first = Find(id, context)?.OpenNumber ?? 0;
        SortedSet<HandleProcess>? others = _reopened.GetValueOrDefault((id, context));
        int highest = Math.Max(first, others?.Max?.OpenNumber ?? 0);
        if (highest < int.MaxValue)
            return highest + 1;
        int free = 1;
        foreach (int taken in (others ?? []).Select(process => process.OpenNumber).Append(first).Order())
            free += taken == free ? 1 : 0;
        return free;
    }

    /// <summary>Returns the living processes of an Id, in the order of listings.</summary>
    internal HandleProcess[] FindById(int id, string? context = null) => InContext(_byId.Find(id), context);

    /// <summary>Returns the living processes of a name, in the order of listings.</summary>
    internal HandleProcess[] FindByName(string name, string? context = null) => InContext(_byName.Find(name), context);

    /// <summary>Returns the last process to exit of those that match, or null.</summary>
    internal HandleProcess? FindExited(string? context, Func<HandleProcess, bool> match) =>
        _exited.FindLast(process => match(process) && InContext([process], context).Length > 0);

    internal void Add(HandleProcess process)
    {
        if (!_living.TryAdd((process.Id, process.Context), process))
        {
            (int, string) key = (process.Id, process.Context);
            if (!_reopened.TryGetValue(key, out SortedSet<HandleProcess>? others))
                _reopened.Add(key, others = new SortedSet<HandleProcess>(ByOpenNumber));
            others.Add(process);
        }

        Count++;
        _byId.Add(process.Id, process);
        HighestId = Math.Max(HighestId, process.Id);
        AddName(process);
    }

    /// <summary>Adds a recorded process that has already exited.</summary>
    internal void AddExited(HandleProcess process)
    {
        _exited.Add(process);
        HighestId = Math.Max(HighestId, process.Id);
    }

    /// <summary>Adds a process to the index by name, if it has one.</summary>
    internal void AddName(HandleProcess process)
    {
        if (process.Name is { } name)
            _byName.Add(name, process);
    }

    internal void Exit(HandleProcess process)
    {
        RemoveLiving(process);
        Count--;
        if (_lowestFree.TryGetValue(process.Context, out int lowest) && process.Id > 0)
            _lowestFree[process.Context] = Math.Min(lowest, process.Id);
        _byId.Remove(process.Id, process);
        if (process.Name is { } name)
            _byName.Remove(name, process);
        _exited.Add(process);
    }

    private void RemoveLiving(HandleProcess process)
    {
        (int, string) key = (process.Id, process.Context);
        if (!_reopened.TryGetValue(key, out SortedSet<HandleProcess>? others))
        {
            _living.Remove(key);
            return;
        }

        if (_living[key] == process)
            _living[key] = process = others.Min!;
        others.Remove(process);
        if (others.Count == 0)
            _reopened.Remove(key);
    }

    /// <summary>Returns the processes of exactly that context or, if there are none, of one that differs only in case.</summary>
    private static HandleProcess[] InContext(IEnumerable<HandleProcess> processes, string? context)
    {
        processes = InOrder(processes);
        if (context is null)
            return [.. processes];
        HandleProcess[] exact = [.. processes.Where(process => process.Context == context)];
        return exact.Length > 0 ? exact
            : [.. processes.Where(process => string.Equals(process.Context, context, StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>Returns the processes in ascending order of Id, then of context, of open, and of exit.</summary>
    internal HandleProcess[] ToArray(bool includeExited)
    {
        IEnumerable<HandleProcess> living = _living.Values.Concat(_reopened.Values.SelectMany(others => others));
        if (includeExited && _exited.Count > 0)
            return [.. InOrder(living.Concat(_exited))];

        // This is faster for many processes. It is not stable, but no two living ones are alike. Most are created in order, as pids ascend.
        HandleProcess[] processes = [.. living];
        if (!IsInOrder(processes))
            Array.Sort(processes, CompareLiving);
        return processes;
    }

    private static bool IsInOrder(HandleProcess[] processes)
    {
        for (int index = 1; index < processes.Length; index++)
        {
            if (CompareLiving(processes[index - 1], processes[index]) > 0)
                return false;
        }

        return true;
    }

    private static int CompareLiving(HandleProcess one, HandleProcess other)
    {
        int order = one.Id.CompareTo(other.Id);
        if (order == 0)
            order = string.CompareOrdinal(one.Context, other.Context);
        return order == 0 ? one.OpenNumber.CompareTo(other.OpenNumber) : order;
    }

    /// <summary>Orders processes for listings, independently of the order of their creation.</summary>
    private static IOrderedEnumerable<HandleProcess> InOrder(IEnumerable<HandleProcess> processes) =>
        processes.OrderBy(process => process.Id).ThenBy(process => process.Context, StringComparer.Ordinal).ThenBy(process => process.OpenNumber);
}
