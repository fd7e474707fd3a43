namespace HandlePool;

/// <summary>Identifies the way a pool finds the lowest unused ID. All allocators give the same IDs for the same operations.</summary>
public enum HandleAllocator
{
    /// <summary>A bitmap under 64-way summaries: both searches cost O(log64 n). The default.</summary>
    HierarchicalBitmap,

    /// <summary>A flat bitmap scanned a word at a time, as in the Rust driver's IdPool.</summary>
    Bitmap,

    /// <summary>
    /// The C driver's dbitmap: like Bitmap, but bit 0 is always set, and a failed allocation for growing disables it for good.
    /// </summary>
    DBitmap,

    /// <summary>An ordered tree walked from its start, as in the Rust driver before it had a bitmap. O(n).</summary>
    TreeScan,

    /// <summary>A balanced tree whose nodes keep the size of their subtree: O(log n), at 40 bytes per ID.</summary>
    AugmentedTree,
}
