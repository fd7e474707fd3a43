namespace HandlePool.Pools;

/// <summary>What became of a resizer on the second look.</summary>
public enum ResizeOutcome
{
    /// <summary>The pool now has the resizer's capacity.</summary>
    Applied,

    /// <summary>Growing: somebody else has grown meanwhile, and the capacity is at least the resizer's.</summary>
    AlreadyGrown,

    /// <summary>Shrinking: somebody else has shrunk meanwhile, and the capacity is at most the resizer's.</summary>
    AlreadyShrunk,

    /// <summary>Shrinking: the bits that are set now do not allow it any more.</summary>
    InUse,

    /// <summary>The bitmap was disabled meanwhile; there is nothing to resize any more.</summary>
    Disabled,
}
