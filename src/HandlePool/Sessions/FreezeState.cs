namespace HandlePool;

/// <summary>Identifies whether a process runs: <c>IsFrozen</c> in the Rust driver.</summary>
internal enum FreezeState
{
    /// <summary>It runs.</summary>
    Thawed,

    /// <summary>It is about to be frozen: the driver waits for its transactions.</summary>
    Freezing,

    /// <summary>It does not run.</summary>
    Frozen,
}
