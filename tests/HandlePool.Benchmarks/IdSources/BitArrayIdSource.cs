using System.Collections;

namespace HandlePool.Benchmarks.IdSources;

/// <summary>What people would write themselves: a <see cref="BitArray"/>, walked from its start.</summary>
public sealed class BitArrayIdSource : IIdSource
{
    private readonly BitArray _used = new(64);

    /// <inheritdoc/>
    public int Take()
    {
        int id = 1;
        while (id < _used.Length && _used[id])
            id++;
        return Set(id);
    }

    /// <inheritdoc/>
    public void Release(int id) => _used[id] = false;

    /// <inheritdoc/>
    public void Fill(int count)
    {
        for (int id = 1; id <= count; id++)
            Set(id);
    }

    private int Set(int id)
    {
        if (id >= _used.Length)
            _used.Length *= 2;
        _used[id] = true;
        return id;
    }
}
