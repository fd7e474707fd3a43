namespace HandlePool.Tests.Tables;

/// <summary>Tests requested resizes, in one call or phase by phase.</summary>
public class ForcedResizeTests
{
    private static readonly HandleSessionOptions OnDemand = new() { ShrinkPolicy = ShrinkPolicy.OnDemand };

    [Fact]
    public void A_pool_that_is_not_full_can_be_forced_to_grow()
    {
        World world = World.Holding(3);
        HandlePoolResizeResult result = world.Client.Resize(ResizeDirection.Grow);

        Assert.Equal((world.Client, ResizeDirection.Grow, true), (result.Process, result.Direction, result.Applied));
        Assert.Equal((64, 128), (result.FromCapacity, result.ToCapacity));
        Assert.Equal((128, 1L), (world.Client.Capacity, world.Client.GetPool().GrowCount));
        Observed.IsConsistent(world.Session);
    }

    [Fact]
    public void Growing_beyond_the_limit_is_refused()
    {
        World world = World.Holding(3, new HandleSessionOptions { MaxCapacity = 100 });
        world.Refuses(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.RequestResize(ResizeDirection.Grow));
    }

    [Fact]
    public void A_refusal_to_grow_a_pool_with_room_is_not_recorded_as_exhaustion()
    {
        World world = World.Holding(3, new HandleSessionOptions { MaxCapacity = 64 });
        world.Refuses(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.RequestResize(ResizeDirection.Grow));
        Assert.Empty(world.Events(HandleEventKind.PoolExhausted));
    }

    [Fact]
    public void By_the_rule_of_the_driver_a_pool_of_128_shrinks_with_handle_31()
    {
        World world = World.Holding(65, OnDemand);
        world.Drop(32, 64);
        HandlePoolResizeResult result = world.Client.Resize(ResizeDirection.Shrink);
        Assert.Equal((true, 128, 64), (result.Applied, result.FromCapacity, result.ToCapacity));
        Assert.Equal(1, world.Client.GetPool().ShrinkCount);
    }

