namespace HandlePool.Analysis;

/// <summary>Sorts counts for listings: the highest first, then by the names of holder and owner, the context, the pids, and dead nodes last.</summary>
/// <remarks>Names are compared for each process and not for each count: a session has hundreds of processes and a hundred thousand pairs.</remarks>
internal sealed class UsageOrder
{
    private readonly Dictionary<HandleProcess, int> _ofProcess = [];
    private readonly Dictionary<string, int> _ofText = [];
    private readonly List<string> _names = [];

    /// <summary>Sorts items.</summary>
    /// <param name="items">The items.</param>
    /// <param name="by">Their grouping.</param>
    /// <param name="keyOf">Returns the key of an item.</param>
    /// <param name="numbersOf">Returns the numbers by which an item is sorted, the highest first.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static T[] Sort<T>(IEnumerable<T> items, HandleUsageGrouping by, Func<T, UsageKey> keyOf, Func<T, (int First, int Second)> numbersOf,
        CancellationToken cancellationToken)
    {
        UsageOrder order = new();
        List<Row> rows = [];
        List<T> all = [];
        foreach (T item in items.WithCancellation(cancellationToken))
        {
            UsageKey key = keyOf(item);
            (int first, int second) = numbersOf(item);
            rows.Add(new Row(first, second, order.Number(key.Holder, key, static (key, by) => key.HolderName(by), by),
                order.Number(key.Owner, key, static (key, by) => key.OwnerName(by), by), all.Count));
            all.Add(item);
        }

        int[] ranks = order.Rank();
        try
        {
            rows.Sort(Compare);
        }
        catch (InvalidOperationException exception) when (exception.InnerException is OperationCanceledException)
        {
            // Sorting wraps what a comparison throws.
            throw new OperationCanceledException(cancellationToken);
        }

        T[] sorted = new T[rows.Count];
        for (int index = 0; index < sorted.Length; index++)
            sorted[index] = all[rows[index].Index];
        return sorted;

        int Compare(Row one, Row other)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int result = other.First.CompareTo(one.First);
            if (result == 0)
                result = other.Second.CompareTo(one.Second);
            if (result == 0)
                result = ranks[one.Holder].CompareTo(ranks[other.Holder]);
            if (result == 0)
                result = ranks[one.Owner].CompareTo(ranks[other.Owner]);
            return result != 0 || one.Index == other.Index ? result : CompareAlike(one.Index, other.Index);
        }

        int CompareAlike(int one, int other)
        {
            UsageKey first = keyOf(all[one]), second = keyOf(all[other]);
            int result = string.CompareOrdinal(first.Context, second.Context);
            if (result == 0)
                result = Nullable.Compare(first.Holder?.Id, second.Holder?.Id);
            if (result == 0)
                result = Nullable.Compare(first.Owner?.Id, second.Owner?.Id);
            if (result == 0)
                result = first.IsDead.CompareTo(second.IsDead);
            return result == 0 ? one.CompareTo(other) : result;
        }
    }

    /// <summary>Returns the number of a name, that of a process if there is one.</summary>
    private int Number(HandleProcess? process, in UsageKey key, Func<UsageKey, HandleUsageGrouping, string> nameOf, HandleUsageGrouping by)
    {
        if (process is not null)
        {
            if (_ofProcess.TryGetValue(process, out int known))
                return known;
            _names.Add(nameOf(key, by));
            _ofProcess.Add(process, _names.Count - 1);
            return _names.Count - 1;
        }

        string name = nameOf(key, by);
        if (!_ofText.TryGetValue(name, out int number))
        {
            _ofText.Add(name, number = _names.Count);
            _names.Add(name);
        }

        return number;
    }

    /// <summary>Returns the ranks of the names in alphabetical order, ignoring case. Those of equal names are equal.</summary>
    private int[] Rank()
    {
        string[] names = [.. _names];
        int[] numbers = [.. Enumerable.Range(0, names.Length)];
        Array.Sort(names, numbers, StringComparer.OrdinalIgnoreCase);
        int[] ranks = new int[names.Length];
        for (int index = 1; index < names.Length; index++)
        {
            int before = ranks[numbers[index - 1]];
            ranks[numbers[index]] = string.Equals(names[index], names[index - 1], StringComparison.OrdinalIgnoreCase) ? before : before + 1;
        }

        return ranks;
    }

    private readonly record struct Row(int First, int Second, int Holder, int Owner, int Index);
}
