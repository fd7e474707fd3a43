using HandlePool.Pools;
using HandlePool.Tests.Pools;
using Xunit.Abstractions;

namespace HandlePool.Tests.Traces;

/// <summary>The pool gives the same IDs and capacities as the kernel's code under the rules of its driver.</summary>
public class PoolTraceTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("rust-idpool.trace", HandleDriver.Rust, HandleAllocator.Bitmap)]
    [InlineData("rust-idpool.trace", HandleDriver.Rust, HandleAllocator.HierarchicalBitmap)]
    [InlineData("c-dbitmap.trace", HandleDriver.C, HandleAllocator.DBitmap)]
    [InlineData("c-dbitmap.trace", HandleDriver.C, HandleAllocator.HierarchicalBitmap)]
    [InlineData("extra-c611rc1-dbitmap.trace", HandleDriver.C611rc1, HandleAllocator.DBitmap)]
    [InlineData("extra-c611rc1-dbitmap.trace", HandleDriver.C611rc1, HandleAllocator.HierarchicalBitmap)]
    public void A_pool_answers_as_the_kernels_code_did(string file, HandleDriver driver, HandleAllocator allocator)
    {
        TraceFile trace = new(file);
        IdPool pool = IdPool.Create(allocator, driver: driver);
        PoolResizer?[] slots = new PoolResizer?[8];
        while (!trace.IsAtEnd)
        {
            int line = trace.Number;
            string[] words = trace.Take();
            if (words[0] == "new")
            {
                pool = IdPool.Create(allocator, driver: driver);
                Array.Clear(slots);
                continue;
            }

            (int expected, int capacity) = (TraceFile.Parse(words[^2]), TraceFile.Parse(words[^1]));
            int result = Play(pool, slots, words[0], TraceFile.Parse(words[1]), fails: words[2] == "fail");
            Assert.True((result, pool.Capacity) == (expected, capacity),
                $"{file}:{line}: {string.Join(' ', words)}, but {driver} over {allocator} answered {result} {pool.Capacity}.");
        }

        output.WriteLine($"{file}, {driver} over {allocator}: {trace.Replayed} lines, 0 differences");
    }

    private static int Play(IdPool pool, PoolResizer?[] slots, string operation, int argument, bool fails)
    {
        switch (operation)
        {
            case "a":
                return pool.FindUnusedId(argument, out UnusedId unused) ? unused.Acquire() : -1;
            case "f":
                return pool.Find(argument) ?? -1;
            case "r":
                return pool.ReleaseId(argument) ? 1 : 0;
            case "G" or "S":
                slots[argument] = null;
                if ((operation == "G" ? pool.GrowRequest() : pool.ShrinkRequest()) is not { } request)
                    return 0;
                Assert.True(!fails || request.NeedsMemory, "An allocation fails that needs no memory.");
                slots[argument] = fails ? null : request.Allocate();
                return fails ? -request.ToCapacity : request.ToCapacity;
            case "g" or "s":
                PoolResizer resizer = slots[argument]!;
                slots[argument] = null;
                return (operation == "g" ? pool.Grow(resizer) : pool.Shrink(resizer)) == ResizeOutcome.Applied ? 1 : 0;
            case "x":
                slots[argument] = null;
                return 0;
            default:
                throw new InvalidOperationException($"There is no operation {operation}.");
        }
    }
}
