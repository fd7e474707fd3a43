namespace HandlePool;

/// <summary>Who allocates when several threads find a pool full at once.</summary>
public enum GrowthPolicy
{
    /// <summary>Everybody allocates; whoever comes second finds the pool grown and discards its memory: what the driver does. The default.</summary>
    Optimistic,
}
