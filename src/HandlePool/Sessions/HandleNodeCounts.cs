namespace HandlePool;

/// <summary>Represents the flags and counts that a dump prints for a node. Immutable.</summary>
/// <remarks>
/// The properties have the driver's meaning: <c>print_binder_node_nilocked</c> in the C driver, <c>Node::debug_print</c> in the Rust
/// driver. A value that the line does not have is null.
/// </remarks>
public sealed record HandleNodeCounts
{
    /// <summary>Gets whether the owner was told that somebody holds the node strongly: <c>hs</c>.</summary>
    public bool? HasStrong { get; init; }

    /// <summary>Gets whether the owner was told that somebody holds the node: <c>hw</c>.</summary>
    public bool? HasWeak { get; init; }

    /// <summary>Gets the strong references of buffers and of the context: <c>ls</c>. Only the C driver prints it.</summary>
    public int? LocalStrong { get; init; }

    /// <summary>Gets the weak references of buffers and of the context: <c>lw</c>. Only the C driver prints it.</summary>
    public int? LocalWeak { get; init; }

    /// <summary>Gets the number of handles with a strong count: <c>is</c>. Only the C driver prints it.</summary>
    public int? StrongHolders { get; init; }

    /// <summary>Gets the number of handles: <c>iw</c>. Only the C driver prints it.</summary>
    public int? Holders { get; init; }

    /// <summary>Gets the strong count: <c>cs</c>. Only the Rust driver prints it.</summary>
    public int? Strong { get; init; }

    /// <summary>Gets the weak count: <c>cw</c>. Only the Rust driver prints it.</summary>
    public int? Weak { get; init; }

    /// <summary>Gets the number of threads that were using the node: <c>tr</c>. The C driver prints it since Linux 4.14.</summary>
    public int? Temporary { get; init; }

    /// <summary>Gets the scheduling policy of threads that serve the node: the first number of <c>pri</c>. Android's kernels print it.</summary>
    public int? Policy { get; init; }

    /// <summary>Gets the kernel's priority of threads that serve the node: the second number of <c>pri</c>.</summary>
    public int? Priority { get; init; }

    /// <summary>Gets whether the line has the two pointers: some tools leave them out.</summary>
    internal bool HasPointers { get; init; }
}
