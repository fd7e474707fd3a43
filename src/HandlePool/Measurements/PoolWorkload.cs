namespace HandlePool.Measurements;

/// <summary>What is done to a pool while its latency is measured.</summary>
public enum PoolWorkload
{
    /// <summary>One ID is taken and kept per step: what a server sees that gets a new node with each transaction.</summary>
    Append,

    /// <summary>At each number of live IDs, one at random is released and the lowest unused is taken; both together are the step.</summary>
    Churn,

    /// <summary>All IDs are there; the highest is released per step. Ranges count the live IDs downwards.</summary>
    DrainNewestFirst,

    /// <summary>All IDs are there; the lowest is released per step. Ranges count the live IDs downwards.</summary>
    DrainOldestFirst,

    /// <summary>Two steps of three take an ID, one releases one at random, until the number of live IDs is reached.</summary>
    Mixed,
}
