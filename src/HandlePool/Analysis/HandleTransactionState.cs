namespace HandlePool.Analysis;

/// <summary>Identifies the state of a call, as the driver shows it.</summary>
public enum HandleTransactionState
{
    /// <summary>It is under way, and no thread has taken it yet.</summary>
    Pending,

    /// <summary>It is under way, and a thread serves it.</summary>
    Running,

    /// <summary>It is under way, as its buffer says, which does not tell whether a thread has taken it.</summary>
    Active,

    /// <summary>It is over, and its receiver has not freed its buffer.</summary>
    NotFreed,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It is over, and only the log of the latest calls has it.</summary>
    Logged,
}

/// <summary>Identifies whether a call is part of a circle of waits, and how certain that is.</summary>
public enum HandleWaitCycle
{
    /// <summary>It is in no circle that the driver shows.</summary>
    None,

    /// <summary>Each thread of the circle waits for the next one: a deadlock.</summary>
    Threads,

    /// <summary>No thread of the called process takes the call, as all that are known wait: a deadlock unless the process gets another thread.</summary>
    Pool,

    /// <summary>Threads of processes wait for each other's processes, while the threads that serve them run: a deadlock if these wait for locks, which the
    /// driver does not show.</summary>
    Processes,
}

/// <summary>Identifies what has become of the handle that a call of a log was made with.</summary>
public enum HandleUseState
{
    /// <summary>The caller has the handle, for the same node.</summary>
    Held,

    /// <summary>The caller has the handle for another node: the reference was dropped since, and the handle was given again.</summary>
    Reused,

    /// <summary>The caller does not have the handle: the reference was dropped since.</summary>
    Dropped,

    /// <summary>The dump does not tell: it lacks the caller, or is incomplete.</summary>
    Unknown,
}
