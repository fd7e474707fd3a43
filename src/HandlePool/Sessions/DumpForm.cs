namespace HandlePool;

/// <summary>Specifies the driver whose format a dump has.</summary>
public enum DumpForm
{
    /// <summary>The C driver of Android's kernels: with the priority of each node.</summary>
    C,

    /// <summary>The Rust driver: flags as words, no dead nodes without references, and references without a line feed.</summary>
    Rust,

    /// <summary>The C driver of mainline kernels: without the priority of nodes.</summary>
    CMainline,
}
