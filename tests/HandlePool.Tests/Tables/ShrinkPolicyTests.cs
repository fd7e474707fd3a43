namespace HandlePool.Tests.Tables;

/// <summary>Tests when a pool shrinks automatically.</summary>
public class ShrinkPolicyTests
{
    [Fact]
    public void Immediate_shrinks_exactly_when_31_becomes_the_highest_handle()
    {
        World world = World.Holding(65);
        world.Drop(33, 64);
        Assert.Equal(128, world.Client.Capacity);
        world.Client.DropReference(32);

        Assert.Equal((64, 1L), (world.Client.Capacity, world.Client.GetPool().ShrinkCount));
        HandleEvent shrink = Assert.Single(world.Events(HandleEventKind.Shrink));
        Assert.Equal((world.Client, 128, 64), (shrink.Process, shrink.FromCapacity, shrink.ToCapacity));
        Observed.IsConsistent(world.Session);
    }

    [Fact]
    public void Immediate_halves_stepwise_when_all_is_dropped_newest_first()
    {
        World world = World.Holding(1024);
        world.Drop(0, 1023);
        Assert.Equal([1024, 512, 256, 128], world.Events(HandleEventKind.Shrink).Select(e => e.FromCapacity ?? 0));
        Assert.Equal((64, 0), (world.Client.Capacity, world.Client.HandleCount));
    }

    [Fact]
    public void Immediate_shrinks_once_to_64_when_all_is_dropped_oldest_first()
    {
        World world = World.Holding(1024);
        for (int handle = 0; handle < 1024; handle++)
            world.Client.DropReference(handle);
        HandleEvent shrink = Assert.Single(world.Events(HandleEventKind.Shrink));
        Assert.Equal((1024, 64), (shrink.FromCapacity, shrink.ToCapacity));
    }

    [Fact]
    public void A_decrease_that_leaves_a_count_does_not_shrink_the_pool()
    {
        World world = World.Holding(65, new HandleSessionOptions { ShrinkPolicy = ShrinkPolicy.Immediate });
        world.Client.AddReference(32);
        world.Drop(33, 64);
        world.Client.RemoveReference(32);
        Assert.Equal(128, world.Client.Capacity);
    }

    [Theory]
    [InlineData(ShrinkPolicy.OnDemand)]
    [InlineData(ShrinkPolicy.Never)]
    public void The_other_shrink_policies_do_nothing_on_release(ShrinkPolicy policy)
    {
        World world = World.Holding(1024, new HandleSessionOptions { ShrinkPolicy = policy });
        world.Drop(0, 1023);
        Assert.Equal((1024, 0L), (world.Client.Capacity, world.Client.GetPool().ShrinkCount));
        Assert.Empty(world.Events(HandleEventKind.Shrink));
        Assert.Equal(1, world.Hold(1)[0].Handle);
    }

    [Theory]
    [InlineData(ShrinkPolicy.Immediate)]
    [InlineData(ShrinkPolicy.OnDemand)]
    [InlineData(ShrinkPolicy.Never)]
    public void The_shrink_policy_does_not_change_which_handles_are_assigned(ShrinkPolicy policy)
    {
        World world = World.Holding(300, new HandleSessionOptions { ShrinkPolicy = policy });
        world.Drop(20, 299);
        world.Drop(3, 5);
        Assert.Equal([3, 4, 5, 20, 21], world.Hold(5).Select(reference => reference.Handle));
        Observed.IsConsistent(world.Session);
    }
}
