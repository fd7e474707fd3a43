namespace HandlePool.Evidence;

/// <summary>Specifies what a line of a report may say, by the section that it is in.</summary>
internal enum EvidenceScope
{
    /// <summary>Everything: it is the system's, or of a text that has no sections.</summary>
    All,

    /// <summary>Nothing: apps write the section.</summary>
    Nothing,

    /// <summary>That a table of a process is full: it is of a trace or a tombstone, which the process writes itself.</summary>
    Tables,

    /// <summary>What a log in the format <c>long</c> has: its messages have lines of their own.</summary>
    LongLog,

    /// <summary>What <c>dumpsys</c> prints of a service before the service itself does: its process, and its clients.</summary>
    Clients,

    /// <summary>That a part is missing: it is of a service of which nothing is read.</summary>
    Service,

    /// <summary>What the activity manager prints.</summary>
    Activity,

    /// <summary>What <c>dumpsys meminfo</c> prints.</summary>
    Memory,

    /// <summary>What <c>dumpsys package</c> prints.</summary>
    Packages,
}
