namespace HandlePool.Measurements;

/// <summary>Specifies what a pool does while its lock is held once.</summary>
public enum PoolOperation
{
    /// <summary>The lowest unused ID is searched for and taken. A search of a full pool ends without one.</summary>
    Acquire,

    /// <summary>An ID is released, and the pool is asked whether it may shrink.</summary>
    Release,

    /// <summary>The pool adopts the memory for a larger capacity.</summary>
    Grow,

    /// <summary>The pool looks again whether it may shrink, and adopts the memory for a smaller capacity.</summary>
    Shrink,
}
