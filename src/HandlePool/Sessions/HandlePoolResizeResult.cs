namespace HandlePool;

/// <summary>Represents the result of a resize. Immutable.</summary>
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

    /// <summary>Gets the process that has the pool.</summary>
    public HandleProcess Process { get; }

    /// <summary>Gets the direction of the resize.</summary>
    public ResizeDirection Direction { get; }

    /// <summary>Gets whether the pool took the new capacity. If not, the memory was discarded and nothing has changed.</summary>
    public bool Applied { get; }

    /// <summary>Gets the reason in a few words.</summary>
    public string Reason { get; }

    /// <summary>Gets the capacity just before, in IDs.</summary>
    public int FromCapacity { get; }

    /// <summary>Gets the capacity just after, in IDs; the same as before if the resize was discarded.</summary>
    public int ToCapacity { get; }

    /// <summary>Gets the number of bytes by which the pool's bitmap is smaller; negative if it grew.</summary>
    public long BytesFreed { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {Direction} {(Applied ? "applied" : "discarded")}, {Reason}";
}
