namespace HandlePool.Tests.Models;

/// <summary>Models a process: its references by handle and by node, and its pool.</summary>
internal sealed class ModelProcess(int id, string context, HandleSessionOptions options)
{
    internal int Id { get; } = id;

    internal string Context { get; } = context;

    internal bool IsDead { get; set; }

    internal Dictionary<int, ModelReference> References { get; } = [];

    internal Dictionary<ModelNode, int> Handles { get; } = [];

    internal ModelPool Pool { get; } = new(options);

    /// <summary>Returns the held handle at or above a number, or the lowest one; null if none is held.</summary>
    internal int? HeldFrom(int handle)
    {
        if (References.Count == 0)
            return null;
        int end = References.Keys.Max() + 1;
        for (handle %= end; !References.ContainsKey(handle);)
            handle++;
        return handle;
    }

    public override string ToString() => $"{Id}/{Context}";
}

/// <summary>Models a node. It is gone when it is dead and has no holder.</summary>
internal sealed class ModelNode(long id, ModelProcess owner)
{
    internal long Id { get; } = id;

    internal ModelProcess Owner { get; } = owner;

    internal bool IsDead { get; set; }
}

internal sealed class ModelReference(ModelNode node)
{
    internal ModelNode Node { get; } = node;

    internal int Strong { get; set; }

    internal int Weak { get; set; }
}

/// <summary>Models the result of a resize's first phase.</summary>
internal sealed class ModelResizer(ModelProcess process, ResizeDirection direction, bool fit, int fromCapacity, int toCapacity)
{
    internal ModelProcess Process { get; } = process;

    internal ResizeDirection Direction { get; } = direction;

    internal bool Fit { get; } = fit;

    internal int FromCapacity { get; } = fromCapacity;

    internal int ToCapacity { get; } = toCapacity;

    internal bool IsCompleted { get; set; }
}

/// <summary>Models a fault: a number of allocations that fail after some that do not.</summary>
internal sealed class ModelFault(ModelProcess? process, ResizeDirection? direction, int after, int count)
{
    private int _after = after;

    internal int Hits { get; private set; }

    internal bool Fails(ModelProcess allocating, ResizeDirection way)
    {
        if ((process is not null && process != allocating) || (direction is not null && direction != way) || Hits == count)
            return false;
        if (_after > 0)
        {
            _after--;
            return false;
        }

        Hits++;
        return true;
    }
}

internal readonly record struct ModelEvent(HandleEventKind Kind, int Process, int? FromCapacity = null, int? ToCapacity = null, int? Handle = null);
