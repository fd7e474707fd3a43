namespace HandlePool;

/// <summary>Identifies a kind of fault.</summary>
public enum HandleFaultKind
{
    /// <summary>The allocation for a resize fails.</summary>
    FailAllocation,

    /// <summary>The allocation for a resize is delayed.</summary>
    DelayAllocation,

    /// <summary>A bit of a pool is flipped immediately, so that the pool contradicts the table.</summary>
    FlipBit,

    /// <summary>A summary of a hierarchical bitmap is changed immediately, so that it contradicts the bits.</summary>
    BreakSummary,

    /// <summary>There is no memory for a notification that is requested.</summary>
    FailNotification,

    /// <summary>A process cannot be frozen, because a transaction is pending.</summary>
    FailFreeze,
}
