namespace HandlePool;

/// <summary>Identifies a kind of anomaly in the data that a session was built from.</summary>
public enum HandleFindingKind
{
    /// <summary>A process has the same handle twice; the first is kept.</summary>
    DuplicateHandle,

    /// <summary>A process holds the same node by two handles; the first is kept.</summary>
    DuplicateReference,

    /// <summary>A process appears twice in the same context: it has opened the device twice, or two files show it.</summary>
    DuplicateProcess,

    /// <summary>A node appears under two owners; the first is kept.</summary>
    TwoOwners,

    /// <summary>A reference names a living node that no process of a complete dump owns.</summary>
    OwnerMissing,

    /// <summary>A reference and the owner's list of nodes disagree about whether a node is dead.</summary>
    DeadOwnerMismatch,

    /// <summary>The dump ends in the middle of a line.</summary>
    Truncated,

    /// <summary>A node's line lists other holders than the references to it show.</summary>
    HolderMismatch,

    /// <summary>The driver's statistics disagree with the state, or with themselves, by more than what happens in between.</summary>
    StatisticsMismatch,

    /// <summary>The line with the pid of a process is missing or cannot be read; it is read as pid 0.</summary>
    PidMissing,

    /// <summary>Lines of a state stand under no heading of the driver's, and were not read.</summary>
    TextNotRead,

    /// <summary>The name of a process or a context is not UTF-8; its bytes that are no character are read as U+FFFD.</summary>
    NameNotUtf8,

    /// <summary>Lines of the dump contradict each other so often that some are likely to be missing: holders and owners are uncertain.</summary>
    LinesMissing,

    /// <summary>Counts in a bug report contradict each other, or a process has two uids.</summary>
    EvidenceMismatch,

    /// <summary>Lines of a state or of statistics are unknown or damaged, so that what they tell is missing.</summary>
    LinesNotRead,
}
