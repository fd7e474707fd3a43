using System.Collections;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Represents references as they were. An object is made for each when it is first asked for. Thread-safe once all have been added.</summary>
/// <remarks>A suspect may have millions, and few of them are ever looked at. Memory: 24 bytes a reference.</remarks>
/// <param name="capacity">The number of references for which memory is taken at once.</param>
internal sealed class LazyReferences(int capacity = 0) : IList<HandleReference>
{
    private const int FirstSize = 4;

    // The processes that hold them, and where those of each end.
    private readonly List<(HandleProcess Holder, int End)> _parts = [];
    private TableEntry[] _entries = new TableEntry[capacity];
    private HandleReference?[]? _references;

    public int Count { get; private set; }

    bool ICollection<HandleReference>.IsReadOnly => true;

    public HandleReference this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            HandleReference?[] references = _references ?? Interlocked.CompareExchange(ref _references, new HandleReference?[Count], null) ?? _references;
            return references[index] ?? Interlocked.CompareExchange(ref references[index], HolderOf(index).ToReference(_entries[index]), null) ?? references[index]!;
        }

        set => throw ReadOnly();
    }

    public IEnumerator<HandleReference> GetEnumerator()
    {
        for (int index = 0; index < Count; index++)
            yield return this[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void CopyTo(HandleReference[] array, int arrayIndex)
    {
        for (int index = 0; index < Count; index++)
            array[arrayIndex + index] = this[index];
    }

    public int IndexOf(HandleReference item) => _references is { } references ? Array.IndexOf(references, item) : -1;

    public bool Contains(HandleReference item) => IndexOf(item) >= 0;

    void ICollection<HandleReference>.Add(HandleReference item) => throw ReadOnly();

    void ICollection<HandleReference>.Clear() => throw ReadOnly();

    void IList<HandleReference>.Insert(int index, HandleReference item) => throw ReadOnly();

    bool ICollection<HandleReference>.Remove(HandleReference item) => throw ReadOnly();

    void IList<HandleReference>.RemoveAt(int index) => throw ReadOnly();

    /// <summary>Adds references of a process.</summary>
    internal void Add(HandleProcess holder, ReadOnlySpan<TableEntry> references)
    {
        if (references.IsEmpty)
            return;
        int count = Count + references.Length;
        if (count > _entries.Length)
            Array.Resize(ref _entries, Math.Max(count, Math.Max(FirstSize, 2 * _entries.Length)));
        references.CopyTo(_entries.AsSpan(Count));
        Count = count;
        if (_parts.Count > 0 && _parts[^1].Holder == (object)holder)
            _parts[^1] = (holder, count);
        else
            _parts.Add((holder, count));
    }

    /// <summary>Returns those whose process did not hold the node in an earlier session.</summary>
    internal LazyReferences Without(LazyReferences earlier)
    {
        HashSet<(int Process, long Node)> before = new(earlier.Count);
        int index = 0;
        foreach ((HandleProcess holder, int end) in earlier._parts)
        {
            for (; index < end; index++)
                before.Add((holder.Id, earlier._entries[index].Node.Id));
        }

        LazyReferences added = new();
        index = 0;
        foreach ((HandleProcess holder, int end) in _parts)
        {
            for (; index < end; index++)
            {
                if (!before.Contains((holder.Id, _entries[index].Node.Id)))
                    added.Add(holder, _entries.AsSpan(index, 1));
            }
        }

        return added;
    }

    private HandleProcess HolderOf(int index)
    {
        int low = 0;
        for (int high = _parts.Count - 1; low < high;)
        {
            int middle = (low + high) / 2;
            if (index < _parts[middle].End)
                high = middle;
            else
                low = middle + 1;
        }

        return _parts[low].Holder;
    }

    private static NotSupportedException ReadOnly() => new("The list is read-only.");
}
