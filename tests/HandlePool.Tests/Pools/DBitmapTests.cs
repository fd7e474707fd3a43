using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool.Tests.Pools;

/// <summary>Tests the differences between the C driver's bitmap and the Rust driver's pool.</summary>
public class DBitmapTests
{
    private static readonly HandleSessionOptions Options = new() { Driver = HandleDriver.C };

    [Fact]
    public void Bit_0_of_a_DBitmap_is_set_from_the_start_and_belongs_to_no_one()
    {
        IdPool pool = IdPool.Create(HandleAllocator.DBitmap, driver: HandleDriver.C611rc1);
        Assert.Equal(1UL, pool.Words[0]);
        Assert.Equal(0, pool.InUse);
        Assert.Null(pool.LastUsedId);
        Assert.False(pool.IsUsed(0));
    }

    [Fact]
    public void Bit_0_of_a_DBitmap_is_never_cleared_and_can_be_taken_again()
    {
        IdPool pool = IdPool.Create(HandleAllocator.DBitmap, driver: HandleDriver.C611rc1);
        for (int round = 0; round < 2; round++)
        {
            Assert.True(pool.FindUnusedId(0, out UnusedId unused));
            Assert.Equal(0, unused.Acquire());
            Assert.True(pool.ReleaseId(0));
            Assert.Equal(1UL, pool.Words[0]);
        }
    }

    [Fact]
    public void A_DBitmap_with_ID_0_in_use_continues_with_ID_1()
    {
        IdPool pool = IdPool.Create(HandleAllocator.DBitmap, driver: HandleDriver.C611rc1);
        Assert.True(pool.FindUnusedId(0, out UnusedId unused));
        unused.Acquire();
        Assert.True(pool.FindUnusedId(0, out unused));
        Assert.Equal(1, unused.Id);
    }

    [Fact]
    public void An_empty_DBitmap_shrinks_only_by_half_because_bit_0_is_set()
    {
        IdPool pool = IdPool.Create(HandleAllocator.DBitmap, driver: HandleDriver.C611rc1);
        while (pool.Capacity < 1024)
            pool.Grow(pool.GrowRequest()!.Allocate());
        Assert.Equal(512, pool.ShrinkRequest()!.ToCapacity);
    }

    [Theory]
    [InlineData(GrowthPolicy.Optimistic)]
    [InlineData(GrowthPolicy.GrowingFlag)]
    [InlineData(GrowthPolicy.AllocationLock)]
    public void A_DBitmap_that_cannot_grow_is_disabled_and_handles_are_found_by_scan(GrowthPolicy policy)
    {
        World world = World.Holding(64, Options with { GrowthPolicy = policy });
        world.At(TestPoint.BeforeGrowAllocation, () => throw new InsufficientMemoryException());

        Assert.Equal(64, world.Client.AddReference(world.NewNode()).Handle);

        HandlePoolStatus pool = world.Client.GetPool();
        Assert.True(pool.IsDisabled);
        Assert.Equal((65, 65 * TreeScanIdPool.NodeBytes), (pool.InUse, pool.Bytes));
        Assert.Single(world.Events(HandleEventKind.BitmapDisabled));
        world.Client.DropReference(17);
        Assert.Equal(17, world.Client.AddReference(world.NewNode()).Handle);
        Assert.Equal(65, world.Client.AddReference(world.NewNode()).Handle);
        Assert.True(world.Client.GetPool().IsDisabled);
        Assert.Equal(Enumerable.Range(0, 66), world.Client.GetReferences().Select(reference => reference.Handle));
    }

    [Theory]
    [InlineData(HandleAllocator.DBitmap)]
    [InlineData(HandleAllocator.SegmentedBitmap)]
    [InlineData(HandleAllocator.HierarchicalBitmap)]
    [InlineData(HandleAllocator.FdTwoLevel)]
    public void A_disabled_pool_is_copied_with_its_handles(HandleAllocator allocator)
    {
        World world = World.Holding(70, Options with { Allocator = allocator, MaxCapacity = 64 });
        Assert.True(world.Client.GetPool().IsDisabled);

        HandleSession copy = world.Session.Copy("copy");

        HandleProcess client = copy.GetProcess(world.Client.Id);
        Assert.True(client.GetPool().IsDisabled);
        client.DropReference(17);
        Assert.Equal(17, client.AddReference(copy.CreateNode(copy.GetProcess(world.Server.Id))).Handle);
        Assert.Equal(Enumerable.Range(0, 70), world.Client.GetReferences().Select(reference => reference.Handle));
    }

    [Fact]
    public void A_DBitmap_that_another_thread_has_grown_is_not_disabled()
    {
        World world = World.Holding(64, Options);
        world.At(TestPoint.BeforeGrowAllocation, () =>
        {
            world.Client.Resize(ResizeDirection.Grow);
            throw new InsufficientMemoryException();
        });

        Assert.Equal(64, world.Client.AddReference(world.NewNode()).Handle);
        Assert.False(world.Client.GetPool().IsDisabled);
        Assert.Equal(128, world.Client.Capacity);
    }

    [Fact]
    public void A_disabled_DBitmap_cannot_be_resized()
    {
        World world = World.Holding(64, Options);
        HandlePoolResizer resizer = world.Client.RequestResize(ResizeDirection.Grow);
        world.At(TestPoint.BeforeGrowAllocation, () => throw new InsufficientMemoryException());
        world.Hold(1);

        Assert.False(world.Client.CompleteResize(resizer).Applied);
        world.Refuses(HandleErrorIds.NotResizable, Errno.EINVAL, () => world.Client.Resize(ResizeDirection.Grow));
        Assert.Null(world.Client.Optimize());
    }
}
