using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Builds pools in the state that a test needs.</summary>
internal static class PoolBuilder
{
    /// <summary>Lists the allocators that keep the contract of the kernel's IdPool. The others have their own tests.</summary>
    internal static readonly HandleAllocator[] IdPools =
        [HandleAllocator.SegmentedBitmap, HandleAllocator.HierarchicalBitmap, HandleAllocator.FdTwoLevel, HandleAllocator.Bitmap];

    internal static TheoryData<HandleAllocator> Allocators => new(IdPools);

    /// <summary>Returns a pool of a capacity with exactly these IDs used.</summary>
    internal static IdPool Create(HandleAllocator allocator, int capacity, params int[] used)
    {
        IdPool pool = IdPool.Create(allocator);
        while (pool.Capacity < capacity)
            Assert.Equal(ResizeOutcome.Applied, pool.Grow(pool.GrowRequest()!.Allocate()));
        foreach (int id in used)
            Assert.Equal(id, pool.Take(id));
        return pool;
    }

    /// <summary>Takes the lowest unused ID from <paramref name="start"/> on, which must exist.</summary>
    internal static int Take(this IdPool pool, int start = 0)
    {
        Assert.True(pool.FindUnusedId(start, out UnusedId unused));
        return unused.Acquire();
    }

    internal static int? Find(this IdPool pool, int start) => pool.FindUnusedId(start, out UnusedId unused) ? unused.Id : null;

    internal static IdPool Fill(this IdPool pool)
    {
        while (pool.FindUnusedId(0, out UnusedId unused))
            unused.Acquire();
        return pool;
    }

    internal static int[] UsedIds(this IdPool pool) => [.. Observed.SetBits(pool.Words.ToArray())];
}
