namespace HandlePool;

/// <summary>
/// Keeps the processes of a session by id and context, by id, and by name. Not thread-safe: the session's lock must be held.
/// </summary>
internal sealed class ProcessRegistry
{
    private readonly Dictionary<(int Id, string Context), HandleProcess> _living = [];

    // The living processes that have opened a device again which another of _living has open.
    private readonly Dictionary<(int Id, string Context), List<HandleProcess>> _reopened = [];
    private readonly Dictionary<int, List<HandleProcess>> _byId = [];
    private readonly Dictionary<string, List<HandleProcess>> _byName = new(StringComparer.OrdinalIgnoreCase);
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
        List<int> taken = [];
        if (Find(id, context) is { } first)
            taken.Add(first.OpenNumber);
        if (_reopened.TryGetValue((id, context), out List<HandleProcess>? others))
            taken.AddRange(others.Select(process => process.OpenNumber));
        int highest = taken.Count == 0 ? 0 : taken.Max();
        return highest < int.MaxValue ? highest + 1 : Enumerable.Range(1, taken.Count + 1).Except(taken).First();
    }

    /// <summary>Returns the living processes of an Id, in the order of listings.</summary>
    internal HandleProcess[] FindById(int id, string? context = null) =>
        _byId.TryGetValue(id, out List<HandleProcess>? found) ? InContext(found, context) : [];

    /// <summary>Returns the living processes of a name, in the order of listings.</summary>
    internal HandleProcess[] FindByName(string name, string? context = null) =>
        _byName.TryGetValue(name, out List<HandleProcess>? found) ? InContext(found, context) : [];

    /// <summary>Returns the last process to exit of those that match, or null.</summary>
    internal HandleProcess? FindExited(string? context, Func<HandleProcess, bool> match) =>
        _exited.FindLast(process => match(process) && InContext([process], context).Length > 0);

    internal void Add(HandleProcess process)
    {
        if (!_living.TryAdd((process.Id, process.Context), process))
            ListOf(_reopened, (process.Id, process.Context)).Add(process);
        Count++;
        ListOf(_byId, process.Id).Add(process);
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
            ListOf(_byName, name).Add(process);
    }

    internal void Exit(HandleProcess process)
    {
        RemoveLiving(process);
        Count--;
        if (_lowestFree.TryGetValue(process.Context, out int lowest) && process.Id > 0)
            _lowestFree[process.Context] = Math.Min(lowest, process.Id);
        Remove(_byId, process.Id, process);
        if (process.Name is { } name)
            Remove(_byName, name, process);
        _exited.Add(process);

        static void Remove<TKey>(Dictionary<TKey, List<HandleProcess>> lists, TKey key, HandleProcess process)
            where TKey : notnull
        {
            List<HandleProcess> list = lists[key];
            list.Remove(process);
            if (list.Count == 0)
                lists.Remove(key);
        }
    }

    private void RemoveLiving(HandleProcess process)
    {
        (int, string) key = (process.Id, process.Context);
        if (!_reopened.TryGetValue(key, out List<HandleProcess>? others))
        {
            _living.Remove(key);
            return;
        }

        if (_living[key] == process)
            (_living[key], process) = (others[0], others[0]);
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

    private static List<HandleProcess> ListOf<TKey>(Dictionary<TKey, List<HandleProcess>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out List<HandleProcess>? list))
            lists.Add(key, list = []);
        return list;
    }

    /// <summary>Returns the processes in ascending order of Id, then of context, of open, and of exit.</summary>
    internal HandleProcess[] ToArray(bool includeExited) =>
        [.. InOrder(_living.Values.Concat(_reopened.Values.SelectMany(others => others)).Concat(includeExited ? _exited : []))];

    /// <summary>Orders processes for listings, independently of the order of their creation.</summary>
    private static IOrderedEnumerable<HandleProcess> InOrder(IEnumerable<HandleProcess> processes) =>
        processes.OrderBy(process => process.Id).ThenBy(process => process.Context, StringComparer.Ordinal).ThenBy(process => process.OpenNumber);
}
