using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Growing in two phases.</summary>
public class GrowTests
{
    public static TheoryData<HandleAllocator> Allocators => PoolBuilder.Allocators;

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_request_to_grow_doubles_the_capacity_and_changes_nothing(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);
        ResizeRequest request = pool.GrowRequest()!;
        PoolResizer resizer = request.Allocate();

        Assert.Equal((ResizeDirection.Grow, 64, 128), (request.Direction, request.FromCapacity, request.ToCapacity));
        Assert.Equal((ResizeDirection.Grow, 64, 128), (resizer.Direction, resizer.FromCapacity, resizer.ToCapacity));
        Assert.False(resizer.IsCompleted);
        Assert.Equal(64, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Growing_keeps_every_bit_and_continues_with_the_next_ID(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator).Fill();
        pool.ReleaseId(40);
        int[] before = pool.UsedIds();

        Assert.Equal(ResizeOutcome.Applied, pool.Grow(pool.GrowRequest()!.Allocate()));
        Assert.Equal(before, pool.UsedIds());
        Assert.Equal((128, 63), (pool.Capacity, pool.InUse));
        Assert.Equal(40, pool.Take());
        Assert.Equal(64, pool.Take());
        Assert.Equal(65, pool.Take());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Bits_set_between_the_phases_of_growing_are_kept(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);
        PoolResizer resizer = pool.GrowRequest()!.Allocate();
        pool.Take();
        pool.Take();

        pool.Grow(resizer);
        Assert.Equal([0, 1], pool.UsedIds());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_pool_that_is_not_full_may_grow(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 128, 3);

        Assert.Equal(ResizeOutcome.Applied, pool.Grow(pool.GrowRequest()!.Allocate()));
        Assert.Equal(256, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void The_second_look_discards_the_later_grow_resizer(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator).Fill();
        PoolResizer winner = pool.GrowRequest()!.Allocate();
        PoolResizer loser = pool.GrowRequest()!.Allocate();

        Assert.Equal(ResizeOutcome.Applied, pool.Grow(winner));
        pool.Take();
        Assert.Equal(ResizeOutcome.AlreadyGrown, pool.Grow(loser));
        Assert.Equal((128, 65, 64), (pool.Capacity, pool.InUse, pool.LastUsedId));
        Assert.True(loser.IsCompleted);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_grow_resizer_smaller_than_the_current_pool_is_discarded(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);
        PoolResizer loser = pool.GrowRequest()!.Allocate();
        pool.Grow(pool.GrowRequest()!.Allocate());
        pool.Grow(pool.GrowRequest()!.Allocate());

        Assert.Equal(ResizeOutcome.AlreadyGrown, pool.Grow(loser));
        Assert.Equal(256, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_grow_resizer_requested_before_a_shrink_is_still_applied(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 128, 9);
        PoolResizer resizer = pool.GrowRequest()!.Allocate();
        pool.Shrink(pool.ShrinkRequest()!.Allocate());
        Assert.Equal(64, pool.Capacity);

        Assert.Equal(ResizeOutcome.Applied, pool.Grow(resizer));
        Assert.Equal(256, pool.Capacity);
        Assert.Equal([9], pool.UsedIds());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_grow_resizer_works_once_whether_applied_or_discarded(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);
        PoolResizer winner = pool.GrowRequest()!.Allocate();
        PoolResizer loser = pool.GrowRequest()!.Allocate();
        pool.Grow(winner);
        pool.Grow(loser);

        Refused.With(HandleErrorIds.ResizerCompleted, Errno.EINVAL, () => pool.Grow(winner));
        Refused.With(HandleErrorIds.ResizerCompleted, Errno.EINVAL, () => pool.Grow(loser));
        Assert.Equal(128, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_resizer_for_another_pool_or_direction_is_refused_but_stays_usable(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 128);
        IdPool other = IdPool.Create(allocator);
        PoolResizer grow = pool.GrowRequest()!.Allocate();
        PoolResizer shrink = pool.ShrinkRequest()!.Allocate();

        Assert.Throws<ArgumentException>(() => other.Grow(grow));
        Assert.Throws<ArgumentException>(() => other.Shrink(shrink));
        Assert.Throws<ArgumentException>(() => pool.Shrink(grow));
        Assert.Throws<ArgumentException>(() => pool.Grow(shrink));
        Assert.Throws<ArgumentNullException>(() => pool.Grow(null!));
        Assert.Throws<ArgumentNullException>(() => pool.Shrink(null!));
        Assert.False(grow.IsCompleted || shrink.IsCompleted);
        Assert.Equal(ResizeOutcome.Applied, pool.Shrink(shrink));
        Assert.Equal(ResizeOutcome.Applied, pool.Grow(grow));
    }

    [Theory]
    [InlineData(HandleAllocator.Bitmap, 64, 64)]
    [InlineData(HandleAllocator.Bitmap, 65, 64)]
    [InlineData(HandleAllocator.Bitmap, 100, 64)]
    [InlineData(HandleAllocator.Bitmap, 127, 64)]
    [InlineData(HandleAllocator.Bitmap, 128, 128)]
    [InlineData(HandleAllocator.Bitmap, 129, 128)]
    [InlineData(HandleAllocator.Bitmap, 255, 128)]
    [InlineData(HandleAllocator.Bitmap, 256, 256)]
    [InlineData(HandleAllocator.HierarchicalBitmap, 64, 64)]
    [InlineData(HandleAllocator.SegmentedBitmap, 64, 64)]
    [InlineData(HandleAllocator.HierarchicalBitmap, 65, 64)]
    [InlineData(HandleAllocator.SegmentedBitmap, 65, 64)]
    [InlineData(HandleAllocator.HierarchicalBitmap, 100, 64)]
    [InlineData(HandleAllocator.SegmentedBitmap, 100, 64)]
    [InlineData(HandleAllocator.HierarchicalBitmap, 127, 64)]
    [InlineData(HandleAllocator.SegmentedBitmap, 127, 64)]
    [InlineData(HandleAllocator.HierarchicalBitmap, 128, 128)]
    [InlineData(HandleAllocator.SegmentedBitmap, 128, 128)]
    [InlineData(HandleAllocator.HierarchicalBitmap, 129, 128)]
    [InlineData(HandleAllocator.SegmentedBitmap, 129, 128)]
    [InlineData(HandleAllocator.HierarchicalBitmap, 255, 128)]
    [InlineData(HandleAllocator.SegmentedBitmap, 255, 128)]
    [InlineData(HandleAllocator.HierarchicalBitmap, 256, 256)]
    [InlineData(HandleAllocator.SegmentedBitmap, 256, 256)]
    public void Growing_stops_at_the_largest_power_of_two_within_the_limit(HandleAllocator allocator, int limit, int largest)
    {
        IdPool pool = IdPool.Create(allocator, limit);
        while (pool.GrowRequest() is { } request)
            pool.Grow(request.Allocate());

        Assert.Equal((limit, largest), (pool.MaxCapacity, pool.Capacity));
        Assert.Equal(largest - 1, pool.Fill().LastUsedId);
        Assert.Null(pool.GrowRequest());
    }

    [Fact]
    public void A_pool_of_2_to_30_refuses_to_grow_without_overflow()
    {
        IdPool pool = IdPool.Create(HandleAllocator.Bitmap);
        pool.Grow(pool.RequestFor((1 << 30) - 1)!.Allocate());

        Assert.Equal(1 << 30, pool.Capacity);
        Assert.Null(pool.GrowRequest());
    }
}
