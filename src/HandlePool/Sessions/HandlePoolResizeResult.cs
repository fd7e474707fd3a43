namespace HandlePool;

/// <summary>What became of a resize. Immutable.</summary>
public sealed class HandlePoolResizeResult
{
    internal HandlePoolResizeResult(HandleProcess process, ResizeDirection direction, bool applied, string reason,
        int fromCapacity, int toCapacity, long bytesFreed)
    {
        Process = process;
        Direction = direction;
        Applied = applied;
        Reason = reason;
        FromCapacity = fromCapacity;
        ToCapacity = toCapacity;
        BytesFreed = bytesFreed;
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

    /// <summary>By how many bytes the pool's bitmap is smaller; negative if it grew.</summary>
    public long BytesFreed { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {Direction} {(Applied ? "applied" : "discarded")}, {Reason}";
}
