using HandlePool.Tables;

namespace HandlePool;

/// <summary>Keeps the nodes of a session by id and by name. Not thread-safe: the session's lock must be held.</summary>
internal sealed class NodeRegistry
{
    private readonly Dictionary<HashedId, HandleNode> _byId = [];
    private readonly Dictionary<string, List<HandleNode>> _byName = new(StringComparer.OrdinalIgnoreCase);

    // No id from 1 to below it is free.
    private long _lowestFree = 1;

    internal int Count => _byId.Count;

    /// <summary>Gets the id after the highest so far or, after the highest possible one, the lowest free id.</summary>
    internal long NextId
    {
        get
        {
            if (HighestId < long.MaxValue)
                return HighestId + 1;
            while (_byId.ContainsKey(_lowestFree))
                _lowestFree++;
            return _lowestFree;
        }
    }

    /// <summary>Gets or sets the highest id so far, including nodes that are gone.</summary>
    internal long HighestId { get; set; }

    internal HandleNode? Find(long id) => _byId.GetValueOrDefault(id);

    internal IReadOnlyList<HandleNode> FindByName(string name) => _byName.TryGetValue(name, out List<HandleNode>? found) ? found : [];

    internal void Add(HandleNode node)
    {
        _byId.Add(node.Id, node);
        if (node.Name is { } name)
        {
            if (!_byName.TryGetValue(name, out List<HandleNode>? list))
                _byName.Add(name, list = []);
            list.Add(node);
        }

        HighestId = Math.Max(HighestId, node.Id);
    }

    internal void Remove(HandleNode node)
    {
        _byId.Remove(node.Id);
        if (node.Id > 0)
            _lowestFree = Math.Min(_lowestFree, node.Id);
        if (node.Name is { } name && _byName.TryGetValue(name, out List<HandleNode>? list))
        {
            list.Remove(node);
            if (list.Count == 0)
                _byName.Remove(name);
        }
    }

    /// <summary>Returns the nodes in ascending order of id.</summary>
    internal HandleNode[] ToArray()
    {
        HandleNode[] nodes = [.. _byId.Values];
        Array.Sort(nodes, static (a, b) => a.Id.CompareTo(b.Id));
        return nodes;
    }
}
