using HandlePool.Names;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>A binder node: something that a process offers, and that others hold by handles of their own.</summary>
/// <remarks>
/// The object lives on when the node is gone and says so by <see cref="TableNode.IsDead"/>. Thread-safe.
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

    /// <summary>The name, if it was given one; dumps give none.</summary>
    public string? Name { get; }

    /// <summary>The process that offers it, or offered it. Null where a dump does not say.</summary>
    public HandleProcess? Owner { get; internal set; }

    /// <summary>The context of its owner, or null where the owner is not known.</summary>
    public string? Context => Owner?.Context;

    HandleSession ISessionMember.Session => Session;

    /// <summary>The session that it belongs to.</summary>
    internal HandleSession Session { get; }

    /// <summary>Where the node stands in its owner's list.</summary>
    internal int OwnerIndex { get; set; }

    /// <summary>The name as it may be shown, or else the id.</summary>
    public override string ToString() => Name is { } name ? VisibleText.Name(name) : Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
