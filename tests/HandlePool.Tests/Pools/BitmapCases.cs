using HandlePool.Tests.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Lists lengths with one to four levels of summaries or segments, and their bits at the edges of words, levels and segments.</summary>
internal static class BitmapCases
{
    internal static readonly int[] Lengths = [64, 128, 4096, 8192, 65_536, 131_072, 262_144, 1 << 20];

    private static readonly int[] AllEdges =
    [
        0, 1, 31, 32, 62, 63, 64, 65, 127, 128, 4031, 4032, 4095, 4096, 4097, 4159, 4160, 8191, 8192, 65_535, 65_536, 65_537, 131_071, 131_072,
        262_079, 262_080, 262_143, 262_144, 262_145, 524_287, 524_288, 1_048_511, 1_048_512, 1_048_575,
    ];

    internal static TheoryData<HandleAllocator, int> KindsAndLengths
    {
        get
        {
            TheoryData<HandleAllocator, int> cases = [];
            foreach (HandleAllocator kind in PoolBuilder.IdPools)
            {
                foreach (int length in Lengths)
                    cases.Add(kind, length);
            }

            return cases;
        }
    }

    internal static int[] EdgesWithin(int length) => [.. AllEdges.Where(edge => edge < length)];
}
