namespace HandlePool;

/// <summary>Identifies which threads allocate when several find a pool full at once.</summary>
public enum GrowthPolicy
{
    /// <summary>
    /// Every thread allocates. A thread that finds the pool already grown discards its memory, as in the driver. The default.
    /// </summary>
    Optimistic,

    /// <summary>A flag under the table's lock marks that a thread is growing the pool. Other threads wait for it and try again.</summary>
    GrowingFlag,

    /// <summary>
    /// A second lock is held while allocating and growing. A thread that had to wait for it looks again before it allocates.
    /// </summary>
    AllocationLock,
}
