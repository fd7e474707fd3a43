using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents a snapshot of a process's reference to a node by a handle.</summary>
/// <remarks>
/// Immutable except for <see cref="IsDead"/>, which is the node's current state. Mirrors the driver's <c>NodeRefInfo</c>.
/// </remarks>
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

    /// <summary>Gets the process that holds the node.</summary>
    public HandleProcess Process { get; }

    /// <summary>
    /// Gets the number by which the process knows the node: 0 for the context manager's, otherwise at least 1. The driver also
    /// calls it desc.
    /// </summary>
    public int Handle { get; }

    /// <summary>Gets the node.</summary>
    public HandleNode Node { get; }

    /// <summary>Gets the process that owns the node; null if a dump does not contain it.</summary>
    public HandleProcess? Owner => Node.Owner;

    /// <summary>Gets the name of the process in a form that is safe to display or, without one, its pid.</summary>
    public string ProcessName => Process.ToString();

    /// <summary>Gets the id of the node.</summary>
    public long NodeId => Node.Id;

    /// <summary>Gets the name of the node in a form that is safe to display, or null. Dumps contain no names of nodes.</summary>
    public string? NodeName => Node.Name is { } name ? VisibleText.Name(name) : null;

    /// <summary>Gets the name of the owner in a form that is safe to display or, without one, its pid; null if a dump does not contain it.</summary>
    public string? OwnerName => Owner?.ToString();

    /// <summary>Gets the strong counts that the process has on the node.</summary>
    public int Strong { get; }

    /// <summary>Gets the weak counts that the process has on the node.</summary>
    public int Weak { get; }

    /// <summary>Gets whether the owner has exited or removed the node.</summary>
    public bool IsDead => Node.IsDead;

    /// <inheritdoc/>
    public override string ToString() => $"{Process}:{Handle}";
}