    [Fact]
    public void By_the_rule_of_the_driver_handle_32_prevents_shrinking_and_is_named()
    {
        World world = World.Holding(65, OnDemand);
        world.Drop(33, 64);
        HandleException exception =
            world.Refuses(HandleErrorIds.ShrinkNotPossible, Errno.EBUSY, () => world.Client.Resize(ResizeDirection.Shrink));
        Assert.Contains("handle 32 ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_forced_shrink_goes_as_far_as_the_highest_handle_allows()
    {
        World world = World.Holding(1000, OnDemand);
        world.Drop(64, 999);
        HandlePoolResizeResult result = world.Client.Resize(ResizeDirection.Shrink, force: true);
        Assert.Equal((true, 1024, 64), (result.Applied, result.FromCapacity, result.ToCapacity));
        Observed.IsConsistent(world.Session);
        Assert.Equal(64, world.Hold(1)[0].Handle);
    }

    [Fact]
    public void A_forced_shrink_is_refused_with_the_handle_that_prevents_it()
    {
        World world = World.Holding(65, OnDemand);
        world.Drop(1, 63);
        HandleException exception =
            world.Refuses(HandleErrorIds.ShrinkNotPossible, Errno.EBUSY, () => world.Client.Resize(ResizeDirection.Shrink, force: true));
        Assert.Contains("handle 64 ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pool_of_64_cannot_shrink(bool force)
    {
        World world = new();
        world.Refuses(HandleErrorIds.ShrinkNotPossible, Errno.EBUSY, () => world.Client.RequestResize(ResizeDirection.Shrink, force));
    }

    [Fact]
    public void A_resizer_changes_nothing_until_it_is_completed()
    {
        World world = World.Holding(3);
        string before = Observed.State(world.Session);
        HandlePoolResizer resizer = world.Client.RequestResize(ResizeDirection.Grow);

        Assert.Equal((world.Client, ResizeDirection.Grow), (resizer.Process, resizer.Direction));
        Assert.Equal((64, 128, false), (resizer.FromCapacity, resizer.ToCapacity, resizer.IsCompleted));
        Assert.Equal(before, Observed.State(world.Session));
        Assert.True(world.Client.CompleteResize(resizer).Applied);
        Assert.True(resizer.IsCompleted);
    }

    [Fact]
    public void Of_two_resizers_for_the_same_capacity_the_second_is_discarded()
    {
        World world = new();
        HandlePoolResizer first = world.Client.RequestResize(ResizeDirection.Grow);
        HandlePoolResizer second = world.Client.RequestResize(ResizeDirection.Grow);
        world.Client.CompleteResize(first);
        HandlePoolResizeResult result = world.Client.CompleteResize(second);

        Assert.Equal((false, 128, 128), (result.Applied, result.FromCapacity, result.ToCapacity));
        Assert.Contains("grown", result.Reason, StringComparison.Ordinal);
        Assert.Equal((1L, 1L), world.Client.GetPool() is var pool ? (pool.GrowCount, pool.DiscardedResizes) : default);
        Assert.Single(world.Events(HandleEventKind.ResizeDiscarded));
    }

    [Fact]
    public void A_shrink_resizer_is_discarded_if_a_new_handle_prevents_it()
    {
        World world = World.Holding(65, OnDemand);
        world.Drop(32, 64);
        HandlePoolResizer resizer = world.Client.RequestResize(ResizeDirection.Shrink);
        world.Hold(1);

        HandlePoolResizeResult result = world.Client.CompleteResize(resizer);
        Assert.Equal((false, 128, 128), (result.Applied, result.FromCapacity, result.ToCapacity));
        Assert.Contains("in the way", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_completed_resizer_is_refused()
    {
        World world = new();
        HandlePoolResizer resizer = world.Client.RequestResize(ResizeDirection.Grow);
        world.Client.CompleteResize(resizer);
        HandleException refused = world.Refuses(HandleErrorIds.ResizerCompleted, Errno.EINVAL, () => world.Client.CompleteResize(resizer));
        Assert.Same(resizer, refused.Target);
    }

    [Fact]
    public void A_resizer_of_another_process_is_refused_but_stays_usable()
    {
        World world = new();
        HandlePoolResizer resizer = world.Client.RequestResize(ResizeDirection.Grow);
        Assert.Throws<ArgumentException>(() => world.Server.CompleteResize(resizer));
        Assert.Throws<ArgumentNullException>(() => world.Server.CompleteResize(null!));
        Assert.True(world.Client.CompleteResize(resizer).Applied);
    }

    [Fact]
    public void An_exited_process_neither_requests_nor_completes_a_resize()
    {
        World world = new();
        HandlePoolResizer resizer = world.Client.RequestResize(ResizeDirection.Grow);
        world.Session.ExitProcess(world.Client);
        world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Client.RequestResize(ResizeDirection.Grow));
        world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Client.RequestResize(ResizeDirection.Shrink, force: true));
        world.Refuses(HandleErrorIds.ProcessDead, Errno.ESRCH, () => world.Client.CompleteResize(resizer));
    }

    [Fact]
    public void The_event_of_a_resize_says_what_the_pool_has_become()
    {
        World world = new(new HandleSessionOptions { ShrinkPolicy = ShrinkPolicy.OnDemand });
        world.Client.Resize(ResizeDirection.Grow);
        world.Client.Resize(ResizeDirection.Grow);
        HandlePoolResizer fit = world.Client.RequestResize(ResizeDirection.Shrink, force: true);
        HandlePoolResizer late = world.Client.RequestResize(ResizeDirection.Shrink, force: true);
        HandlePoolResizeResult shrunk = world.Client.CompleteResize(fit);
        world.Client.CompleteResize(late);

        Assert.Equal(
            ["The pool grew from 64 to 128.", "The pool grew from 128 to 256.", "The pool shrank from 256 to 64."],
            world.Session.GetEvents().Where(each => each.Kind is HandleEventKind.Grow or HandleEventKind.Shrink).Select(each => each.Message));
        Assert.True(shrunk.Applied);
    }
}
