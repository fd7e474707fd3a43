namespace HandlePool;

/// <summary>Identifies a kind of event.</summary>
public enum HandleEventKind
{
    /// <summary>A pool grew.</summary>
    Grow,

    /// <summary>A pool shrank.</summary>
    Shrink,

    /// <summary>The second look discarded a resizer.</summary>
    ResizeDiscarded,

    /// <summary>The pool had an ID as unused although the table has a reference there, or its summaries were wrong.</summary>
    Mismatch,

    /// <summary>A pool was full and could not grow beyond its limit.</summary>
    PoolExhausted,

    /// <summary>There was no memory to shrink a pool. The release that caused it succeeded anyway.</summary>
    AllocationFailed,

    /// <summary>There was no memory to grow a bitmap of the C driver, which is now disabled for good.</summary>
    BitmapDisabled,

    /// <summary>A process exited.</summary>
    ProcessExit,

    /// <summary>Mismatches in a pool or a table were repaired.</summary>
    Repaired,

    /// <summary>A process requested a notification.</summary>
    NotificationRequested,

    /// <summary>A process was told of a death, of freezing or of thawing, and has not read it yet.</summary>
    NotificationQueued,

    /// <summary>A process read a notification, or the confirmation that one is cleared.</summary>
    NotificationReceived,

    /// <summary>A process completed a notification.</summary>
    NotificationCompleted,

    /// <summary>A process cleared a notification.</summary>
    NotificationCleared,

    /// <summary>A notification was dropped with its reference.</summary>
    NotificationDropped,

    /// <summary>A process was frozen.</summary>
    ProcessFrozen,

    /// <summary>A process was thawed.</summary>
    ProcessThawed,

    /// <summary>The freezing of a process began.</summary>
    FreezeBegun,

    /// <summary>A process was not frozen, because a transaction was pending.</summary>
    FreezeFailed,
}
