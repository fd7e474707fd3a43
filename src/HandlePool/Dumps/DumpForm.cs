namespace HandlePool.Dumps;

/// <summary>Which driver's dumps a dump is written like.</summary>
public enum DumpForm
{
    /// <summary>The C driver's. The default.</summary>
    C,

    /// <summary>The Rust driver's: flags in words, and references without the pointer for death notifications.</summary>
    Rust,
}
