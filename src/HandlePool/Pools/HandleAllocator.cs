namespace HandlePool;

/// <summary>Identifies the way a pool finds the lowest unused ID. All allocators give the same IDs for the same operations.</summary>
public enum HandleAllocator
{
    /// <summary>
    /// A bitmap of up to 4,096 IDs with one word of marks, and beyond that segments, each as large as all before it, so that growing copies at
    /// most 256 bytes. The default.
    /// </summary>
    SegmentedBitmap,

    /// <summary>A bitmap in one array under 64-way summaries: both searches cost O(log64 n).</summary>
    HierarchicalBitmap,

    /// <summary>A flat bitmap scanned a word at a time, as in the Rust driver's IdPool.</summary>
    Bitmap,

    /// <summary>
    /// The flat bitmap of the C driver, dbitmap, searched as Bitmap is. What the C driver does when it cannot grow, and the bit that it
    /// once reserved, are rules of <see cref="HandleDriver"/>, not of the search.
    /// </summary>
    DBitmap,

    /// <summary>An ordered tree walked from its start, as in the Rust driver before it had a bitmap. O(n).</summary>
    TreeScan,

    /// <summary>A balanced tree whose nodes keep the size of their subtree: O(log n), at 40 bytes per ID.</summary>
    AugmentedTree,

    /// <summary>
    /// A bitmap, a bitmap of its full words and a lower bound for the search, as in the kernel's file table: O(n / 4096) to find an ID.
    /// </summary>
    FdTwoLevel,

    /// <summary>
    /// Bitmaps of 1,024 bits at the leaves of a 64-way tree with marks where there is room, as in the kernel's IDA: O(log64 n).
    /// </summary>
    XArray,
}
