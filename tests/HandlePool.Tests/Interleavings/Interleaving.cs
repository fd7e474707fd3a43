using HandlePool.Tables;

namespace HandlePool.Tests.Interleavings;

/// <summary>Runs two operations in every order of their steps, and interleaved: the second while the first is stopped.</summary>
internal sealed record Interleaving(FirstOperation First, SecondOperation Second, HandleSessionOptions Options, bool IsRecorded)
{
    /// <summary>Represents the results of both operations and the state after them.</summary>
    internal sealed record Outcome(string First, string Second, string State);

    /// <summary>Returns the test points that the first operation reaches.</summary>
    internal static IReadOnlyList<TestPoint> PointsOf(FirstOperation first, HandleSessionOptions options, bool isRecorded)
    {
        List<TestPoint> reached = [];
        foreach (TestPoint point in Enum.GetValues<TestPoint>())
        {
            Scene fresh = NewScene(first, options, isRecorded);
            fresh.World.At(point, () => reached.Add(point));
            Do(() => first.Run(fresh));
        }

        return reached;
    }

    /// <summary>
    /// Returns the outcomes in every order: the first operation before, between or after the steps of the second. Those in which no step
    /// comes before and another one after it are first, as a test point mostly gives one of these.
    /// </summary>
    internal IEnumerable<Outcome> InOrder()
    {
        int count = Second.Prepare(NewScene(First, Options, IsRecorded)).Length;
        (int Place, int End)[] usual = [(0, 0), (count, count), (0, count)];
        return usual
            .Concat(from place in Enumerable.Range(0, count + 1) from end in Enumerable.Range(place, count + 1 - place) select (Place: place, End: end))
            .Distinct()
            .Where(order => order.Place == order.End || First.Phases is not null)
            .Select(order => InOrder(order.Place, order.End));
    }

    /// <summary>Returns the outcome if another thread does the second operation while the first is stopped at a test point.</summary>
    internal Outcome At(TestPoint point)
    {
        Scene scene = NewScene(First, Options, IsRecorded);
        Func<object?>[] steps = Second.Prepare(scene);
        string first = "";
        List<string> second = [];
        Actor firstThread = new(() => first = Do(() => First.Run(scene)));
        Actor secondThread = new(() => second.AddRange(steps.Select(Do)));
        bool waits = false;
        scene.World.At(point, () =>
        {
            waits = steps.Length > 0 && Waits(scene, point);
            secondThread.Start();
            if (waits)
                secondThread.WaitUntilItWaits();
            else
                secondThread.Finish();
        });
        firstThread.Start();
        firstThread.Finish();
        Assert.True(scene.World.Played);
        secondThread.Finish();

        if (!Second.Corrupts)
        {
            Assert.Empty(scene.Session.FindMismatches());
            Observed.IsConsistent(scene.Session);
        }

        AssertEventsTell(scene);
        if (waits && Second.Wanted is not null)
            Assert.Equal(0, scene.Client.GetPool().DiscardedResizes);
        return Observe(scene, first, second);
    }

    /// <summary>Returns whether the second operation must wait until the first one continues.</summary>
    private bool Waits(Scene scene, TestPoint point)
    {
        if (IsRecorded && !Second.Traits.HasFlag(SecondOperationTraits.IsNotRecorded))
            return true;
        bool mayGrow = Options.GrowthPolicy switch
        {
            GrowthPolicy.GrowingFlag => point is not (TestPoint.BeforeGrowAllocation or TestPoint.BeforeSecondLook),
            GrowthPolicy.AllocationLock => point is not (TestPoint.BeforeGrowAllocation or TestPoint.BeforeGrow),
            _ => true,
        };
        return First.GrowsToInsert && !mayGrow && Second.Wanted?.Invoke(scene) is { } wanted
            && scene.Client.GetReference(wanted) is null && scene.Client.GetPool().LowestFree is null;
    }

    /// <summary>
    /// Returns the outcome if the first operation comes after the second one's steps before a place, and those up to an end come between
    /// its phases.
    /// </summary>
    private Outcome InOrder(int place, int end)
    {
        Scene scene = NewScene(First, Options, IsRecorded);
        Func<object?>[] steps = Second.Prepare(scene);
        Func<object?>[] phases = end > place ? First.Phases!(scene) : [() => First.Run(scene)];
        List<string> second = [.. steps[..place].Select(Do)];
        if (end > place)
            Do(phases[0]);
        second.AddRange(steps[place..end].Select(Do));
        string first = Do(phases[^1]);
        second.AddRange(steps[end..].Select(Do));
        return Observe(scene, first, second);
    }

    private static Scene NewScene(FirstOperation first, HandleSessionOptions options, bool isRecorded)
    {
        Scene scene = new(options with { ShrinkPolicy = first.ShrinkPolicy }, isRecorded);
        first.Prepare(scene);
        return scene;
    }

    /// <summary>Returns the result of an operation or its error, as text.</summary>
    internal static string Do(Func<object?> operation)
    {
        try
        {
            return Observation.Outcome(operation());
        }
        catch (HandleException refused)
        {
            return Observation.Outcome(refused);
        }
    }

    private static Outcome Observe(Scene scene, string first, List<string> second) =>
        new(first, string.Join(", ", second), Observation.Session(scene.Session));

    /// <summary>
    /// Asserts that the events of each process lead from its first capacity to the present one, up with each grow and down with each
    /// shrink, and end with its exit.
    /// </summary>
    private static void AssertEventsTell(Scene scene)
    {
        foreach (HandleProcess process in scene.Session.GetProcesses(includeDead: true))
        {
            HandleEvent[] events = [.. scene.Session.GetEvents().Where(each => each.Process == process)];

            // A driver resizes the pool of a process that has exited in the meantime, or disables its bitmap.
            if (scene.Session.Driver == HandleDriver.HandlePool)
                Assert.DoesNotContain(events.SkipLast(1), each => each.Kind == HandleEventKind.ProcessExit);
            HandlePoolStatus pool = process.GetPool();
            Assert.Equal((pool.GrowCount, pool.ShrinkCount, pool.DiscardedResizes),
                (Count(HandleEventKind.Grow), Count(HandleEventKind.Shrink), Count(HandleEventKind.ResizeDiscarded)));
            int capacity = 64;
            foreach (HandleEvent each in events.Where(each => each.Kind is HandleEventKind.Grow or HandleEventKind.Shrink))
            {
                Assert.Equal(capacity, each.FromCapacity);
                capacity = each.ToCapacity!.Value;
                Assert.Equal(each.Kind == HandleEventKind.Grow, capacity > each.FromCapacity);
            }

            if (pool.Allocator is not (HandleAllocator.TreeScan or HandleAllocator.AugmentedTree or HandleAllocator.XArray) && !pool.IsDisabled)
                Assert.Equal(capacity, pool.Capacity);

            long Count(HandleEventKind kind) => events.LongCount(each => each.Kind == kind);
        }
    }
}
