namespace HandlePool;

/// <summary>The processes of a session by id and context, by id, and by name. Not thread-safe: the session's lock is held.</summary>
internal sealed class ProcessRegistry
{
    private readonly Dictionary<(int Id, string Context), HandleProcess> _living = [];
    private readonly Dictionary<int, List<HandleProcess>> _byId = [];
    private readonly Dictionary<string, List<HandleProcess>> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HandleProcess> _exited = [];

    // By context, below which Id none is free; only once the highest Id was given.
    private readonly Dictionary<string, int> _lowestFree = [];

    internal int Count => _living.Count;

    /// <summary>The highest Id so far, processes that have exited included.</summary>
    internal int HighestId { get; set; }

    /// <summary>Those that have exited, in the order of their exits.</summary>
    internal IReadOnlyList<HandleProcess> Exited => _exited;

    /// <summary>One more than the highest Id so far; the lowest free one once that is the highest there is.</summary>
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

    internal HandleProcess? Find(int id, string context) => _living.GetValueOrDefault((id, context));

    internal IReadOnlyList<HandleProcess> FindById(int id) => _byId.TryGetValue(id, out List<HandleProcess>? found) ? found : [];

    internal IReadOnlyList<HandleProcess> FindByName(string name) => _byName.TryGetValue(name, out List<HandleProcess>? found) ? found : [];

    internal HandleProcess? FindExited(Func<HandleProcess, bool> match) => _exited.FindLast(process => match(process));

    internal void Add(HandleProcess process)
    {
        _living.Add((process.Id, process.Context), process);
        ListOf(_byId, process.Id).Add(process);
        HighestId = Math.Max(HighestId, process.Id);
        AddName(process);
    }

    /// <summary>Adds a process that has exited already, as recorded data has it.</summary>
    internal void AddExited(HandleProcess process)
    {
        _exited.Add(process);
        HighestId = Math.Max(HighestId, process.Id);
    }

    /// <summary>Has a process be found by its name as well.</summary>
    internal void AddName(HandleProcess process)
    {
        if (process.Name is { } name)
            ListOf(_byName, name).Add(process);
    }

    internal void Exit(HandleProcess process)
    {
        _living.Remove((process.Id, process.Context));
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

    private static List<HandleProcess> ListOf<TKey>(Dictionary<TKey, List<HandleProcess>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out List<HandleProcess>? list))
            lists.Add(key, list = []);
        return list;
    }

    /// <summary>The processes in ascending order of Id, then of context, then of their exit.</summary>
    internal HandleProcess[] ToArray(bool includeExited) =>
        [.. InOrder(includeExited ? _living.Values.Concat(_exited) : _living.Values)];

    /// <summary>The order in which processes are listed, which does not depend on the order in which they were created.</summary>
    internal static IEnumerable<HandleProcess> InOrder(IEnumerable<HandleProcess> processes) =>
        processes.OrderBy(process => process.Id).ThenBy(process => process.Context, StringComparer.Ordinal);
}
