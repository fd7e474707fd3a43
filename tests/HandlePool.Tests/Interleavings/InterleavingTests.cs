using System.Collections.Concurrent;
using HandlePool.Tables;

namespace HandlePool.Tests.Interleavings;

/// <summary>
/// Runs every operation of another thread at every point at which an operation holds no lock, under each growth policy. The
/// outcome must be that of some order of the two.
/// </summary>
public class InterleavingTests
{
    private const string Recorded = nameof(Recorded);

    private static readonly HandleAllocator[] Allocators =
        [HandleAllocator.HierarchicalBitmap, HandleAllocator.DBitmap, HandleAllocator.AugmentedTree];

    /// <summary>The growth policies, and a recorded session.</summary>
    private static readonly string[] Ways = [.. Enum.GetNames<GrowthPolicy>(), Recorded];

    // The outcomes in order depend neither on the growth policy nor on the test point.
    private static readonly ConcurrentDictionary<(string First, string Second, HandleAllocator Allocator), HashSet<Interleaving.Outcome>> InOrder = new();
    private static readonly ConcurrentDictionary<(string First, string Way, HandleAllocator Allocator), IReadOnlyList<TestPoint>> Points = new();

    /// <summary>The first operation, the test point, the second operation, and the way of growing.</summary>
    public static TheoryData<string, string, string, string> Cases()
    {
        TheoryData<string, string, string, string> cases = [];
        foreach (FirstOperation first in FirstOperation.All)
        {
            foreach (string way in Ways)
            {
                foreach (TestPoint point in Allocators.SelectMany(allocator => PointsOf(first, way, allocator)).Distinct())
                {
                    foreach (SecondOperation second in SecondOperation.All)
                        cases.Add(first.Name, point.ToString(), second.Name, way);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_comes_out_is_what_some_order_gives(string first, string point, string second, string way)
    {
        TestPoint at = Enum.Parse<TestPoint>(point);
        foreach (HandleAllocator allocator in Allocators)
        {
            Interleaving interleaving = new(FirstOperation.All.Single(each => each.Name == first),
                SecondOperation.All.Single(each => each.Name == second), Options(way, allocator), way == Recorded);
            if (!PointsOf(interleaving.First, way, allocator).Contains(at))
                continue;

            Interleaving.Outcome outcome = interleaving.At(at);
            HashSet<Interleaving.Outcome> orders = InOrder.GetOrAdd((first, second, allocator), _ => interleaving.InOrder());
            Assert.True(orders.Contains(outcome),
                $"With {allocator} there came out\n{outcome}\nbut in order there come out\n{string.Join("\nor\n", orders.Take(3))}");
        }
    }

    [Fact]
    public void Every_test_point_is_among_the_cases()
    {
        TestPoint[] points = [.. FirstOperation.All.SelectMany(first => Ways.SelectMany(way =>
            PointsOf(first, way, HandleAllocator.HierarchicalBitmap))).Distinct().Order()];
        Assert.Equal(Enum.GetValues<TestPoint>(), points);
    }

    private static IReadOnlyList<TestPoint> PointsOf(FirstOperation first, string way, HandleAllocator allocator) =>
        Points.GetOrAdd((first.Name, way, allocator), _ => Interleaving.PointsOf(first, Options(way, allocator), way == Recorded));

    private static HandleSessionOptions Options(string way, HandleAllocator allocator) => new()
    {
        Allocator = allocator,
        GrowthPolicy = Enum.TryParse(way, out GrowthPolicy policy) ? policy : GrowthPolicy.Optimistic,
    };
}
