using System.Collections.Concurrent;
using HandlePool.Tables;

namespace HandlePool.Tests.Interleavings;

/// <summary>
/// Every operation that another thread may do at every moment at which an operation holds no lock, under each growth policy:
/// what comes out is what comes out if one of the two waits for the other.
/// </summary>
public class InterleavingTests
{
    private const string Recorded = nameof(Recorded);

    private static readonly HandleAllocator[] Allocators =
        [HandleAllocator.HierarchicalBitmap, HandleAllocator.DBitmap, HandleAllocator.AugmentedTree];

    /// <summary>The growth policies, and a session that is recorded.</summary>
    private static readonly string[] Ways = [.. Enum.GetNames<GrowthPolicy>(), Recorded];

    // What comes out in order depends neither on who grows nor on where the first operation is stopped.
    private static readonly ConcurrentDictionary<(string First, string Second, HandleAllocator Allocator), HashSet<Interleaving.Outcome>> InOrder = new();
    private static readonly ConcurrentDictionary<(string First, string Way, HandleAllocator Allocator), IReadOnlyList<TableStop>> Stops = new();

    /// <summary>The first operation, where it stops, the second operation, and the way of growing.</summary>
    public static TheoryData<string, string, string, string> Cases()
    {
        TheoryData<string, string, string, string> cases = [];
        foreach (FirstOperation first in FirstOperation.All)
        {
            foreach (string way in Ways)
            {
                foreach (TableStop stop in Allocators.SelectMany(allocator => StopsOf(first, way, allocator)).Distinct())
                {
                    foreach (SecondOperation second in SecondOperation.All)
                        cases.Add(first.Name, stop.ToString(), second.Name, way);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_comes_out_is_what_some_order_gives(string first, string stop, string second, string way)
    {
        TableStop at = Enum.Parse<TableStop>(stop);
        foreach (HandleAllocator allocator in Allocators)
        {
            Interleaving interleaving = new(FirstOperation.All.Single(each => each.Name == first),
                SecondOperation.All.Single(each => each.Name == second), Options(way, allocator));
            if (!StopsOf(interleaving.First, way, allocator).Contains(at))
                continue;

            Interleaving.Outcome outcome = interleaving.At(at);
            HashSet<Interleaving.Outcome> orders = InOrder.GetOrAdd((first, second, allocator), _ => interleaving.InOrder());
            Assert.True(orders.Contains(outcome),
                $"With {allocator} there came out\n{outcome}\nbut in order there come out\n{string.Join("\nor\n", orders.Take(3))}");
        }
    }

    [Fact]
    public void Every_stop_is_one_of_the_cases()
    {
        TableStop[] stops = [.. FirstOperation.All.SelectMany(first => Ways.SelectMany(way =>
            StopsOf(first, way, HandleAllocator.HierarchicalBitmap))).Distinct().Order()];
        Assert.Equal(Enum.GetValues<TableStop>(), stops);
    }

    private static IReadOnlyList<TableStop> StopsOf(FirstOperation first, string way, HandleAllocator allocator) =>
        Stops.GetOrAdd((first.Name, way, allocator), _ => Interleaving.StopsOf(first, Options(way, allocator)));

    private static HandleSessionOptions Options(string way, HandleAllocator allocator) => new()
    {
        Allocator = allocator,
        GrowthPolicy = Enum.TryParse(way, out GrowthPolicy policy) ? policy : GrowthPolicy.Optimistic,
        RecordOperations = way == Recorded,
    };
}
