using System.Globalization;

namespace HandlePool.Benchmarks.IdSources;

/// <summary>A source of IDs and the number of live IDs that it is measured at.</summary>
public sealed record IdSourceCase(string Source, int Live)
{
    private const string Vectorized = "VectorScan";

    /// <summary>All cases that end in reasonable time: what walks from its start is left out where there is too much to walk.</summary>
    public static IEnumerable<IdSourceCase> All
    {
        get
        {
            int[] sizes = [1_000, 100_000, 1_000_000, 10_000_000];
            return
            [
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.HierarchicalBitmap), live)),
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.Bitmap), live)),
                .. sizes[..3].Select(live => new IdSourceCase(nameof(HandleAllocator.DBitmap), live)),
                .. sizes.Select(live => new IdSourceCase(nameof(HandleAllocator.AugmentedTree), live)),
                new IdSourceCase(nameof(HandleAllocator.TreeScan), sizes[0]),
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
        IIdSource source = Source switch
        {
            Vectorized => new VectorScanIdSource(),
            nameof(SortedSet<int>) => new SortedSetIdSource(),
            nameof(PriorityQueue<int, int>) => new PriorityQueueIdSource(),
            nameof(System.Collections.BitArray) => new BitArrayIdSource(),
            nameof(List<bool>) => new BooleanListIdSource(),
            _ => new PoolIdSource(Enum.Parse<HandleAllocator>(Source)),
        };
        source.Fill(Live);
        return source;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Source} {Live}");
}
