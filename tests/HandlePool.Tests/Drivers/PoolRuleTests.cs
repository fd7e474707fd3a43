using HandlePool.Pools;
using HandlePool.Tables;
using HandlePool.Tests.Pools;

namespace HandlePool.Tests.Drivers;

/// <summary>What a driver's pool does differently from the others'.</summary>
public class PoolRuleTests
{
    public static TheoryData<HandleDriver> Drivers => new(Enum.GetValues<HandleDriver>());

    [Theory]
    [InlineData(HandleDriver.HandlePool, HandleAllocator.SegmentedBitmap, 1 << 30)]
    [InlineData(HandleDriver.Rust, HandleAllocator.Bitmap, 1 << 25)]
    [InlineData(HandleDriver.RustTree, HandleAllocator.TreeScan, 1 << 30)]
    [InlineData(HandleDriver.C, HandleAllocator.DBitmap, 1 << 25)]
    [InlineData(HandleDriver.C611rc1, HandleAllocator.DBitmap, 1 << 25)]
    [InlineData(HandleDriver.CTree, HandleAllocator.TreeScan, 1 << 30)]
    public void A_driver_has_its_own_allocator_and_limit_unless_others_are_given(HandleDriver driver, HandleAllocator allocator, int limit)
    {
        HandleSessionOptions options = new() { Driver = driver };
        Assert.Equal((driver, allocator, limit), (options.Driver, options.Allocator, options.MaxCapacity));
        options = options with { Allocator = HandleAllocator.AugmentedTree, MaxCapacity = 100 };
        Assert.Equal((driver, HandleAllocator.AugmentedTree, 100), (options.Driver, options.Allocator, options.MaxCapacity));
    }

