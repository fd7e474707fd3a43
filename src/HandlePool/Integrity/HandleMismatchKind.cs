namespace HandlePool;

/// <summary>What disagrees with what.</summary>
public enum HandleMismatchKind
{
    /// <summary>A handle is held, and the pool has it as unused: it may be given to a second node, which fails with <c>PoolCorrupted</c>.</summary>
    BitClear,

    /// <summary>A handle is not held, and the pool has it as used: it is given to nobody.</summary>
    BitSet,

    /// <summary>Bit 0 of a DBitmap, which is always set, is clear.</summary>
    ReservedBit,

    /// <summary>A summary of a HierarchicalBitmap does not say what the words below it are.</summary>
    Summary,

    /// <summary>The tree of an AugmentedTree is not in order, not balanced, or has wrong sizes.</summary>
    Tree,

    /// <summary>The pool's count of used IDs is not how many are used.</summary>
    InUse,

    /// <summary>A handle is held that is beyond the pool's capacity.</summary>
    Capacity,

    /// <summary>The table's count of references, or that of one of its pages, is not how many there are.</summary>
    TableCount,

    /// <summary>A held node is not found by itself, or what is found by it is not held.</summary>
    NodeIndex,

    /// <summary>A reference has a count below 0.</summary>
    ReferenceCount,

    /// <summary>A node's holders or counts are not the sums over those who hold it.</summary>
    NodeCount,

    /// <summary>A node is held and is not in the session.</summary>
    NodeMissing,
}
