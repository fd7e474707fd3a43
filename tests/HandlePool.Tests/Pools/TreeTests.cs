using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Tests the allocators that keep IDs in a tree.</summary>
public class TreeTests
{
    public static TheoryData<HandleAllocator> Trees => new(HandleAllocator.TreeScan, HandleAllocator.AugmentedTree, HandleAllocator.XArray);

    [Theory]
    [MemberData(nameof(Trees))]
    public void A_tree_has_no_capacity_of_its_own_to_grow_or_shrink(HandleAllocator allocator)
    {
        IdPool pool = Filled(allocator, 65);
        Assert.False(pool.IsResizable);
        Assert.Equal(128, pool.Capacity);
        Assert.Null(pool.GrowRequest());
        Assert.Null(pool.ShrinkRequest());
        Assert.Null(pool.FitRequest());
        for (int id = 1; id < 64; id++)
            pool.ReleaseId(id);
        Assert.Equal(128, pool.Capacity);
        pool.ReleaseId(0);
        pool.ReleaseId(64);
        Assert.Equal(64, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void A_tree_is_full_at_its_limit(HandleAllocator allocator)
    {
        IdPool pool = Filled(allocator, 128, maxCapacity: 200);
        Assert.False(pool.FindUnusedId(0, out _));
        pool.ReleaseId(5);
        Assert.True(pool.FindUnusedId(0, out UnusedId unused));
        Assert.Equal(5, unused.Id);
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void The_words_of_a_tree_have_the_bits_of_its_IDs(HandleAllocator allocator)
    {
        IdPool pool = Filled(allocator, 70);
        pool.ReleaseId(3);
        Assert.Equal(ulong.MaxValue & ~8UL, pool.Words[0]);
        Assert.Equal(0x3FUL, pool.Words[1]);
        Assert.Equal(allocator == HandleAllocator.XArray ? 176 : 69 * 40, pool.Bytes);
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void A_tree_is_sound_whatever_the_order_in_which_its_IDs_are_taken(HandleAllocator allocator)
    {
        int[] ascending = [.. Enumerable.Range(0, 200)];
        int[] inward = [.. ascending.Select(index => index % 2 == 0 ? index / 2 : 199 - (index / 2))];
        foreach (int[] order in new[] { ascending, [.. ascending.Reverse()], inward, [.. inward.Reverse()] })
        {
            IdPool pool = IdPool.Create(allocator);
            foreach (int id in order)
            {
                Assert.True(pool.FindUnusedId(id, out UnusedId unused));
                Assert.Equal(id, unused.Id);
                unused.Acquire();
            }

            Assert.Empty(pool.FindMismatches([.. ascending]));
        }
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void A_search_of_a_tree_from_beyond_a_gap_finds_the_next_one(HandleAllocator allocator)
    {
        IdPool pool = Filled(allocator, 100);
        foreach (int id in new[] { 10, 50, 51, 90 })
            pool.ReleaseId(id);
        foreach ((int start, int expected) in new[] { (0, 10), (10, 10), (11, 50), (51, 51), (52, 90), (91, 100), (500, 500) })
        {
            Assert.True(pool.FindUnusedId(start, out UnusedId unused));
            Assert.Equal(expected, unused.Id);
        }
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void Forcing_a_tree_to_resize_is_refused(HandleAllocator allocator)
    {
        World world = World.Holding(10, new HandleSessionOptions { Allocator = allocator });
        world.Refuses(HandleErrorIds.NotResizable, Errno.EINVAL, () => world.Client.Resize(ResizeDirection.Grow));
        world.Refuses(HandleErrorIds.NotResizable, Errno.EINVAL, () => world.Client.Resize(ResizeDirection.Shrink, force: true));
    }

    private static IdPool Filled(HandleAllocator allocator, int count, int maxCapacity = IdPool.LargestCapacity)
    {
        IdPool pool = IdPool.Create(allocator, maxCapacity);
        for (int id = 0; id < count; id++)
        {
            Assert.True(pool.FindUnusedId(0, out UnusedId unused));
            Assert.Equal(id, unused.Acquire());
        }

        return pool;
    }
}
