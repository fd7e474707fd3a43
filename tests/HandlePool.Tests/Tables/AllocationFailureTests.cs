using HandlePool.Tables;

namespace HandlePool.Tests.Tables;

/// <summary>Without memory, growing fails and shrinking is skipped.</summary>
public class AllocationFailureTests
{
    [Fact]
    public void A_failed_allocation_to_grow_changes_nothing_and_the_next_one_succeeds()
    {
        World world = World.Holding(64);
        HandleNode node = world.NewNode();
        world.At(TestPoint.BeforeGrowAllocation, NoMemory);

        world.Refuses(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.AddReference(node));
        Assert.True(world.Played);
        Assert.Equal(64, world.Client.AddReference(node).Handle);
    }

    [Fact]
    public void A_failed_allocation_to_shrink_is_recorded_and_the_handle_released()
    {
        World world = World.Holding(65);
        world.Drop(33, 64);
        world.At(TestPoint.BeforeShrinkAllocation, NoMemory);

        Assert.Equal(32, world.Client.DropReference(32)!.Handle);
        Assert.True(world.Played);
        Assert.Null(world.Client.GetReference(32));
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((128, 0L, 0L), (pool.Capacity, pool.ShrinkCount, pool.DiscardedResizes));
        HandleEvent failed = Assert.Single(world.Events(HandleEventKind.AllocationFailed));
        Assert.Equal((world.Client, 128, 64), (failed.Process, failed.FromCapacity, failed.ToCapacity));
        Observed.IsConsistent(world.Session);

        world.Client.DropReference(31);
        Assert.Equal(64, world.Client.Capacity);
    }

    [Theory]
    [InlineData(ResizeDirection.Grow)]
    [InlineData(ResizeDirection.Shrink)]
    public void A_failed_allocation_for_a_forced_resize_changes_nothing(ResizeDirection direction)
    {
        World world = World.Holding(65, new HandleSessionOptions { ShrinkPolicy = ShrinkPolicy.OnDemand });
        world.Drop(10, 64);
        world.At(direction == ResizeDirection.Grow ? TestPoint.BeforeGrowAllocation : TestPoint.BeforeShrinkAllocation, NoMemory);

        world.Refuses(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => world.Client.Resize(direction));
        Assert.True(world.Played);
    }

    private static void NoMemory() =>
        throw new HandleException(HandleErrorIds.AllocationFailed, Errno.ENOMEM, "Played by the test.");
}
