namespace HandlePool.Operations;

/// <summary>What can be done to a session by a row.</summary>
/// <remarks>The numbers stand in files, and do not change.</remarks>
public enum HandleOperationKind
{
    /// <summary>Creates a process: Process is its name, Id its pid.</summary>
    NewProcess,

    /// <summary>Creates a process that is the manager of its context.</summary>
    NewManager,

    /// <summary>Lets a process exit.</summary>
    RemoveProcess,

    /// <summary>Creates nodes of a process: Node is their name, Count how many.</summary>
    NewNode,

    /// <summary>Removes a node from its owner.</summary>
    RemoveNode,

    /// <summary>Adds counts on a node, or else on a handle.</summary>
    AddReference,

    /// <summary>Takes counts from a handle, or else from that of a node.</summary>
    RemoveReference,

    /// <summary>Takes all counts from a handle, or else from that of a node.</summary>
    DropReference,

    /// <summary>Doubles the pool, full or not.</summary>
    GrowPool,

    /// <summary>Shrinks the pool as the driver's rule has it.</summary>
    ShrinkPool,

    /// <summary>Shrinks the pool as far as the highest used handle allows.</summary>
    FitPool,

    /// <summary>The same, if there is anything to gain.</summary>
    OptimizePool,

    /// <summary>The first phase of growing.</summary>
    RequestGrow,

    /// <summary>The first phase of shrinking.</summary>
    RequestShrink,

    /// <summary>The first phase of shrinking as far as the highest used handle allows.</summary>
    RequestFit,

    /// <summary>The second phase: of the oldest resizer of the process that is not completed, or of the one whose place among them Count says.</summary>
    CompleteResize,
}
