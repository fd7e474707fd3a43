namespace HandlePool;

/// <summary>Represents a place where the pools, tables and nodes of a session contradict each other. Immutable.</summary>
/// <remarks><see cref="SessionIntegrity"/> finds and repairs mismatches.</remarks>
public sealed class HandleMismatch : ISessionMember
{
    internal HandleMismatch(HandleSession session, HandleMismatchKind kind, HandleProcess? process, int? handle, HandleNode? node,
        string location, string expected, string found)
    {
        Session = session;
        Kind = kind;
        Process = process;
        Handle = handle;
        Node = node;
        Location = location;
        Expected = expected;
        Found = found;
    }

    /// <summary>Gets the kind of contradiction.</summary>
    public HandleMismatchKind Kind { get; }

    /// <summary>Gets the process that has the pool or table; null if the mismatch is in a node.</summary>
    public HandleProcess? Process { get; }

    /// <summary>Gets the handle concerned, or null.</summary>
    public int? Handle { get; }

    /// <summary>Gets the node concerned, or null.</summary>
    public HandleNode? Node { get; }

    /// <summary>Gets the place in the process or node, in words.</summary>
    public string Location { get; }

    /// <summary>Gets a text for what should be there.</summary>
    public string Expected { get; }

    /// <summary>Gets a text for what is there.</summary>
    public string Found { get; }

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets the session that it is in.</summary>
    internal HandleSession Session { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{(Process is null ? $"node '{Node}'" : $"process '{Process}'")}: {Location}: expected {Expected}, found {Found}";
}
