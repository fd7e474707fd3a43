namespace HandlePool.Benchmarks.IdSources;

/// <summary>What people would write themselves: a list of flags, searched from its start.</summary>
/// <remarks><see cref="List{T}.IndexOf(T, int)"/> is vectorized, 32 flags at a time with AVX2.</remarks>
public sealed class BooleanListIdSource : IIdSource
{
    private readonly List<bool> _used = [true];

    /// <inheritdoc/>
    public int Take()
    {
        int id = _used.IndexOf(false, 1);
        if (id < 0)
        {
            _used.Add(true);
            return _used.Count - 1;
        }

        _used[id] = true;
        return id;
    }

    /// <inheritdoc/>
    public void Release(int id) => _used[id] = false;

    /// <inheritdoc/>
    public void Fill(int count)
    {
        for (int i = 0; i < count; i++)
            _used.Add(true);
    }
}
