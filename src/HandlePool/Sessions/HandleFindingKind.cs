namespace HandlePool;

/// <summary>What is odd about the data that a session was made from.</summary>
public enum HandleFindingKind
{
    /// <summary>A process has the same handle twice; the first stands.</summary>
    DuplicateHandle,

    /// <summary>A process holds the same node by two handles; the first stands.</summary>
    DuplicateReference,

    /// <summary>A process appears twice in the same context; its lines were put together.</summary>
    DuplicateProcess,

    /// <summary>A node appears under two owners; the first stands.</summary>
    TwoOwners,

    /// <summary>A reference names a node as alive that no process of a whole state owns.</summary>
    OwnerMissing,

    /// <summary>A reference names a node as dead that a process owns, or the other way round.</summary>
    DeadOwnerMismatch,

    /// <summary>The dump ends in the middle of a line.</summary>
    Truncated,
}
