namespace HandlePool.Tests.Tables;

public class PoolStatusTests
{
    [Theory]
    [InlineData(HandleAllocator.Bitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    public void A_new_process_has_an_empty_pool_of_64(HandleAllocator allocator)
    {
        World world = new(new HandleSessionOptions { Allocator = allocator, MaxCapacity = 4096 });
        HandlePoolStatus pool = world.Client.GetPool();

        Assert.Equal((world.Client, allocator, 64, 4096), (pool.Process, pool.Allocator, pool.Capacity, pool.MaxCapacity));
        Assert.Equal((0, 1, null, 8L), (pool.InUse, pool.LowestFree, pool.HighestUsed, pool.Bytes));
        Assert.Equal((0L, 0L, 0L), (pool.GrowCount, pool.ShrinkCount, pool.DiscardedResizes));
        Assert.False(pool.CapacityInferred);
    }

    [Fact]
    public void LowestFree_is_the_next_handle_of_an_ordinary_node_and_never_0()
    {
        World world = World.Holding(10);
        world.Client.DropReference(0);
        Assert.Equal(10, world.Client.GetPool().LowestFree);
        world.Client.DropReference(6);
        Assert.Equal(6, world.Client.GetPool().LowestFree);
        Assert.Equal(6, world.Hold(1)[0].Handle);
    }

    [Fact]
    public void LowestFree_is_null_when_only_0_is_free()
    {
        World world = new();
        world.Hold(63);
        Assert.Null(world.Client.GetPool().LowestFree);
        Assert.Null(world.Client.GetBitmap().LowestFree);
        Assert.Equal(64, world.Hold(1)[0].Handle);
        Assert.Equal(65, world.Client.GetPool().LowestFree);
    }

    [Fact]
    public void HighestUsed_and_InUse_follow_the_held_handles()
    {
        World world = World.Holding(100);
        Assert.Equal((100, 99), world.Client.GetPool() is var full ? (full.InUse, full.HighestUsed) : default);
        world.Drop(1, 99);
        Assert.Equal((1, 0), world.Client.GetPool() is var zero ? (zero.InUse, zero.HighestUsed) : default);
        world.Client.DropReference(0);
        Assert.Null(world.Client.GetPool().HighestUsed);
    }

    [Fact]
    public void The_status_of_a_pool_is_a_snapshot()
    {
        World world = new();
        HandlePoolStatus before = world.Client.GetPool();
        world.Hold(70);
        Assert.Equal((0, 64, 0L), (before.InUse, before.Capacity, before.GrowCount));
    }

    [Fact]
    public void Locks_taken_are_counted_for_changes_but_not_for_reads()
    {
        World world = World.Holding(2);
        long before = world.Client.GetPool().LockAcquisitions;
        world.Client.GetBitmap();
        world.Client.GetReferences();
        world.Client.GetReference(1);
        Assert.Equal(before, world.Client.GetPool().LockAcquisitions);
        world.Client.AddReference(1);
        Assert.Equal((before + 1, 0L), world.Client.GetPool() is var pool ? (pool.LockAcquisitions, pool.Waits) : default);
    }
}
