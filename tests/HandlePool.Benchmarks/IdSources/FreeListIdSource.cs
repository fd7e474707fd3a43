namespace HandlePool.Benchmarks.IdSources;

/// <summary>A list of free IDs through the IDs themselves, last in, first out: the fastest way if any free ID will do. Not lowest-first.</summary>
public sealed class FreeListIdSource : IIdSource
{
    private int[] _nextFree = new int[64];
    private int _free;
    private int _unused = 1;

    /// <inheritdoc/>
    public bool IsLowestFirst => false;

    /// <inheritdoc/>
    public long Bytes => (long)_nextFree.Length * sizeof(int);

    /// <inheritdoc/>
    public int Take()
    {
        int id = _free;
        if (id != 0)
        {
            _free = _nextFree[id];
            return id;
        }

        if (_unused == _nextFree.Length)
            Array.Resize(ref _nextFree, 2 * _unused);
        return _unused++;
    }

    /// <inheritdoc/>
    public void Release(int id)
    {
        _nextFree[id] = _free;
        _free = id;
    }
}
