namespace HandlePool;

/// <summary>Identifies the driver, and its version, whose rules a session follows.</summary>
/// <remarks>A driver also sets the defaults of <see cref="HandleAllocator"/> and of the limit to capacities.</remarks>
public enum HandleDriver
{
    /// <summary>No driver: the model's own safe rules, under which a refused operation never changes anything. The default.</summary>
    HandlePool,

    /// <summary>The Rust driver with <c>IdPool</c>, since Linux 6.19.</summary>
    Rust,

    /// <summary>The Rust driver before it had a bitmap: Linux 6.18.</summary>
    RustTree,

    /// <summary>The C driver with <c>dbitmap</c>, since Linux 6.11.</summary>
    C,

    /// <summary>The C driver with <c>dbitmap</c> as first merged, in Linux 6.11-rc1: bit 0 is reserved. Withdrawn before 6.11.</summary>
    C611rc1,

    /// <summary>The C driver before it had a bitmap: before Linux 6.11.</summary>
    CTree,
}
