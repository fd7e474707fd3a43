using HandlePool.Tables;

namespace HandlePool.Tests.Tables;

/// <summary>Tests what another thread can do while the lock is not held.</summary>
public class SecondLookTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void If_the_same_node_was_added_meanwhile_the_counts_are_added_to_it(bool allocated)
    {
        World world = World.Holding(64);
        HandleNode node = world.NewNode();
        world.At(Point(allocated), () => Assert.Equal(64, world.Client.AddReference(node, 0, 5).Handle));

        HandleReference reference = world.Client.AddReference(node);
        Assert.True(world.Played);
        Assert.Equal((64, 1, 5), (reference.Handle, reference.Strong, reference.Weak));
        Assert.Equal((65, 1), (world.Client.HandleCount, node.TableCount));
        AssertOneGrowOneDiscarded(world);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void If_another_node_was_added_meanwhile_an_add_gets_the_next_handle(bool allocated)
    {
        World world = World.Holding(64);
        HandleNode node = world.NewNode(), other = world.NewNode();
        world.At(Point(allocated), () => Assert.Equal(64, world.Client.AddReference(other).Handle));

        Assert.Equal(65, world.Client.AddReference(node).Handle);
        Assert.True(world.Played);
        AssertOneGrowOneDiscarded(world);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void If_a_handle_was_dropped_meanwhile_an_add_gets_it(bool allocated)
    {
        World world = World.Holding(64);
        world.At(Point(allocated), () => world.Client.DropReference(17));

        Assert.Equal(17, world.Hold(1)[0].Handle);
        Assert.True(world.Played);
        Observed.IsConsistent(world.Session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void If_other_threads_have_filled_the_grown_pool_it_grows_once_more(bool allocated)
    {
        World world = World.Holding(64);
        world.At(Point(allocated), () => world.Hold(64));

        Assert.Equal(128, world.Hold(1)[0].Handle);
        Assert.True(world.Played);
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((256, 2L, 1L), (pool.Capacity, pool.GrowCount, pool.DiscardedResizes));
        Observed.IsConsistent(world.Session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void If_the_process_has_exited_meanwhile_an_add_inserts_nothing(bool allocated)
    {
        World world = World.Holding(64);
        HandleNode node = world.NewNode();
        world.At(Point(allocated), () => world.Session.ExitProcess(world.Client));

        Refused.With(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Client.AddReference(node));
        Assert.True(world.Played);
        Assert.Equal((0, 0), (world.Client.HandleCount, node.TableCount));
        Observed.IsConsistent(world.Session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void If_the_node_was_removed_meanwhile_it_is_not_found(bool allocated)
    {
        World world = World.Holding(64);
        HandleNode node = world.NewNode();
        world.At(Point(allocated), () => world.Session.RemoveNode(node));

        Refused.With(HandleErrorIds.NodeNotFound, Errno.ENOENT, () => world.Client.AddReference(node));
        Assert.True(world.Played);
        Assert.Equal((64, 0), (world.Client.HandleCount, node.TableCount));
        Observed.IsConsistent(world.Session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_reference_takes_a_second_look_after_allocating_too(bool allocated)
    {
        World world = new();
        HandleNode node = world.NewNode();
        world.At(Point(allocated), () => world.Client.AddReference(node, 2));

        Assert.Equal((1, 3), world.Client.AddReference(node) is var r ? (r.Handle, r.Strong) : default);
        Assert.True(world.Played);
        Observed.IsConsistent(world.Session);
    }

    [Fact]
    public void A_shrink_is_discarded_if_a_handle_added_meanwhile_prevents_it()
    {
        World world = World.Holding(65);
        world.Drop(33, 64);
        Assert.Equal(128, world.Client.Capacity);
        world.At(TestPoint.BeforeShrink, () => world.Hold(10));
        world.Client.DropReference(32);

        Assert.True(world.Played);
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((128, 0L, 1L), (pool.Capacity, pool.ShrinkCount, pool.DiscardedResizes));
        HandleEvent discarded = Assert.Single(world.Events(HandleEventKind.ResizeDiscarded));
        Assert.Equal((world.Client, 128, 64), (discarded.Process, discarded.FromCapacity, discarded.ToCapacity));
        Assert.Equal([.. Enumerable.Range(0, 42)], world.Client.GetReferences().Select(reference => reference.Handle));
    }

    [Fact]
    public void A_shrink_is_discarded_if_another_thread_has_shrunk_the_pool()
    {
        World world = World.Holding(65);
        world.Drop(33, 64);
        world.At(TestPoint.BeforeShrinkAllocation, () => world.Client.DropReference(31));
        world.Client.DropReference(32);

        Assert.True(world.Played);
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((64, 1L, 1L), (pool.Capacity, pool.ShrinkCount, pool.DiscardedResizes));
        Observed.IsConsistent(world.Session);
    }

    [Fact]
    public void A_process_may_exit_before_its_pool_shrinks()
    {
        World world = World.Holding(65);
        world.Drop(33, 64);
        world.At(TestPoint.BeforeShrinkAllocation, () => world.Session.ExitProcess(world.Client));

        Assert.Equal(32, world.Client.DropReference(32)!.Handle);
        Assert.True(world.Played);
        Assert.Equal((true, 0), (world.Client.IsDead, world.Client.HandleCount));
        Observed.IsConsistent(world.Session);
    }

    private static TestPoint Point(bool allocated) => allocated ? TestPoint.BeforeSecondLook : TestPoint.BeforeGrowAllocation;

    private static void AssertOneGrowOneDiscarded(World world)
    {
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((128, 1L, 1L), (pool.Capacity, pool.GrowCount, pool.DiscardedResizes));
        HandleEvent discarded = Assert.Single(world.Events(HandleEventKind.ResizeDiscarded));
        Assert.Equal((world.Client, 64, 128), (discarded.Process, discarded.FromCapacity, discarded.ToCapacity));
        Observed.IsConsistent(world.Session);
    }
}
