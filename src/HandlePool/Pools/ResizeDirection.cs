namespace HandlePool;

/// <summary>Identifies the direction in which a pool is resized.</summary>
public enum ResizeDirection
{
    /// <summary>To twice the capacity.</summary>
    Grow,

    /// <summary>To a smaller capacity.</summary>
    Shrink,
}
