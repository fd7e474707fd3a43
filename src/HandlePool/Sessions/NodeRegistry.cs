namespace HandlePool;

/// <summary>
/// Keeps the nodes of a session by id and by name, and the counter of ids. Not thread-safe, except for the counter: the session's lock
/// must be held.
/// </summary>
/// <param name="firstId">The first id.</param>
internal sealed class NodeRegistry(int firstId)
{
    private readonly NodeIndex _byId = new();
    private readonly ItemIndex<string, HandleNode> _byName = new(StringComparer.OrdinalIgnoreCase);

    private long _highestId = firstId - 1;

    // No id from 1 to below it is free.
    private long _lowestFree = 1;

    internal int Count => _byId.Count;

    internal IEnumerable<HandleNode> Unordered => _byId.Nodes;

    /// <summary>Gets or sets the highest id so far, including nodes that are gone.</summary>
    internal long HighestId
    {
        get => Interlocked.Read(ref _highestId);
        set => Interlocked.Exchange(ref _highestId, value);
    }

    /// <summary>Takes the id after the highest so far or, after the highest possible one, the lowest free id.</summary>
    internal long TakeId()
    {
        if (SkipId() is { } next)
            return next;
        while (_byId.Find(_lowestFree) is not null)
            _lowestFree++;
        return _lowestFree;
    }

    /// <summary>Takes the id after the highest so far. Thread-safe.</summary>
    /// <returns>Null after the highest possible id.</returns>
    internal long? SkipId()
    {
        long highest = HighestId;
        while (highest < long.MaxValue)
        {
            long seen = Interlocked.CompareExchange(ref _highestId, highest + 1, highest);
            if (seen == highest)
                return highest + 1;
            highest = seen;
        }

        return null;
    }

    internal HandleNode? Find(long id) => _byId.Find(id);

    /// <inheritdoc cref="NodeIndex.Find(ReadOnlySpan{long}, Span{HandleNode})"/>
    internal void Find(ReadOnlySpan<long> ids, Span<HandleNode?> nodes) => _byId.Find(ids, nodes);

    /// <inheritdoc cref="NodeIndex.At(int)"/>
    internal HandleNode At(int place) => _byId.At(place);

    /// <inheritdoc cref="NodeIndex.PlaceOf(HandleNode)"/>
    internal int PlaceOf(HandleNode node) => _byId.PlaceOf(node);

    /// <summary>Returns the nodes of a name in ascending order of id.</summary>
    internal HandleNode[] FindByName(string name) => [.. _byName.Find(name).OrderBy(node => node.Id)];

    internal void Add(HandleNode node)
    {
        _byId.Add(node);
        if (node.Name is { } name)
            _byName.Add(name, node);

        long highest = HighestId;
        while (node.Id > highest)
        {
            long seen = Interlocked.CompareExchange(ref _highestId, node.Id, highest);
            if (seen == highest)
                return;
            highest = seen;
        }
    }

    internal void Remove(HandleNode node)
    {
        _byId.Remove(node);
        if (node.Id > 0)
            _lowestFree = Math.Min(_lowestFree, node.Id);
        if (node.Name is { } name)
            _byName.Remove(name, node);
    }

    /// <summary>Returns the nodes in ascending order of id.</summary>
    internal HandleNode[] ToArray()
    {
        HandleNode[] nodes = _byId.ToArray();
        Array.Sort(Array.ConvertAll(nodes, static node => node.Id), nodes);
        return nodes;
    }

    /// <summary>Returns the nodes in no order.</summary>
    internal HandleNode[] ToUnordered() => _byId.ToArray();
}
