namespace HandlePool;

/// <summary>That a process holds a node by a handle, as it was when it was asked for: the counts do not change any more.</summary>
/// <remarks>Immutable but for <see cref="IsDead"/>, which tells the node's state at any time. Mirrors the driver's <c>NodeRefInfo</c>.</remarks>
public sealed class HandleReference
{
    internal HandleReference(HandleProcess process, int handle, HandleNode node, int strong, int weak)
    {
        Process = process;
        Handle = handle;
        Node = node;
        Strong = strong;
        Weak = weak;
    }

    /// <summary>The process that holds it.</summary>
    public HandleProcess Process { get; }

    /// <summary>The number by which the process knows the node: 0 for the context manager's, else 1 or more. The driver also says desc.</summary>
    public int Handle { get; }

    /// <summary>The node that is held.</summary>
    public HandleNode Node { get; }

    /// <summary>The process that owns the node. Null where a dump does not say.</summary>
    public HandleProcess? Owner => Node.Owner;

    /// <summary>The strong counts that the process has on it.</summary>
    public int Strong { get; }

    /// <summary>The weak counts that the process has on it.</summary>
    public int Weak { get; }

    /// <summary>Whether the owner has exited.</summary>
    public bool IsDead => Node.IsDead;

    /// <inheritdoc/>
    public override string ToString() => $"{Process}:{Handle}";
}
