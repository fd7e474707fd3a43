using HandlePool.Pools;

namespace HandlePool;

/// <summary>The first phase of a resize, done: memory for a pool of another capacity, waiting for <see cref="HandleProcess.CompleteResize"/>.</summary>
public sealed class HandlePoolResizer
{
    internal HandlePoolResizer(HandleProcess process, PoolResizer resizer)
    {
        Process = process;
        Resizer = resizer;
    }

    /// <summary>The process whose pool it is for.</summary>
    public HandleProcess Process { get; }

    /// <summary>Which way.</summary>
    public ResizeDirection Direction => Resizer.Direction;

    /// <summary>The capacity in IDs when it was requested.</summary>
    public int FromCapacity => Resizer.FromCapacity;

    /// <summary>The capacity in IDs that it has memory for.</summary>
    public int ToCapacity => Resizer.ToCapacity;

    /// <summary>True once it was completed, whether that applied or discarded it.</summary>
    public bool IsCompleted => Resizer.IsCompleted;

    internal PoolResizer Resizer { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {Direction} {FromCapacity} -> {ToCapacity}";
}
