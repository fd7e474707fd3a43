namespace HandlePool.Pools;

/// <summary>Identifies the condition on which the second look applies a resizer for shrinking.</summary>
internal enum ShrinkCheck
{
    /// <summary>It is smaller than the pool, and not smaller than what is possible now.</summary>
    SmallerAndPossible,

    /// <summary>It is not smaller than what is possible now. A stale resizer can therefore make the pool larger.</summary>
    Possible,

    /// <summary>It is exactly what is possible now.</summary>
    ExactlyPossible,
}
