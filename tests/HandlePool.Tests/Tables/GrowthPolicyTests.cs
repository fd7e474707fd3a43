using HandlePool.Tables;

namespace HandlePool.Tests.Tables;

/// <summary>Tests which threads allocate when several find the pool full at once.</summary>
public class GrowthPolicyTests
{
    public static TheoryData<GrowthPolicy> Policies => new(Enum.GetValues<GrowthPolicy>());

    [Theory]
    [MemberData(nameof(Policies))]
    public void Under_every_growth_policy_a_pool_grows_once_and_gives_the_next_handle(GrowthPolicy policy)
    {
        World world = World.Holding(64, Options(policy));
        Assert.Equal(64, world.Hold(1)[0].Handle);
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((128, 1L, 0L), (pool.Capacity, pool.GrowCount, pool.DiscardedResizes));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void No_growth_policy_holds_the_table_lock_while_it_allocates(GrowthPolicy policy)
    {
        World world = World.Holding(64, Options(policy));
        int? dropped = null;
        world.At(TestPoint.BeforeGrowAllocation, () => OnAnotherThread(() => dropped = world.Client.DropReference(7)?.Handle));
        world.Hold(1);
        Assert.Equal(7, dropped);
    }

    [Fact]
    public void Optimistic_growth_discards_the_memory_of_the_later_thread()
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
    public void The_other_growth_policies_wait_and_discard_nothing(GrowthPolicy policy)
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
    public void Under_every_growth_policy_a_failed_allocation_changes_nothing(GrowthPolicy policy)
    {
        World world = World.Holding(64, Options(policy));
        HandleNode node = world.NewNode();
        world.At(TestPoint.BeforeGrowAllocation, () => throw new InsufficientMemoryException());
        world.Refuses(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.AddReference(node));
        Assert.Equal(64, world.Client.AddReference(node).Handle);
    }

    [Fact]
    public void A_waiting_thread_grows_the_pool_itself_if_the_first_one_fails()
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
    public void No_growth_policy_loses_a_handle_when_threads_fill_a_table(GrowthPolicy policy)
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
