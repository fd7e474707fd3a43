namespace HandlePool;

/// <summary>How a pool finds the lowest unused ID. All allocators give the same IDs for the same operations.</summary>
public enum HandleAllocator
{
    /// <summary>A bitmap under 64-way summaries: both searches cost O(log64 n). The default.</summary>
    HierarchicalBitmap,

    /// <summary>A flat bitmap scanned a word at a time: what the Rust driver's IdPool does.</summary>
    Bitmap,
}
