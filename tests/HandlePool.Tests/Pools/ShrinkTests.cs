using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Shrinking in two phases.</summary>
public class ShrinkTests
{
    public static TheoryData<HandleAllocator> Allocators => PoolBuilder.Allocators;

    public static TheoryData<HandleAllocator, int> AllocatorsAndCapacities
    {
        get
        {
            TheoryData<HandleAllocator, int> cases = [];
            foreach (HandleAllocator allocator in PoolBuilder.IdPools)
            {
                foreach (int capacity in new[] { 128, 256, 512, 4096, 8192, 1 << 19 })
                    cases.Add(allocator, capacity);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_pool_of_64_never_shrinks_whether_full_or_empty(HandleAllocator allocator)
    {
        Assert.Null(IdPool.Create(allocator).ShrinkRequest());
        Assert.Null(PoolBuilder.Create(allocator, 64, 0).ShrinkRequest());
        Assert.Null(IdPool.Create(allocator).Fill().ShrinkRequest());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_pool_of_128_shrinks_if_the_last_used_ID_is_31_but_not_32(HandleAllocator allocator)
    {
        Assert.Equal(64, PoolBuilder.Create(allocator, 128, 31).ShrinkRequest()?.ToCapacity);
        Assert.Null(PoolBuilder.Create(allocator, 128, 32).ShrinkRequest());
    }

    [Theory]
    [MemberData(nameof(AllocatorsAndCapacities))]
    public void A_pool_halves_only_if_its_last_bit_is_in_the_first_quarter(HandleAllocator allocator, int capacity)
    {
        Assert.Equal(capacity / 2, PoolBuilder.Create(allocator, capacity, (capacity / 4) - 1).ShrinkRequest()?.ToCapacity);
        Assert.Null(PoolBuilder.Create(allocator, capacity, capacity / 4).ShrinkRequest());
        Assert.Null(PoolBuilder.Create(allocator, capacity, capacity - 1).ShrinkRequest());
    }

    [Theory]
    [MemberData(nameof(AllocatorsAndCapacities))]
    public void An_empty_pool_shrinks_to_64_in_one_step(HandleAllocator allocator, int capacity)
    {
        IdPool pool = PoolBuilder.Create(allocator, capacity);
        ResizeRequest request = pool.ShrinkRequest()!;

        Assert.Equal((ResizeDirection.Shrink, capacity, 64), (request.Direction, request.FromCapacity, request.ToCapacity));
        Assert.Equal(ResizeOutcome.Applied, pool.Shrink(request.Allocate()));
        Assert.Equal((64, 8L), (pool.Capacity, pool.Bytes));
        Assert.Null(pool.ShrinkRequest());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_pool_with_ID_0_alone_halves_and_is_not_empty(HandleAllocator allocator) =>
        Assert.Equal(512, PoolBuilder.Create(allocator, 1024, 0).ShrinkRequest()?.ToCapacity);

    [Theory]
    [MemberData(nameof(AllocatorsAndCapacities))]
    public void Shrinking_keeps_every_bit_and_the_order_of_the_IDs(HandleAllocator allocator, int capacity)
    {
        int[] used = [0, 2, .. Enumerable.Range(capacity / 8, capacity / 8)];
        IdPool pool = PoolBuilder.Create(allocator, capacity, used);

        Assert.Equal(ResizeOutcome.Applied, pool.Shrink(pool.ShrinkRequest()!.Allocate()));
        Assert.Equal(capacity / 2, pool.Capacity);
        Assert.Equal(used, pool.UsedIds());
        Assert.Equal((used.Length, used[^1]), (pool.InUse, pool.LastUsedId));
        Assert.Equal(1, pool.Find(0));
        Assert.Equal(capacity / 4, pool.Find(capacity / 8));
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Requesting_a_shrink_and_allocating_for_it_change_nothing(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 256, 5);
        PoolResizer resizer = pool.ShrinkRequest()!.Allocate();

        Assert.Equal((ResizeDirection.Shrink, 256, 128), (resizer.Direction, resizer.FromCapacity, resizer.ToCapacity));
        Assert.Equal(256, pool.Capacity);
        Assert.Equal([5], pool.UsedIds());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_stale_shrink_resizer_is_discarded_if_a_bit_would_be_lost(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 128);
        PoolResizer resizer = pool.ShrinkRequest()!.Allocate();
        pool.Take(100);

        Assert.Equal(ResizeOutcome.InUse, pool.Shrink(resizer));
        Assert.Equal(128, pool.Capacity);
        Assert.Equal([100], pool.UsedIds());
        Assert.True(resizer.IsCompleted);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_stale_shrink_resizer_is_discarded_for_a_bit_past_the_first_quarter(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 128);
        PoolResizer resizer = pool.ShrinkRequest()!.Allocate();
        pool.Take(32);

        Assert.Equal(ResizeOutcome.InUse, pool.Shrink(resizer));
        Assert.Equal(128, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_resizer_to_64_is_discarded_if_only_half_is_now_possible(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 1024);
        PoolResizer resizer = pool.ShrinkRequest()!.Allocate();
        pool.Take();

        Assert.Equal(ResizeOutcome.InUse, pool.Shrink(resizer));
        Assert.Equal(1024, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_resizer_to_half_is_applied_even_if_64_is_now_possible(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 1024, 0);
        PoolResizer resizer = pool.ShrinkRequest()!.Allocate();
        pool.ReleaseId(0);

        Assert.Equal(ResizeOutcome.Applied, pool.Shrink(resizer));
        Assert.Equal(512, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_stale_shrink_resizer_is_discarded_if_the_pool_is_already_that_small(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 256, 1);
        PoolResizer first = pool.ShrinkRequest()!.Allocate();
        PoolResizer second = pool.ShrinkRequest()!.Allocate();
        pool.Shrink(first);
        Assert.Equal(ResizeOutcome.AlreadyShrunk, pool.Shrink(second));
        Assert.Equal(128, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_stale_shrink_resizer_never_grows_the_pool(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 1024, 1);
        PoolResizer toHalf = pool.ShrinkRequest()!.Allocate();
        pool.ReleaseId(1);
        pool.Shrink(pool.ShrinkRequest()!.Allocate());
        Assert.Equal(64, pool.Capacity);

        Assert.Equal(ResizeOutcome.AlreadyShrunk, pool.Shrink(toHalf));
        Assert.Equal(64, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_shrink_resizer_works_once_whether_applied_or_discarded(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 256);
        PoolResizer applied = pool.ShrinkRequest()!.Allocate();
        PoolResizer discarded = pool.ShrinkRequest()!.Allocate();
        pool.Shrink(applied);
        pool.Shrink(discarded);

        Refused.With(HandleErrorIds.ResizerCompleted, Errno.EINVAL, () => pool.Shrink(applied));
        Refused.With(HandleErrorIds.ResizerCompleted, Errno.EINVAL, () => pool.Shrink(discarded));
    }

    [Theory]
    [InlineData(null, 64)]
    [InlineData(0, 64)]
    [InlineData(62, 64)]
    [InlineData(63, 64)]
    [InlineData(64, 128)]
    [InlineData(65, 128)]
    [InlineData(127, 128)]
    [InlineData(128, 256)]
    [InlineData(511, 512)]
    [InlineData(512, 1024)]
    public void The_fitting_capacity_is_the_smallest_power_of_two_for_the_last_ID(int? last, int fitting)
    {
        foreach (HandleAllocator allocator in PoolBuilder.IdPools)
        {
            IdPool pool = PoolBuilder.Create(allocator, 1024, last is { } id ? [id] : []);
            Assert.Equal(fitting, pool.FittingCapacity);
            Assert.Equal(fitting < 1024 ? fitting : null, pool.FitRequest()?.ToCapacity);
        }
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_fitting_resizer_shrinks_beyond_the_first_quarter_rule_and_drops_no_bit(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 1024, 0, 127);

        Assert.Equal(ResizeOutcome.Applied, pool.Shrink(pool.FitRequest()!.Allocate()));
        Assert.Equal(128, pool.Capacity);
        Assert.Equal([0, 127], pool.UsedIds());
        Assert.Null(pool.FitRequest());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_stale_fitting_resizer_is_discarded_if_a_bit_would_be_lost(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 1024, 127);
        PoolResizer resizer = pool.FitRequest()!.Allocate();
        pool.Take(128);

        Assert.Equal(ResizeOutcome.InUse, pool.Shrink(resizer));
        Assert.Equal(1024, pool.Capacity);
        Assert.Equal([127, 128], pool.UsedIds());
    }
}
