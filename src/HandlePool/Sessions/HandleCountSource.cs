namespace HandlePool;

/// <summary>Specifies the evidence that a count of handles is from. The values are ordered: each tells less than the one before.</summary>
public enum HandleCountSource
{
    /// <summary>The references in the session's handle tables, as created or as read from a state: handles, nodes and owners.</summary>
    State,

    /// <summary>The holders that a dump lists after the nodes of a process: nodes and owners, but neither handles nor counts.</summary>
    HolderList,

    /// <summary>The statistics that the driver prints for each process: totals without nodes or owners.</summary>
    Statistics,
}
