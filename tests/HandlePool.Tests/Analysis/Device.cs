namespace HandlePool.Tests.Analysis;

/// <summary>Builds a session as if read from a dump.</summary>
internal sealed class Device
{
    private readonly HandleSessionBuilder _builder = new();
    private readonly Dictionary<HandleProcess, int> _nextHandle = [];
    private long _nextNode;

    internal Device(long firstNode = 1) => _nextNode = firstNode;

    internal HandleProcess Process(int id, string? name = null, string context = "binder") => _builder.AddProcess(id, context, name);

    /// <summary>Adds references to nodes of an owner, which are new unless the id of the first is given.</summary>
    /// <returns>The id of the first node.</returns>
    internal long Hold(HandleProcess holder, HandleProcess? owner, int count, long? first = null, int strong = 1, int weak = 0, bool isDead = false)
    {
        long begin = first ?? _nextNode;
        for (long id = begin; id < begin + count; id++)
        {
            HandleNode node = _builder.FindNode(id) ?? _builder.AddNode(id, owner);
            if (isDead)
                _builder.SetDead(node);
            int handle = _nextHandle.GetValueOrDefault(holder, 1);
            _nextHandle[holder] = handle + 1;
            Assert.True(_builder.TryAddReference(holder, handle, id, strong, weak, out _, out _, out _));
        }

        _nextNode = Math.Max(_nextNode, begin + count);
        return begin;
    }

    internal HandleSession Build(string name = "device", DateTimeOffset? time = null)
    {
        if (time is { } taken)
            _builder.SetTime(taken);
        return _builder.Build(name);
    }
}
