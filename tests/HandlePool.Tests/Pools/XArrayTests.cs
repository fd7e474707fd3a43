using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Tests the tree of bitmaps at the boundaries of its leaves and levels.</summary>
public class XArrayTests
{
    private static readonly int[] Edges = [0, 1, 63, 64, 1023, 1024, 1025, 65_535, 65_536, 65_537, (1 << 22) - 1, 1 << 22, (1 << 28) - 1, 1 << 28, (1 << 30) - 1];

    [Fact]
    public void The_tree_has_the_levels_that_its_highest_ID_needs()
    {
        IdPool pool = IdPool.Create(HandleAllocator.XArray);
        Assert.Equal(0, pool.Bytes);
        long last = 0;
        foreach (int id in new[] { 5, 1024, 65_536, 1 << 22, 1 << 28 })
        {
            Assert.Equal(id, pool.Take(id));
            Assert.True(pool.Bytes > last);
            last = pool.Bytes;
        }

        foreach (int id in new[] { 1 << 28, 1 << 22, 65_536, 1024 })
            Assert.True(pool.ReleaseId(id));
        Assert.Equal(176, pool.Bytes);
        Assert.True(pool.ReleaseId(5));
        Assert.Equal(0, pool.Bytes);
    }

    [Fact]
    public void The_memory_of_a_tree_is_that_of_all_its_leaves_and_nodes()
    {
        IdPool pool = IdPool.Create(HandleAllocator.XArray);
        List<long> bytes = [];
        foreach (int id in new[] { 5, 1024, 2048, 3072 })
        {
            Assert.Equal(id, pool.Take(id));
            bytes.Add(pool.Bytes);
        }

        Assert.Equal([176L, 576 + (2 * 176), 576 + (3 * 176), 576 + (4 * 176)], bytes);
    }

    [Fact]
    public void Both_searches_work_at_the_edges_of_leaves_and_levels()
    {
        IdPool pool = IdPool.Create(HandleAllocator.XArray);
        foreach (int edge in Edges)
        {
            Assert.Equal(edge, pool.Take(edge));
            Assert.Equal(edge, pool.LastUsedId);
            Assert.Equal(edge == Edges[^1] ? null : edge + 1, pool.Find(edge));
        }

        Assert.False(pool.FindUnusedId((1 << 30) - 1, out _));
        foreach (int edge in Edges.Reverse())
        {
            Assert.Equal(edge, pool.LastUsedId);
            Assert.True(pool.ReleaseId(edge));
            Assert.False(pool.ReleaseId(edge));
        }

        Assert.Null(pool.LastUsedId);
    }

    [Fact]
    public void Full_leaves_and_nodes_are_skipped_until_an_ID_in_them_is_released()
    {
        const int Count = 70_000;
        IdPool pool = IdPool.Create(HandleAllocator.XArray);
        for (int id = 0; id < Count; id++)
            Assert.Equal(id, pool.Take());
        int[] released = [7, 1023, 1024, 65_535, 65_536, 69_999];
        foreach (int id in released.Reverse())
            pool.ReleaseId(id);
        Assert.Equal([.. released, Count], Enumerable.Range(0, released.Length + 1).Select(_ => pool.Take()));
        Assert.Empty(pool.FindMismatches([.. Enumerable.Range(0, Count + 1)]));
    }
}
