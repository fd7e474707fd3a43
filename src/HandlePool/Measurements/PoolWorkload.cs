namespace HandlePool.Measurements;

/// <summary>Specifies the steps by which the latency of a pool is measured.</summary>
public enum PoolWorkload
{
    /// <summary>Each step acquires an ID and keeps it, like a process that receives a new node with each transaction.</summary>
    Append,

    /// <summary>Each step releases a random ID and acquires the lowest free one, at each number of live IDs.</summary>
    Churn,

    /// <summary>Each step releases the highest ID of a full set. Ranges count the live IDs downwards.</summary>
    DrainNewestFirst,

    /// <summary>Each step releases the lowest ID of a full set. Ranges count the live IDs downwards.</summary>
    DrainOldestFirst,

    /// <summary>Two of three steps acquire an ID, the other releases a random one, until the number of live IDs is reached.</summary>
    Mixed,
}
