namespace HandlePool;

/// <summary>A place where pool, summaries, table and nodes of a session do not say the same. Immutable.</summary>
/// <remarks>Found by <see cref="HandleSession.FindMismatches"/>, mended by <see cref="HandleSession.Mend"/>.</remarks>
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

    /// <summary>What disagrees with what.</summary>
    public HandleMismatchKind Kind { get; }

    /// <summary>The process whose pool or table it is in; null if it is in a node.</summary>
    public HandleProcess? Process { get; }

    /// <summary>The handle that it is about; null if it is not about one.</summary>
    public int? Handle { get; }

    /// <summary>The node that it is about; null if it is not about one.</summary>
    public HandleNode? Node { get; }

    /// <summary>Where in the process or node it is, in words.</summary>
    public string Location { get; }

    /// <summary>What should be there.</summary>
    public string Expected { get; }

    /// <summary>What is there.</summary>
    public string Found { get; }

    HandleSession ISessionMember.Session => Session;

    /// <summary>The session that it is in.</summary>
    internal HandleSession Session { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{(Process is null ? $"node '{Node}'" : $"process '{Process}'")}: {Location}: expected {Expected}, found {Found}";
}
