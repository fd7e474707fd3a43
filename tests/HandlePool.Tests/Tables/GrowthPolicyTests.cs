using HandlePool.Tables;

namespace HandlePool.Tests.Tables;

/// <summary>Tests which threads allocate when several find the pool full at once.</summary>
public class GrowthPolicyTests
{
    public static TheoryData<GrowthPolicy> Policies => new(Enum.GetValues<GrowthPolicy>());

    [Theory]
    [MemberData(nameof(Policies))]
    public void All_grow_once_and_give_the_next_handle(GrowthPolicy policy)
    {
        World world = World.Holding(64, Options(policy));
        Assert.Equal(64, world.Hold(1)[0].Handle);
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((128, 1L, 0L), (pool.Capacity, pool.GrowCount, pool.DiscardedResizes));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void None_holds_the_tables_lock_while_it_allocates(GrowthPolicy policy)
    {
        World world = World.Holding(64, Options(policy));
        int? dropped = null;
        world.At(TestPoint.BeforeGrowAllocation, () => OnAnotherThread(() => dropped = world.Client.DropReference(7)?.Handle));
        world.Hold(1);
        Assert.Equal(7, dropped);
    }

    [Fact]
    public void Optimistic_discards_the_losers_memory()
    {
        World world = World.Holding(64, Options(GrowthPolicy.Optimistic));
        world.At(TestPoint.BeforeSecondLook, () => OnAnotherThread(() => world.Hold(1)));
        Assert.Equal(65, world.Hold(1)[0].Handle);
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((128, 1L, 1L), (pool.Capacity, pool.GrowCount, pool.DiscardedResizes));
        Assert.True(pool.DiscardedBytes >= 16);
    }

    [Theory]
    [InlineData(GrowthPolicy.GrowingFlag)]
    [InlineData(GrowthPolicy.AllocationLock)]
    public void The_others_wait_for_the_grower_and_discard_nothing(GrowthPolicy policy)
    {
        World world = World.Holding(64, Options(policy));
        Thread? second = null;
        world.At(TestPoint.BeforeGrowAllocation, () =>
        {
            second = new Thread(() => world.Hold(1));
            second.Start();

            // Waits until the thread blocks on the flag or the lock, not for a span of time.
            while ((second.ThreadState & ThreadState.WaitSleepJoin) == 0)
                Thread.Yield();
        });
        world.Hold(1);
        second!.Join();

        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((128, 1L, 0L), (pool.Capacity, pool.GrowCount, pool.DiscardedResizes));
        Assert.Equal(66, pool.InUse);
        Observed.IsConsistent(world.Session);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_failed_allocation_is_an_error_that_changes_nothing_and_the_next_try_works(GrowthPolicy policy)
    {
        World world = World.Holding(64, Options(policy));
        HandleNode node = world.NewNode();
        world.At(TestPoint.BeforeGrowAllocation, () => throw new InsufficientMemoryException());
        world.Refuses(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.AddReference(node));
        Assert.Equal(64, world.Client.AddReference(node).Handle);
    }

    [Fact]
    public void When_the_growers_allocation_fails_those_who_wait_for_it_grow_themselves()
    {
        World world = World.Holding(64, Options(GrowthPolicy.GrowingFlag));
        Thread? second = null;
        HandleReference? taken = null;
        world.At(TestPoint.BeforeGrowAllocation, () =>
        {
            second = new Thread(() => taken = world.Hold(1)[0]);
            second.Start();
            while ((second.ThreadState & ThreadState.WaitSleepJoin) == 0)
                Thread.Yield();
            throw new InsufficientMemoryException();
        });
        Refused.With(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Hold(1));
        second!.Join();
        Assert.Equal(64, taken?.Handle);
        Assert.Equal(128, world.Client.Capacity);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void None_loses_a_handle_when_real_threads_fill_a_table(GrowthPolicy policy)
    {
        const int Threads = 4, Each = 5_000;
        World world = new(Options(policy));
        HandleNode[] nodes = [.. Enumerable.Range(0, Threads * Each).Select(_ => world.NewNode())];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(at => new Thread(() =>
        {
            for (int i = at; i < nodes.Length; i += Threads)
                world.Client.AddReference(nodes[i]);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal(nodes.Length, pool.InUse);
        Assert.Equal(nodes.Length, pool.HighestUsed);
        Assert.Equal(32_768, pool.Capacity);
        Assert.Equal(9, pool.GrowCount);
        Observed.IsConsistent(world.Session);
    }

    private static HandleSessionOptions Options(GrowthPolicy policy) => new() { GrowthPolicy = policy };

    private static void OnAnotherThread(Action action)
    {
        Thread thread = new(() => action());
        thread.Start();
        thread.Join();
    }
}
