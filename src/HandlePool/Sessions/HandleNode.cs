using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents a binder node: an object that a process offers, and that others hold by their own handles.</summary>
/// <remarks>
/// The object remains usable when the node is gone; <see cref="TableNode.IsDead"/> is then true. Thread-safe.
/// </remarks>
public sealed class HandleNode : TableNode, ISessionMember
{
    internal HandleNode(HandleSession session, long id, string? name, HandleProcess? owner)
        : base(id)
    {
        Session = session;
        Name = name;
        Owner = owner;
    }

    /// <summary>Gets the name, or null. Dumps contain no names of nodes.</summary>
    public string? Name { get; }

    /// <summary>Gets the process that offers or offered it; null if a dump does not contain it.</summary>
    public HandleProcess? Owner { get; internal set; }

    /// <summary>Gets the context of its owner, or null if the owner is unknown.</summary>
    public string? Context => Owner?.Context;

    internal override bool IsOwnerFrozen => Owner is { IsFrozen: true };

    internal override bool IsOwnerFreezing => Owner is { IsFreezing: true };

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets the session that it belongs to.</summary>
    internal HandleSession Session { get; }

    /// <summary>Gets or sets the index in its owner's list.</summary>
    internal int OwnerIndex { get; set; }

    /// <summary>Returns the name in a form that is safe to display or, without one, the id.</summary>
    public override string ToString() => Name is { } name ? VisibleText.Name(name) : Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
