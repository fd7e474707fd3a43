namespace HandlePool;

/// <summary>What goes wrong on purpose.</summary>
public enum HandleFaultKind
{
    /// <summary>There is no memory for the larger or smaller pool of a resize.</summary>
    FailAllocation,

    /// <summary>The allocation for a resize takes longer.</summary>
    DelayAllocation,

    /// <summary>A bit of a pool changes by itself, so that pool and table disagree. Done at once.</summary>
    FlipBit,

    /// <summary>A summary of a hierarchical bitmap changes by itself, so that it disagrees with the bits. Done at once.</summary>
    BreakSummary,
}
