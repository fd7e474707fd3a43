namespace HandlePool;

/// <summary>Who allocates when several threads find a pool full at once.</summary>
public enum GrowthPolicy
{
    /// <summary>Everybody allocates; whoever comes second finds the pool grown and discards its memory: what the driver does. The default.</summary>
    Optimistic,

    /// <summary>A flag under the table's lock says that somebody is growing; the others wait until that is done, and try again.</summary>
    GrowingFlag,

    /// <summary>A second lock is held while allocating and growing; who had to wait for it looks again before allocating.</summary>
    AllocationLock,
}