    [Fact]
    public void There_is_no_other_driver() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new HandleSessionOptions { Driver = (HandleDriver)6 });

    [Theory]
    [InlineData(HandleDriver.HandlePool, 64)]
    [InlineData(HandleDriver.Rust, 64)]
    [InlineData(HandleDriver.C, 64)]
    [InlineData(HandleDriver.C611rc1, 512)]
    public void An_empty_bitmap_shrinks_to_64_unless_a_bit_is_reserved(HandleDriver driver, int capacity) =>
        Assert.Equal(capacity, Grown(driver, 1024).ShrinkRequest()!.ToCapacity);

    [Theory]
    [InlineData(HandleDriver.HandlePool, ResizeOutcome.AlreadyShrunk, 64)]
    [InlineData(HandleDriver.Rust, ResizeOutcome.InUse, 64)]
    [InlineData(HandleDriver.C, ResizeOutcome.AlreadyShrunk, 64)]
    public void A_stale_shrink_is_discarded_at_64(HandleDriver driver, ResizeOutcome outcome, int capacity)
    {
        IdPool pool = Grown(driver, 1024);
        pool.Take(1);
        PoolResizer stale = pool.ShrinkRequest()!.Allocate();
        pool.ReleaseId(1);
        pool.Shrink(pool.ShrinkRequest()!.Allocate());

        Assert.Equal((outcome, capacity), (pool.Shrink(stale), pool.Capacity));
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, ResizeOutcome.AlreadyShrunk, 256)]
    [InlineData(HandleDriver.Rust, ResizeOutcome.Applied, 512)]
    [InlineData(HandleDriver.C, ResizeOutcome.AlreadyShrunk, 256)]
    public void A_stale_shrink_of_the_Rust_driver_can_make_the_pool_larger(HandleDriver driver, ResizeOutcome outcome, int capacity)
    {
        IdPool pool = Grown(driver, 1024);
        pool.Take(1);
        PoolResizer stale = pool.ShrinkRequest()!.Allocate();
        pool.Shrink(pool.ShrinkRequest()!.Allocate());
        pool.Shrink(pool.ShrinkRequest()!.Allocate());
        Assert.Equal(256, pool.Capacity);

        Assert.Equal((outcome, capacity), (pool.Shrink(stale), pool.Capacity));
        Assert.True(pool.IsUsed(1));
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, ResizeOutcome.Applied)]
    [InlineData(HandleDriver.Rust, ResizeOutcome.Applied)]
    [InlineData(HandleDriver.C, ResizeOutcome.InUse)]
    public void A_shrink_that_could_go_further_now_is_discarded_by_the_C_driver_only(HandleDriver driver, ResizeOutcome outcome)
    {
        IdPool pool = Grown(driver, 1024);
        pool.Take(1);
        PoolResizer half = pool.ShrinkRequest()!.Allocate();
        pool.ReleaseId(1);

        Assert.Equal(outcome, pool.Shrink(half));
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool, 128, 1)]
    [InlineData(HandleDriver.Rust, 64, 0)]
    [InlineData(HandleDriver.C, 128, 1)]
    public void Shrinking_to_64_needs_no_memory_in_the_Rust_driver(HandleDriver driver, int capacity, int failures)
    {
        World world = World.Holding(65, new HandleSessionOptions { Driver = driver });
        world.Session.FailAllocations(direction: ResizeDirection.Shrink);
        world.Drop(32, 64);

        Assert.Equal(capacity, world.Client.Capacity);
        Assert.Equal(failures, world.Events(HandleEventKind.AllocationFailed).Length);
    }

    [Theory]
    [InlineData(HandleDriver.HandlePool)]
    [InlineData(HandleDriver.Rust)]
    public void A_pool_at_its_limit_is_exhausted(HandleDriver driver)
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = driver, MaxCapacity = 64 });
        HandleNode node = world.NewNode();
        world.Refuses(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.AddReference(node));
        Assert.False(world.Client.GetPool().IsDisabled);
    }

    [Theory]
    [InlineData(HandleDriver.C, HandleAllocator.DBitmap)]
    [InlineData(HandleDriver.C, HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleDriver.C, HandleAllocator.SegmentedBitmap)]
    [InlineData(HandleDriver.C611rc1, HandleAllocator.DBitmap)]
    public void A_pool_of_the_C_driver_at_its_limit_is_disabled_and_goes_on(HandleDriver driver, HandleAllocator allocator)
    {
        World world = World.Holding(64, new HandleSessionOptions { Driver = driver, Allocator = allocator, MaxCapacity = 64 });

        Assert.Equal([.. Enumerable.Range(64, 100)], world.Hold(100).Select(reference => reference.Handle));
        HandlePoolStatus pool = world.Client.GetPool();
        Assert.Equal((true, 256, 164), (pool.IsDisabled, pool.Capacity, pool.InUse));
        HandleEvent disabled = Assert.Single(world.Events(HandleEventKind.BitmapDisabled));
        Assert.Equal((64, 128), (disabled.FromCapacity, disabled.ToCapacity));
        world.Refuses(HandleErrorIds.NotResizable, Errno.EINVAL, () => world.Client.Resize(ResizeDirection.Grow));
        Assert.Empty(world.Session.FindMismatches());
    }

    [Fact]
    public void A_forced_grow_at_the_limit_disables_nothing()
    {
        World world = new(new HandleSessionOptions { Driver = HandleDriver.C, MaxCapacity = 64 });
        world.Refuses(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.Resize(ResizeDirection.Grow));
    }

    [Fact]
    public void The_kernel_gives_a_bitmap_of_two_to_the_25th_bits_and_no_larger_one()
    {
        IdPool pool = Grown(HandleDriver.C, 1 << 25);
        ResizeRequest beyond = pool.GrowRequest()!;
        Assert.Equal(1 << 26, beyond.ToCapacity);
        Refused.With(HandleErrorIds.AllocationFailed, Errno.ENOMEM, () => beyond.Allocate());
        Assert.Null(Grown(HandleDriver.Rust, 1 << 25).GrowRequest());
    }

    [Theory]
    [MemberData(nameof(Drivers))]
    public void Every_driver_gives_the_lowest_unused_handle(HandleDriver driver)
    {
        World world = World.Holding(200, new HandleSessionOptions { Driver = driver });
        foreach (int handle in new[] { 5, 150, 64 })
            world.Client.DropReference(handle);
        Assert.Equal([5, 64, 150, 200], world.Hold(4).Select(reference => reference.Handle));
        Assert.Empty(world.Session.FindMismatches());
    }

    [Fact]
    public void The_search_of_the_C_driver_alone_has_none_of_its_rules()
    {
        World world = World.Holding(64, new HandleSessionOptions { Allocator = HandleAllocator.DBitmap, MaxCapacity = 64 });
        HandleNode node = world.NewNode();
        world.Refuses(HandleErrorIds.PoolExhausted, Errno.ENOMEM, () => world.Client.AddReference(node));
    }

    private static IdPool Grown(HandleDriver driver, int capacity)
    {
        DriverRules rules = DriverRules.Of(driver);
        IdPool pool = IdPool.Create(rules.Allocator, rules.MaxCapacity, driver);
        while (pool.Capacity < capacity)
            pool.Grow(pool.GrowRequest()!.Allocate());
        return pool;
    }
}
