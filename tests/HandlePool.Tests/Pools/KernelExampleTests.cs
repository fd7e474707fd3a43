using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>The examples in the documentation of the kernel's IdPool.</summary>
public class KernelExampleTests
{
    public static TheoryData<HandleAllocator> Allocators => PoolBuilder.Allocators;

    [Theory]
    [MemberData(nameof(Allocators))]
    public void The_example_of_the_kernel_refills_ID_23_grows_and_gets_ID_64(HandleAllocator allocator)
    {
        IdPool pool = IdPool.Create(allocator);
        Assert.Equal(64, pool.Capacity);
        for (int i = 0; i < 64; i++)
            Assert.Equal(i, pool.Take());

        pool.ReleaseId(23);
        Assert.Equal(23, pool.Take());
        Assert.Null(pool.Find(0));

        PoolResizer resizer = pool.GrowRequest()!.Allocate();
        pool.Grow(resizer);
        Assert.Equal(128, pool.Capacity);
        Assert.Equal(64, pool.Take());
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void An_empty_pool_of_1024_shrinks_to_64(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 1024);
        ResizeRequest request = pool.ShrinkRequest()!;
        Assert.Equal(64, request.ToCapacity);
        pool.Shrink(request.Allocate());
        Assert.Equal(64, pool.Capacity);
    }

    [Theory]
    [MemberData(nameof(Allocators))]
    public void Releasing_all_but_the_first_IDs_halves_the_pool(HandleAllocator allocator)
    {
        IdPool pool = PoolBuilder.Create(allocator, 128).Fill();
        for (int id = 5; id < 128; id++)
            pool.ReleaseId(id);
        pool.Shrink(pool.ShrinkRequest()!.Allocate());

        Assert.Equal(64, pool.Capacity);
        Assert.Equal(5, pool.Take());
    }
}
