namespace HandlePool.Analysis;

/// <summary>By what a process of one dump was taken for one of another.</summary>
public enum HandleProcessMatch
{
    /// <summary>Pid and name are the same.</summary>
    PidAndName,

    /// <summary>The pid is the same, and a name is not known on both sides: the pid may have been reused.</summary>
    Pid,

    /// <summary>The name is the same and the pid another: it was started again.</summary>
    Name,

    /// <summary>It is in one of the two only.</summary>
    None,
}
