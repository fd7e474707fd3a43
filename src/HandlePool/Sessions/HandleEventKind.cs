namespace HandlePool;

/// <summary>What an event is about.</summary>
public enum HandleEventKind
{
    /// <summary>A pool grew.</summary>
    Grow,

    /// <summary>A pool shrank.</summary>
    Shrink,

    /// <summary>A resizer was discarded by the second look.</summary>
    ResizeDiscarded,

    /// <summary>The bitmap had an ID as unused at which the table has a reference.</summary>
    Mismatch,

    /// <summary>A pool was full and at its limit.</summary>
    PoolExhausted,

    /// <summary>There was no memory to shrink a pool, which is ignored.</summary>
    AllocationFailed,

    /// <summary>There was no memory to grow a DBitmap, which was given up for good.</summary>
    BitmapDisabled,

    /// <summary>A process exited.</summary>
    ProcessExit,

    /// <summary>Mismatches between a pool and a table were mended.</summary>
    Mended,
}
