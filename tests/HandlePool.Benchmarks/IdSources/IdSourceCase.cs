using System.Globalization;

namespace HandlePool.Benchmarks.IdSources;

/// <summary>A source of IDs and the number of live IDs that it is measured at.</summary>
public sealed record IdSourceCase(string Source, int Live)
{
    /// <summary>A list of free IDs, which is not lowest-first.</summary>
    internal const string FreeList = "FreeList";

    /// <summary>A bitmap with a hint for each processor, which is not lowest-first.</summary>
    internal const string HintedBitmap = "HintedBitmap";

    /// <summary>A flat bitmap, searched with vectors.</summary>
    internal const string Vectorized = "VectorScan";

    /// <summary>All cases that end in reasonable time: what walks from its start is left out where there is too much to walk.</summary>
    public static IEnumerable<IdSourceCase> All
    {
        get
        {
            int[] sizes = [1_000, 100_000, 1_000_000, 10_000_000];
            return
            [
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.SegmentedBitmap), live)),
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.HierarchicalBitmap), live)),
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.Bitmap), live)),
                .. sizes[..3].Select(live => new IdSourceCase(nameof(HandleAllocator.DBitmap), live)),
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.AugmentedTree), live)),
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.FdTwoLevel), live)),
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.XArray), live)),
                new IdSourceCase(nameof(HandleAllocator.TreeScan), sizes[0]),
                .. sizes.Select(live => new IdSourceCase(FreeList, live)),
                .. sizes.Select(live => new IdSourceCase(HintedBitmap, live)),
                .. sizes.Select(live => new IdSourceCase(Vectorized, live)),
                .. sizes.Select(live => new IdSourceCase(nameof(SortedSet<int>), live)),
                .. sizes.Select(live => new IdSourceCase(nameof(PriorityQueue<int, int>), live)),
                .. sizes[..3].Select(live => new IdSourceCase(nameof(System.Collections.BitArray), live)),
                .. sizes[..3].Select(live => new IdSourceCase(nameof(List<bool>), live)),
            ];
        }
    }

    /// <summary>Makes the source, with the IDs 1 to <see cref="Live"/> taken.</summary>
    public IIdSource Create()
    {
        IIdSource source = CreateEmpty(Source);
        source.Fill(Live);
        return source;
    }

    /// <summary>Makes a source with no ID taken.</summary>
    internal static IIdSource CreateEmpty(string name) => name switch
    {
        FreeList => new FreeListIdSource(),
        HintedBitmap => new HintedBitmapIdSource(),
        Vectorized => new VectorScanIdSource(),
        nameof(SortedSet<int>) => new SortedSetIdSource(),
        nameof(PriorityQueue<int, int>) => new PriorityQueueIdSource(),
        nameof(System.Collections.BitArray) => new BitArrayIdSource(),
        nameof(List<bool>) => new BooleanListIdSource(),
        _ => new PoolIdSource(Enum.Parse<HandleAllocator>(name)),
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Source} {Live}");
}
