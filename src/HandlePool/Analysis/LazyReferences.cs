using System.Collections;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Represents references as they were. An object is made for each when it is first asked for. Thread-safe once all have been added.</summary>
/// <remarks>A suspect may have millions, and few of them are ever looked at. Memory: 24 bytes a reference.</remarks>
internal sealed class LazyReferences : IList<HandleReference>
{
    // The processes that hold them, what each holds, and where that ends.
    private readonly List<(HandleProcess Holder, TableEntry[] Entries, int End)> _parts = [];
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
            return references[index] ?? Interlocked.CompareExchange(ref references[index], ToReference(index), null) ?? references[index]!;
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

    /// <summary>Adds references of a process. The array must not change any more.</summary>
    internal void Add(HandleProcess holder, TableEntry[] references)
    {
        if (references.Length == 0)
            return;
        Count += references.Length;
        _parts.Add((holder, references, Count));
    }

    /// <summary>Returns those whose process did not hold the node in an earlier session.</summary>
    internal LazyReferences Without(LazyReferences earlier)
    {
        HashSet<(int Process, long Node)> before = new(earlier.Count);
        foreach ((HandleProcess holder, TableEntry[] entries, _) in earlier._parts)
        {
            foreach (TableEntry entry in entries)
                before.Add((holder.Id, entry.Node.Id));
        }

        LazyReferences added = new();
        foreach ((HandleProcess holder, TableEntry[] entries, _) in _parts)
            added.Add(holder, Array.FindAll(entries, entry => !before.Contains((holder.Id, entry.Node.Id))));
        return added;
    }

    private HandleReference ToReference(int index)
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

        (HandleProcess holder, TableEntry[] entries, int end) = _parts[low];
        return holder.ToReference(entries[index - end + entries.Length]);
    }

    private static NotSupportedException ReadOnly() => new("The list is read-only.");
}
