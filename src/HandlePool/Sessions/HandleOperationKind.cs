namespace HandlePool;

/// <summary>Identifies an operation on a session.</summary>
/// <remarks>Files contain the numbers, which therefore never change.</remarks>
public enum HandleOperationKind
{
    /// <summary>Creates a process: Process is its name, Id its pid.</summary>
    NewProcess,

    /// <summary>Creates a process that is the manager of its context.</summary>
    NewManager,

    /// <summary>Lets a process exit.</summary>
    RemoveProcess,

    /// <summary>Creates nodes of a process: Node is their name, Count their number.</summary>
    NewNode,

    /// <summary>Removes a node from its owner.</summary>
    RemoveNode,

    /// <summary>Adds counts on a node or, without one, to a handle.</summary>
    AddReference,

    /// <summary>Removes counts from a handle or, without one, from that of a node.</summary>
    RemoveReference,

    /// <summary>Removes all counts from a handle or, without one, from that of a node.</summary>
    DropReference,

    /// <summary>Doubles the pool, even if it is not full.</summary>
    GrowPool,

    /// <summary>Shrinks the pool by the driver's rule.</summary>
    ShrinkPool,

    /// <summary>Shrinks the pool as far as the highest used handle allows.</summary>
    FitPool,

    /// <summary>Shrinks the pool as far as the highest used handle allows, if that makes it smaller.</summary>
    OptimizePool,

    /// <summary>Performs the first phase of growing.</summary>
    RequestGrow,

    /// <summary>Performs the first phase of shrinking by the driver's rule.</summary>
    RequestShrink,

    /// <summary>Performs the first phase of shrinking as far as the highest used handle allows.</summary>
    RequestFit,

    /// <summary>Performs the second phase: of the process's oldest open resizer, or of the one at the position in Count.</summary>
    CompleteResize,

    /// <summary>Makes a running process the manager of its context.</summary>
    SetManager,

    /// <summary>Requests a notification: Kind is its kind, death by default, and Cookie its cookie, the handle by default.</summary>
    RequestNotification,

    /// <summary>Reads what is queued for the process: at most Count messages, all by default.</summary>
    ReceiveNotification,

    /// <summary>Completes the first received notification of Kind and Cookie.</summary>
    CompleteNotification,

    /// <summary>Clears the notification of a handle or, without one, of that of a node.</summary>
    ClearNotification,

    /// <summary>Freezes a process.</summary>
    SuspendProcess,

    /// <summary>Thaws a process.</summary>
    ResumeProcess,

    /// <summary>Begins to freeze a process, which <see cref="SuspendProcess"/> ends.</summary>
    BeginSuspendProcess,

    /// <summary>Makes Count requests for notifications fail, 1 by default, after After others, as if there were no memory.</summary>
    FailNotification,

    /// <summary>Makes Count freezes fail, 1 by default, after After others, as if a transaction were pending.</summary>
    FailFreeze,

    /// <summary>Makes Count allocations for resizes fail, 1 by default, after After others; with Direction, those of one direction.</summary>
    FailAllocation,

    /// <summary>Delays Count allocations for resizes by Delay, all by default, after After others; with Direction, those of one direction.</summary>
    DelayAllocation,

    /// <summary>Flips the bit of a handle in the pool.</summary>
    FlipBit,

    /// <summary>Makes the summaries of a handle's word contradict the bits.</summary>
    BreakSummary,

    /// <summary>Removes a fault: Fault is its number in the session.</summary>
    RemoveFault,
}
