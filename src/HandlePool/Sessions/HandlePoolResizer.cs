using HandlePool.Pools;

namespace HandlePool;

/// <summary>
/// Holds the result of a resize's first phase: memory for a pool of another capacity. Pass it to
/// <see cref="HandleProcess.CompleteResize"/>.
/// </summary>
public sealed class HandlePoolResizer
{
    internal HandlePoolResizer(HandleProcess process, PoolResizer resizer)
    {
        Process = process;
        Resizer = resizer;
    }

    /// <summary>Gets the process that has the pool.</summary>
    public HandleProcess Process { get; }

    /// <summary>Gets the direction of the resize.</summary>
    public ResizeDirection Direction => Resizer.Direction;

    /// <summary>Gets the capacity at the time of the request, in IDs.</summary>
    public int FromCapacity => Resizer.FromCapacity;

    /// <summary>Gets the capacity that it has memory for, in IDs.</summary>
    public int ToCapacity => Resizer.ToCapacity;

    /// <summary>Gets whether it has been completed, even if that discarded it.</summary>
    public bool IsCompleted => Resizer.IsCompleted;

    internal PoolResizer Resizer { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {Direction} {FromCapacity} -> {ToCapacity}";
}
