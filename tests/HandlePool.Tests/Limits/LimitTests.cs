using HandlePool.Pools;

namespace HandlePool.Tests.Limits;

/// <summary>The largest of everything: what works there, and what is refused with the state as it was.</summary>
public class LimitTests
{
    private const int LastId = IdPool.LargestCapacity - 1;

    [Theory]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.DBitmap)]
    public void A_pool_grows_to_two_to_the_thirtieth_and_no_further(HandleAllocator allocator)
    {
        World world = new(new HandleSessionOptions { Allocator = allocator });
        while (world.Client.Capacity < IdPool.LargestCapacity)
            Assert.True(world.Client.Resize(ResizeDirection.Grow).Applied);

        Refused.With(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.Resize(ResizeDirection.Grow));
        Assert.Equal((IdPool.LargestCapacity, 24L), (world.Client.Capacity, world.Client.GetPool().GrowCount));
        Assert.Equal(1, world.Hold(1)[0].Handle);
        Assert.Empty(world.Session.FindMismatches());
        Assert.Equal(64, world.Client.Resize(ResizeDirection.Shrink, force: true).ToCapacity);
    }

    [Theory]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.DBitmap)]
    [InlineData(HandleAllocator.AugmentedTree)]
    [InlineData(HandleAllocator.TreeScan)]
    public void The_highest_possible_ID_is_found_taken_and_released(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);
        while (pool.GrowRequest() is { } request)
            pool.Grow(request.Allocate());

        Assert.True(pool.FindUnusedId(LastId, out UnusedId last));
        Assert.Equal(LastId, last.Acquire());
        Assert.Equal((1, LastId, IdPool.LargestCapacity), (pool.InUse, pool.LastUsedId, pool.FittingCapacity));
        Assert.False(pool.FindUnusedId(LastId, out UnusedId _));
        Assert.False(pool.FindUnusedId(IdPool.LargestCapacity, out UnusedId _));
        Assert.False(pool.FindUnusedId(int.MaxValue, out UnusedId _));
        Assert.Null(pool.GrowRequest());
        Assert.Null(pool.ShrinkRequest());
        Assert.True(pool.ReleaseId(LastId));
        Assert.True(pool.FindUnusedId(LastId, out UnusedId _));
    }

    [Fact]
    public void A_reference_may_have_the_highest_possible_handle()
    {
        HandleSessionBuilder builder = new();
        HandleProcess process = builder.AddProcess(1, "binder", null);
        Assert.True(builder.TryAddReference(process, LastId, 7, 1, 0, out HandleNode? _, out bool _, out HandleReference? _));
        Assert.False(builder.TryAddReference(process, IdPool.LargestCapacity, 8, 1, 0, out HandleNode? _, out bool _, out HandleReference? _));
        HandleSession session = builder.Build("Full");

        Assert.Equal(LastId, process.GetReferences().Single().Handle);
        Assert.Empty(session.FindMismatches());
        process.DropReference(LastId);
        Assert.Equal((64, 0), (process.Capacity, process.HandleCount));
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(100, 64)]
    [InlineData(127, 64)]
    [InlineData(128, 128)]
    [InlineData(1_000, 512)]
    public void All_allocators_are_full_at_the_same_handle(int maxCapacity, int limit)
    {
        foreach (HandleAllocator allocator in Enum.GetValues<HandleAllocator>())
        {
            World world = new(new HandleSessionOptions { Allocator = allocator, MaxCapacity = maxCapacity });
            HandleNode node = world.NewNode();
            world.Hold(limit - 1);
            HandleException exception = world.Refuses(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.AddReference(node));
            Assert.Contains($"{maxCapacity}", exception.Message);

            // Handle 0 is nobody else's, and a handle that is dropped is had again.
            Assert.Equal(0, world.Client.AddReference(0).Handle);
            world.Client.DropReference(limit / 2);
            Assert.Equal(limit / 2, world.Client.AddReference(node).Handle);
            Assert.Empty(world.Session.FindMismatches());
        }
    }

    [Fact]
    public void A_session_may_have_a_million_processes()
    {
        const int Count = 1_000_000;
        HandleSession session = new();
        HandleProcess server = session.CreateProcess("server");
        HandleNode node = session.CreateNode(server);
        for (int i = 1; i < Count; i++)
            session.CreateProcess();

        Assert.Equal(Count, session.Processes);
        HandleProcess last = session.GetProcess(Count);
        Assert.Equal(1, last.AddReference(node).Handle);
        Assert.Equal((1, Count), (session.GetHolders(node).Length, session.GetProcesses().Length));
        Assert.Empty(session.FindMismatches());
        session.ExitProcess(last);
        Assert.Equal((Count - 1, 0), (session.Processes, node.TableCount));
        Assert.Equal(Count + 1, session.CreateProcess().Id);
    }

    [Fact]
    public void The_counts_of_a_node_may_exceed_32_bits()
    {
        World world = new();
        HandleNode node = world.NewNode();
        for (int i = 0; i < 5; i++)
            world.Session.CreateProcess().AddReference(node, int.MaxValue, int.MaxValue);
        Assert.Equal((5L * int.MaxValue, 5L * int.MaxValue, 5), (node.Strong, node.Weak, node.TableCount));
        Assert.Empty(world.Session.FindMismatches());
    }

    [Fact]
    public void After_the_highest_possible_node_id_the_lowest_free_one_is_used()
    {
        HandleSessionBuilder builder = new();
        HandleProcess process = builder.AddProcess(1, "binder", null);
        builder.AddNode(long.MaxValue, process);
        builder.AddNode(1, process);
        HandleSession session = builder.Build("Full");
        HandleNode second = session.CreateNode(process);
        Assert.Equal([2L, 3L], new[] { second.Id, session.CreateNode(process).Id });
        session.RemoveNode(second);
        Assert.Equal([2L, 4L], new[] { session.CreateNode(process).Id, session.CreateNode(process).Id });
    }
}
