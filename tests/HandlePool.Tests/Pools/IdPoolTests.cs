using System.Numerics;
using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Finding, acquiring and releasing IDs.</summary>
public class IdPoolTests
{
    public static TheoryData<HandleAllocator> Allocators => PoolBuilder.Allocators;

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_new_pool_has_capacity_64_and_nothing_in_use(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);

        Assert.Equal(allocator, pool.Allocator);
        Assert.Equal((64, 0), (pool.Capacity, pool.InUse));
        Assert.Null(pool.LastUsedId);
        Assert.Equal(8, pool.Bytes);
        Assert.Equal(1 << 30, pool.MaxCapacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_pool_gives_the_lowest_unused_ID_including_0(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);

        Assert.Equal(0, pool.Take());
        Assert.Equal(1, pool.Take());
        Assert.True(pool.ReleaseId(0));
        Assert.Equal(1, pool.LastUsedId);
        Assert.Equal(0, pool.Take());
        Assert.Equal(2, pool.Take());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void FindUnusedId_does_not_set_the_bit(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);

        Assert.Equal(0, pool.Find(0));
        Assert.Equal(0, pool.Find(0));
        Assert.False(pool.IsUsed(0));
        Assert.Equal(0, pool.InUse);
        Assert.Equal(0UL, pool.Words[0]);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Acquire_sets_the_bit_and_returns_its_ID(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);

        Assert.True(pool.FindUnusedId(7, out UnusedId unused));
        Assert.Equal(7, unused.Acquire());
        Assert.True(pool.IsUsed(7));
        Assert.Equal(1, pool.InUse);
        Assert.Equal(1UL << 7, pool.Words[0]);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void An_unused_ID_is_never_below_the_start(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 128, 1, 2, 63, 64);

        Assert.Equal(0, pool.Find(0));
        Assert.Equal(3, pool.Find(1));
        Assert.Equal(3, pool.Find(3));
        Assert.Equal(62, pool.Find(62));
        Assert.Equal(65, pool.Find(63));
        Assert.Equal(65, pool.Find(64));
        Assert.Equal(127, pool.Find(127));
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_pool_of_64_holds_64_IDs_and_no_more(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 64, [.. Enumerable.Range(0, 62)]);

        Assert.Equal(62, pool.Take());
        Assert.Equal(63, pool.Take());
        Assert.Null(pool.Find(0));
        Assert.Equal((64, 63), (pool.InUse, pool.LastUsedId));
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_search_from_1_finds_a_pool_full_although_ID_0_is_unused(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 64, [.. Enumerable.Range(1, 63)]);

        Assert.Null(pool.Find(1));
        Assert.Equal(0, pool.Find(0));
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_search_from_the_capacity_or_beyond_finds_nothing(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);

        Assert.Equal(63, pool.Find(63));
        Assert.Null(pool.Find(64));
        Assert.Null(pool.Find(65));
        Assert.Null(pool.Find(int.MaxValue));
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void A_search_from_a_negative_start_is_refused(HandleAllocator allocator) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => IdPool.Create(allocator).Find(-1));

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Releasing_an_unused_ID_returns_false_and_changes_nothing(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 64, 5);

        Assert.All(new[] { -1, 0, 4, 6, 63, 64, 65, int.MaxValue }, id => Assert.False(pool.ReleaseId(id)));
        Assert.True(pool.ReleaseId(5));
        Assert.False(pool.ReleaseId(5));
        Assert.Equal(0, pool.InUse);
        Assert.Equal(0UL, pool.Words[0]);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void IsUsed_is_false_beyond_the_capacity_and_below_0(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 64).Fill();

        Assert.True(pool.IsUsed(0));
        Assert.True(pool.IsUsed(63));
        Assert.All(new[] { -64, -1, 64, 127, int.MaxValue }, id => Assert.False(pool.IsUsed(id)));
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void LastUsedId_follows_acquire_and_release_across_words(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 256, 0, 63, 64, 200);

        Assert.Equal(200, pool.LastUsedId);
        pool.ReleaseId(200);
        Assert.Equal(64, pool.LastUsedId);
        pool.ReleaseId(64);
        Assert.Equal(63, pool.LastUsedId);
        pool.ReleaseId(63);
        Assert.Equal(0, pool.LastUsedId);
        pool.ReleaseId(0);
        Assert.Null(pool.LastUsedId);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Acquiring_an_ID_that_was_taken_meanwhile_is_refused(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);
        Assert.True(pool.FindUnusedId(0, out UnusedId unused));
        pool.Take();
        Assert.True(IsRefused(unused));
        Assert.Equal(1, pool.InUse);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Acquiring_an_ID_beyond_a_pool_that_has_shrunk_is_refused(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 128);
        Assert.True(pool.FindUnusedId(64, out UnusedId unused));
        pool.Shrink(pool.ShrinkRequest()!.Allocate());
        Assert.True(IsRefused(unused));
        Assert.Equal((64, 0), (pool.Capacity, pool.InUse));
    }

    [Theory]
    [InlineData(63)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1 << 30) + 1)]
    [InlineData(int.MaxValue)]
    public void A_capacity_limit_outside_64_to_2_to_30_is_refused(int maxCapacity) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => IdPool.Create(HandleAllocator.Bitmap, maxCapacity));

    [Fact]
    public void An_undefined_allocator_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => IdPool.Create((HandleAllocator)99));

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Words_show_64_IDs_each_with_the_lowest_in_bit_0(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 256, 0, 63, 64, 130);

        Assert.Equal([1UL | (1UL << 63), 1UL, 1UL << 2, 0UL], pool.Words.ToArray());
        Assert.Equal(pool.InUse, pool.UsedIds().Length);
        Assert.True(BitOperations.IsPow2(pool.Capacity));
    }

    // Not a lambda for Assert.Throws: an unused ID is a ref struct and cannot be captured.
    private static bool IsRefused(UnusedId unused)
    {
        try
        {
            unused.Acquire();
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
