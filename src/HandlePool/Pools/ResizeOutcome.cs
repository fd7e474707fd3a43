namespace HandlePool.Pools;

/// <summary>Identifies the outcome of the second look at a pool, when a resizer is to be applied.</summary>
public enum ResizeOutcome
{
    /// <summary>The pool now has the resizer's capacity.</summary>
    Applied,

    /// <summary>Growing: another thread has grown the pool in the meantime, and its capacity is at least the resizer's.</summary>
    AlreadyGrown,

    /// <summary>Shrinking: another thread has shrunk the pool in the meantime, and its capacity is at most the resizer's.</summary>
    AlreadyShrunk,

    /// <summary>Shrinking: the bits that are set now no longer allow it.</summary>
    InUse,

    /// <summary>The bitmap has been disabled in the meantime, so there is nothing to resize.</summary>
    Disabled,
}
