using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Does the same operations to both pools and the naive one, which must agree after each of them.</summary>
public class RandomRunTests(ITestOutputHelper output)
{
    private const int Steps = 80_000;

    // The probability that a step acquires, in turn: filling, draining, and two kinds of churn.
    private static readonly double[] AcquireShare = [0.9, 0.5, 0.1, 0.5];

    [Theory]
    [InlineData(1_001, 64)]
    [InlineData(2_002, 100)]
    [InlineData(3_003, 128)]
    [InlineData(4_004, 1024)]
    [InlineData(5_005, 4096)]
    public void All_pools_assign_the_same_IDs_and_have_the_same_capacities(int seed, int maxCapacity)
    {
        output.WriteLine($"seed {seed}, limit {maxCapacity}, {Steps} steps");
        Random random = new(seed);
        NaiveIdPool model = new(maxCapacity);
        IdPool[] pools = [.. PoolBuilder.IdPools.Select(allocator => IdPool.Create(allocator, maxCapacity))];
        Queue<PoolResizer[]> stale = new();
        int grown = 0, shrunk = 0, discarded = 0;

        for (int step = 0; step < Steps; step++)
        {
            double share = AcquireShare[step / 4_000 % AcquireShare.Length];
            int kind = random.Next(1000);
            if (kind < 20 && Requests(random) is { } requests)
                stale.Enqueue([.. requests.Select(request => request.Allocate())]);
            else if (kind < 40 && stale.TryDequeue(out PoolResizer[]? resizers))
                Complete(resizers);
            else if (random.NextDouble() < share)
                Acquire(random.Next(64) == 0 ? random.Next(model.Capacity + 2) : random.Next(2));
            else
                Release(random.Next(4) != 0 ? model.LastUsed ?? 0 : random.Next(model.Capacity + 2));

            foreach (IdPool pool in pools)
            {
                if (pool.Capacity != model.Capacity || pool.LastUsedId != model.LastUsed)
                {
                    Assert.Fail($"Step {step}: {pool.Allocator} has {pool.LastUsedId} of {pool.Capacity}, "
                        + $"not {model.LastUsed} of {model.Capacity}.");
                }
            }

            if (step % 1000 == 0)
                Assert.All(pools, AssertSameIds);
        }

        output.WriteLine($"grown {grown}, shrunk {shrunk}, discarded {discarded}");
        Assert.All(pools, pool => Assert.Equal(model.InUse, pool.InUse));
        if (maxCapacity >= 128)
            Assert.True(grown > 0 && shrunk > 0 && discarded > 0, "The run has missed some of the paths.");

        void AssertSameIds(IdPool pool) =>
            Assert.True(Enumerable.Range(0, model.Capacity).Where(model.IsUsed).SequenceEqual(pool.UsedIds()));

        ResizeRequest[]? Requests(Random choice)
        {
            bool grow = choice.Next(2) == 0;
            int? expected = grow ? model.GrowTarget : model.ShrinkTarget;
            ResizeRequest?[] found = [.. pools.Select(pool => grow ? pool.GrowRequest() : pool.ShrinkRequest())];
            Assert.All(found, request => Assert.Equal(expected, request?.ToCapacity));
            return expected is null ? null : [.. found.Select(request => request!)];
        }

        void Complete(PoolResizer[] resizers)
        {
            PoolResizer one = resizers[0];
            bool grow = one.Direction == ResizeDirection.Grow;
            bool applied = grow ? model.Grow(one.ToCapacity) : model.Shrink(one.ToCapacity);
            for (int i = 0; i < pools.Length; i++)
            {
                ResizeOutcome outcome = grow ? pools[i].Grow(resizers[i]) : pools[i].Shrink(resizers[i]);
                Assert.Equal(applied, outcome == ResizeOutcome.Applied);
            }

            Count(applied, grow);
        }

        void Count(bool applied, bool grow)
        {
            if (!applied)
                discarded++;
            else if (grow)
                grown++;
            else
                shrunk++;
        }

        void Acquire(int start)
        {
            int? expected = model.LowestUnused(start);
            if (expected is null && start < model.Capacity)
            {
                int? target = model.GrowTarget;
                foreach (IdPool pool in pools)
                {
                    Assert.Null(pool.Find(start));
                    Assert.Equal(target, pool.GrowRequest()?.ToCapacity);
                    if (pool.GrowRequest() is { } request)
                        pool.Grow(request.Allocate());
                }

                if (target is null)
                    return;
                model.Grow(target.Value);
                Count(applied: true, grow: true);
                expected = model.LowestUnused(start);
            }

            foreach (IdPool pool in pools)
            {
                bool found = pool.FindUnusedId(start, out UnusedId unused);
                if ((found ? unused.Id : null) != expected)
                    Assert.Fail($"{pool.Allocator} gave {(found ? unused.Id : null)} from {start}, not {expected}.");
                if (found)
                    unused.Acquire();
            }

            if (expected is { } id)
                model.Acquire(id);
        }

        void Release(int id)
        {
            bool used = model.IsUsed(id);
            foreach (IdPool pool in pools)
                Assert.Equal(used, pool.ReleaseId(id));
            if (!used)
                return;

            model.Release(id);
            int? target = model.ShrinkTarget;
            foreach (IdPool pool in pools)
            {
                ResizeRequest? request = pool.ShrinkRequest();
                Assert.Equal(target, request?.ToCapacity);
                if (request is { } wanted)
                    Assert.Equal(ResizeOutcome.Applied, pool.Shrink(wanted.Allocate()));
            }

            if (target is not { } capacity)
                return;
            model.Shrink(capacity);
            Count(applied: true, grow: false);
        }
    }
}
