namespace HandlePool.Analysis;

/// <summary>Specifies the evidence that a process of one dump is a process of another.</summary>
public enum HandleProcessMatch
{
    /// <summary>The pid and the name are the same.</summary>
    PidAndName,

    /// <summary>The pid is the same, and a name is missing on one side or both: the pid may have been reused.</summary>
    Pid,

    /// <summary>The name is the same and the pid differs: the process was restarted.</summary>
    Name,

    /// <summary>The process is in one of the two dumps only.</summary>
    None,
}
