namespace HandlePool.Benchmarks.IdSources;

/// <summary>What people would write themselves: a counter, and a sorted set of the IDs that were given back.</summary>
public sealed class SortedSetIdSource : IIdSource
{
    private readonly SortedSet<int> _free = [];
    private int _next = 1;

    /// <inheritdoc/>
    public int Take()
    {
        if (_free.Count == 0)
            return _next++;
        int id = _free.Min;
        _free.Remove(id);
        return id;
    }

    /// <inheritdoc/>
    public void Release(int id) => _free.Add(id);
}
