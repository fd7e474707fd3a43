namespace HandlePool.Benchmarks.IdSources;

/// <summary>What people would write themselves: a counter, and a heap of the IDs that were given back.</summary>
public sealed class PriorityQueueIdSource : IIdSource
{
    private readonly PriorityQueue<int, int> _free = new();
    private int _next = 1;

    /// <inheritdoc/>
    public int Take() => _free.Count == 0 ? _next++ : _free.Dequeue();

    /// <inheritdoc/>
    public void Release(int id) => _free.Enqueue(id, id);
}
