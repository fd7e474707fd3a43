namespace HandlePool;

/// <summary>Identifies what a fact of a bug report is about.</summary>
public enum HandleEvidenceKind
{
    /// <summary>A section that has evidence: <see cref="HandleEvidence.Name"/> says which, <see cref="HandleEvidence.Count"/> how many facts are from it.</summary>
    Section,

    /// <summary>A section that the device refused to show, or whose command was stopped.</summary>
    Refusal,

    /// <summary>A line of a log that has the words of one of the system or of another process, and that an app wrote: <see cref="HandleEvidence.Pid"/>,
    /// <see cref="HandleEvidence.Uid"/> and <see cref="HandleEvidence.Name"/> are those of the app. It counts for nothing.</summary>
    Untrusted,

    /// <summary>A running process with its uid: from a process list or the activity manager's records.</summary>
    Process,

    /// <summary>A package and its uid.</summary>
    Package,

    /// <summary>The proxies of one interface that a process holds, as the process itself counts them: the largest only.</summary>
    InterfaceCount,

    /// <summary>The proxies that a process holds and that one uid sent it, as libbinder counts them.</summary>
    UidCount,

    /// <summary>The proxies of a process became so many that it logged their number.</summary>
    ProxyMapGrowth,

    /// <summary>The proxies of a Java process passed the limit at which it crashes.</summary>
    ProxyMapOverflow,

    /// <summary>libbinder counted so many proxies of one uid in a process that the process was told.</summary>
    ProxyLimit,

    /// <summary>The activity manager was told that a uid sent too many binders, and kills its processes.</summary>
    SenderLimit,

    /// <summary>The activity manager killed a process for too many binders.</summary>
    Kill,

    /// <summary>The record of a process's exit that may be such a kill.</summary>
    Exit,

    /// <summary>The binder objects that a process offers, as its memory report counts them.</summary>
    LocalBinders,

    /// <summary>The proxies that a process holds, as its memory report counts them.</summary>
    ProxyBinders,

    /// <summary>The death recipients of a process, as its memory report counts them.</summary>
    DeathRecipients,

    /// <summary>A death recipient that was left linked when its owner was collected.</summary>
    LeakedDeathRecipient,

    /// <summary>A table of JNI references was full, which ends the process.</summary>
    ReferenceTableOverflow,

    /// <summary>The references of one class in a full table.</summary>
    ReferenceCount,

    /// <summary>A registered service with its interface.</summary>
    Service,

    /// <summary>The processes that hold a service, or the process that offers it.</summary>
    ServiceClients,

    /// <summary>A call that is under way.</summary>
    Transaction,

    /// <summary>A buffer of a call that its receiver has not freed.</summary>
    TransactionBuffer,

    /// <summary>A call in the driver's log of the latest or of the failed ones.</summary>
    LoggedTransaction,
}
