namespace HandlePool;

/// <summary>Identifies the parts of a session that contradict each other.</summary>
public enum HandleMismatchKind
{
    /// <summary>
    /// A handle is held, but the pool has it as unused. It may be given to a second node, which fails with <c>PoolCorrupted</c>.
    /// </summary>
    BitClear,

    /// <summary>A handle is not held, but the pool has it as used. It is never given out.</summary>
    BitSet,

    /// <summary>Bit 0, which driver C611rc1 reserves and always sets, is clear.</summary>
    ReservedBit,

    /// <summary>A summary, a count or a bound that speeds up the searches of a bitmap does not match its bits.</summary>
    Summary,

    /// <summary>The tree of an AugmentedTree is out of order, out of balance, or has wrong sizes, or the marks of an XArray are wrong.</summary>
    Tree,

    /// <summary>The pool's count of used IDs is wrong.</summary>
    InUse,

    /// <summary>A handle beyond the pool's capacity is held.</summary>
    Capacity,

    /// <summary>The table's count of references, or that of one of its pages, is wrong.</summary>
    TableCount,

    /// <summary>The index by node lacks a held node, or has a node that is not held.</summary>
    NodeIndex,

    /// <summary>A reference has a negative count.</summary>
    ReferenceCount,

    /// <summary>A node's holders or counts are not the sums over its references.</summary>
    NodeCount,

    /// <summary>A node is held but is not in the session.</summary>
    NodeMissing,
}
