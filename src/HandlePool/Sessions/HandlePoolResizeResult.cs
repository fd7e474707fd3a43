namespace HandlePool;

/// <summary>What became of a resize. Immutable.</summary>
public sealed class HandlePoolResizeResult
{
    internal HandlePoolResizeResult(HandleProcess process, ResizeDirection direction, bool applied, string reason, int fromCapacity, int toCapacity)
    {
        Process = process;
        Direction = direction;
        Applied = applied;
        Reason = reason;
        FromCapacity = fromCapacity;
        ToCapacity = toCapacity;
    }

    /// <summary>The process whose pool it is.</summary>
    public HandleProcess Process { get; }

    /// <summary>Which way.</summary>
    public ResizeDirection Direction { get; }

    /// <summary>Whether the pool has the new capacity by this; if not, the memory was discarded and nothing changed.</summary>
    public bool Applied { get; }

    /// <summary>Why, in a few words.</summary>
    public string Reason { get; }

    /// <summary>The capacity in IDs just before.</summary>
    public int FromCapacity { get; }

    /// <summary>The capacity in IDs just after; the same as before if it was discarded.</summary>
    public int ToCapacity { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {Direction} {(Applied ? "applied" : "discarded")}, {Reason}";
}
