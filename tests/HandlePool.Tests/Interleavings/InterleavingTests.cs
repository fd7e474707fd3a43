using System.Collections.Concurrent;
using HandlePool.Tables;

namespace HandlePool.Tests.Interleavings;

/// <summary>
/// Runs every operation of another thread at every point at which an operation holds no lock, under each growth policy. The
/// outcome must be that of some order of the two.
/// </summary>
public class InterleavingTests(ITestOutputHelper output)
{
    // So that no case gets lost. It changes with the operations, the test points and the growth policies.
    private const int CaseCount = 24_682;

    private const string Recorded = nameof(Recorded);

    // The bitmaps of the drivers stand for their rules: DBitmap for the C driver's order of looks, Bitmap for the Rust driver's.
    private static readonly HandleAllocator[] Allocators =
        [HandleAllocator.SegmentedBitmap, HandleAllocator.DBitmap, HandleAllocator.AugmentedTree, HandleAllocator.Bitmap];

    /// <summary>The growth policies, and a recorded session.</summary>
    private static readonly string[] Ways = [.. Enum.GetNames<GrowthPolicy>(), Recorded];

    // The outcomes in order depend neither on the growth policy nor on the test point.
    private static readonly ConcurrentDictionary<(string First, string Second, HandleAllocator Allocator), Orders> InOrder = new();
    private static readonly ConcurrentDictionary<(string First, string Way, HandleAllocator Allocator), IReadOnlyList<TestPoint>> Points = new();

    /// <summary>
    /// The first operation and the growth policy. A row runs all second operations, at all test points, with all allocators.
    /// </summary>
    public static TheoryData<string, string> Rows()
    {
        TheoryData<string, string> rows = [];
        foreach (FirstOperation first in FirstOperation.All)
        {
            foreach (string way in Ways)
                rows.Add(first.Name, way);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Two_threads_get_what_some_order_of_their_steps_gives(string first, string way)
    {
        int cases = 0;
        List<(string Case, string Message)> failures = [];
        foreach ((TestPoint point, SecondOperation second, HandleAllocator allocator) in CasesOf(Operation(first), way))
        {
            cases++;
            try
            {
                Try(Operation(first), point, second, way, allocator);
            }
            catch (Exception exception)
            {
                failures.Add(($"\"{second}\" at {point} with {allocator}", exception.Message));

                // After a deadlock, every further case might take as long.
                if (exception is TimeoutException)
                    break;
            }
        }

        output.WriteLine($"{cases} cases");
        Assert.True(failures.Count == 0, $"""
            {failures.Count} of {cases} cases of "{first}" under {way} fail:
            {string.Join('\n', failures.Select(failure => failure.Case))}

            The first: {failures.FirstOrDefault().Message}
            """);
    }

    [Fact]
    public void No_case_of_two_threads_is_lost()
    {
        int cases = FirstOperation.All.Sum(first => Ways.Sum(way => CasesOf(first, way).Count()));
        output.WriteLine($"{cases} cases");
        Assert.Equal(CaseCount, cases);
    }

    [Fact]
    public void Every_test_point_is_among_the_cases()
    {
        TestPoint[] points = [.. FirstOperation.All.SelectMany(first => Ways.SelectMany(way => CasesOf(first, way)))
            .Select(each => each.Point).Distinct().Order()];
        Assert.Equal(Enum.GetValues<TestPoint>(), points);
    }

    private static void Try(FirstOperation first, TestPoint point, SecondOperation second, string way, HandleAllocator allocator)
    {
        Interleaving interleaving = new(first, second, Options(way, allocator), way == Recorded);
        Interleaving.Outcome outcome = interleaving.At(point);
        Orders orders = InOrder.GetOrAdd((first.Name, second.Name, allocator), _ => new Orders(interleaving.InOrder()));
        if (!orders.Contain(outcome))
            Assert.Fail($"the outcome is\n{outcome}\nbut in order it is\n{string.Join("\nor\n", orders.Known.Take(3))}");
    }

    private static FirstOperation Operation(string name) => FirstOperation.All.Single(each => each.Name == name);

    private static IEnumerable<(TestPoint Point, SecondOperation Second, HandleAllocator Allocator)> CasesOf(
        FirstOperation first, string way) =>
        from allocator in Allocators
        where HasWay(allocator, way)
        from point in PointsOf(first, way, allocator)
        from second in SecondOperation.All
        select (point, second, allocator);

    /// <summary>
    /// Returns whether cases run this way with the allocator. Growth policies concern no tree, whose pool does not grow, and the Rust
    /// driver has only one.
    /// </summary>
    private static bool HasWay(HandleAllocator allocator, string way) =>
        allocator is HandleAllocator.SegmentedBitmap or HandleAllocator.DBitmap || way is nameof(GrowthPolicy.Optimistic) or Recorded;

    private static IReadOnlyList<TestPoint> PointsOf(FirstOperation first, string way, HandleAllocator allocator) =>
        Points.GetOrAdd((first.Name, way, allocator), _ => Interleaving.PointsOf(first, Options(way, allocator), way == Recorded));

    /// <summary>Returns the options of a session; the bitmaps of the drivers follow their rules too.</summary>
    private static HandleSessionOptions Options(string way, HandleAllocator allocator) => new()
    {
        Driver = allocator switch
        {
            HandleAllocator.Bitmap => HandleDriver.Rust,
            HandleAllocator.DBitmap => HandleDriver.C,
            _ => HandleDriver.HandlePool,
        },
        Allocator = allocator,
        GrowthPolicy = Enum.TryParse(way, out GrowthPolicy policy) ? policy : GrowthPolicy.Optimistic,
    };

    /// <summary>Represents the outcomes of the orders of two operations, which are done only until one has the outcome that is looked for.</summary>
    private sealed class Orders(IEnumerable<Interleaving.Outcome> outcomes)
    {
        private readonly IEnumerator<Interleaving.Outcome> _rest = outcomes.GetEnumerator();

        internal HashSet<Interleaving.Outcome> Known { get; } = [];

        internal bool Contain(Interleaving.Outcome outcome)
        {
            bool found = Known.Contains(outcome);
            while (!found && _rest.MoveNext())
            {
                Known.Add(_rest.Current);
                found = _rest.Current == outcome;
            }

            return found;
        }
    }
}
