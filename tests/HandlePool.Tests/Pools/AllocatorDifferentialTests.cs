using HandlePool.Measurements;
using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>All allocators give the same IDs for the same operations.</summary>
public class AllocatorDifferentialTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(11, 64)]
    [InlineData(12, 256)]
    [InlineData(13, 100)]
    [InlineData(14, 1 << 20)]
    public void All_allocators_assign_the_same_IDs_over_long_random_runs(int seed, int maxCapacity)
    {
        const int Steps = 40_000;
        output.WriteLine($"seed {seed}, limit {maxCapacity}, {Steps} steps");
        Random random = new(seed);
        IdPool[] pools = [.. Enum.GetValues<HandleAllocator>().Select(allocator => IdPool.Create(allocator, maxCapacity))];
        SortedSet<int> used = [];
        for (int step = 0; step < Steps; step++)
        {
            // Phases of filling and draining, so that pools grow and shrink many times.
            bool isFilling = step / 2_000 % 2 == 0;
            if (random.Next(4) != 0 == isFilling)
            {
                int start = random.Next(8) == 0 ? 0 : 1;
                int?[] taken = [.. pools.Select(pool => Take(pool, start))];
                Assert.True(taken.Distinct().Count() == 1, $"Step {step}, from {start}: {string.Join(", ", taken)}.");
                if (taken[0] is { } id)
                    Assert.True(used.Add(id), $"Step {step}: {id} was given twice.");
            }
            else if (used.Count > 0)
            {
                int id = used.ElementAt(random.Next(Math.Min(used.Count, 100)));
                used.Remove(id);
                foreach (IdPool pool in pools)
                {
                    Assert.True(pool.ReleaseId(id), $"Step {step}: {pool.Allocator} did not have {id}.");
                    if (pool.ShrinkRequest() is { } request)
                        pool.Shrink(request.Allocate());
                }
            }

            if (step % 500 == 0)
            {
                Assert.All(pools, pool => Assert.Equal(used.Count, pool.InUse));
                Assert.All(pools, pool => Assert.Equal(used.Count == 0 ? null : used.Max, pool.LastUsedId));
            }
        }
    }

    public static MatrixTheoryData<PoolWorkload, ShrinkPolicy> MeasuredWorkloads { get; } =
        new(Enum.GetValues<PoolWorkload>(), [ShrinkPolicy.Immediate, ShrinkPolicy.Never]);

    [Theory]
    [MemberData(nameof(MeasuredWorkloads))]
    public void All_allocators_assign_the_same_IDs_over_the_measured_workloads(PoolWorkload workload, ShrinkPolicy shrinkPolicy)
    {
        // The measurement compares each ID with that of another pool, and throws if they differ.
        PoolMeasurement measurement = PoolMeasurement.Run(new PoolMeasurementOptions
        {
            Allocators = Enum.GetValues<HandleAllocator>(),
            Workload = workload,
            ShrinkPolicy = shrinkPolicy,
            Count = 3_000,
            RangeSize = 1_000,
            WarmUp = TimeSpan.Zero,
        });

        Assert.Equal(3 * Enum.GetValues<HandleAllocator>().Length, measurement.Rows.Count);
        Assert.All(measurement.Rows, row => Assert.InRange(row.MeasuredSteps, 1, row.Steps));
        Assert.All(measurement.Rows, row => Assert.True(row.Median <= row.P99));
    }

    private static int? Take(IdPool pool, int start)
    {
        while (true)
        {
            if (pool.FindUnusedId(start, out UnusedId unused))
                return unused.Acquire();
            if (pool.GrowRequest() is not { } request)
                return null;
            pool.Grow(request.Allocate());
        }
    }

    /// <summary>Lists every workload, with and without shrinking.</summary>
}
