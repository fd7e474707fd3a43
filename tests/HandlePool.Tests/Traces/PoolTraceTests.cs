using HandlePool.Pools;
using HandlePool.Tests.Pools;

namespace HandlePool.Tests.Traces;

/// <summary>The pool gives the same IDs and capacities as the kernel's code under the rules of its driver.</summary>
public class PoolTraceTests(ITestOutputHelper output)
{
    /// <param name="file">The trace.</param>
    /// <param name="driver">The driver whose rules the pool follows.</param>
    /// <param name="allocator">The search of the pool.</param>
    /// <param name="contradictions">
    /// The number of lines in which the trace contradicts itself: see the README of the traces.
    /// </param>
    [Theory]
    [InlineData("rust-idpool.trace", HandleDriver.Rust, HandleAllocator.Bitmap, 0)]
    [InlineData("rust-idpool.trace", HandleDriver.Rust, HandleAllocator.HierarchicalBitmap, 0)]
    [InlineData("rust-idpool.trace", HandleDriver.Rust, HandleAllocator.SegmentedBitmap, 0)]
    [InlineData("c-dbitmap.trace", HandleDriver.C, HandleAllocator.DBitmap, 357)]
    [InlineData("c-dbitmap.trace", HandleDriver.C, HandleAllocator.HierarchicalBitmap, 357)]
    [InlineData("c-dbitmap.trace", HandleDriver.C, HandleAllocator.SegmentedBitmap, 357)]
    [InlineData("extra-c611rc1-dbitmap.trace", HandleDriver.C611rc1, HandleAllocator.DBitmap, 0)]
    [InlineData("extra-c611rc1-dbitmap.trace", HandleDriver.C611rc1, HandleAllocator.HierarchicalBitmap, 0)]
    [InlineData("extra-c611rc1-dbitmap.trace", HandleDriver.C611rc1, HandleAllocator.SegmentedBitmap, 0)]
    public void A_pool_answers_as_the_kernels_code_did(string file, HandleDriver driver, HandleAllocator allocator, int contradictions)
    {
        int found = 0;
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
            if (words[0] == "S" && (expected, result) == (0, 64) && pool is { InUse: 0, Capacity: > 128 })
            {
                found++;
                slots[TraceFile.Parse(words[1])] = null;
                continue;
            }

            Assert.True((result, pool.Capacity) == (expected, capacity),
                $"{file}:{line}: {string.Join(' ', words)}, but {driver} over {allocator} answered {result} {pool.Capacity}.");
        }

        Assert.Equal(contradictions, found);
        output.WriteLine($"{file}, {driver} over {allocator}: {trace.Replayed} lines, {found} contradictions of the trace, 0 other differences");
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
