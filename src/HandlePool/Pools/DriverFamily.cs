namespace HandlePool.Pools;

/// <summary>Identifies the drivers that answer and log alike.</summary>
internal enum DriverFamily
{
    /// <summary>The model itself, which is no driver and tells user space nothing.</summary>
    None,

    /// <summary>The Rust driver.</summary>
    Rust,

    /// <summary>The C driver.</summary>
    C,
}
