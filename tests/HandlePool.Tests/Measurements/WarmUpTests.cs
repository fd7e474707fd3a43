using HandlePool.Measurements;

namespace HandlePool.Tests.Measurements;

/// <summary>A process warms up the same code once.</summary>
/// <remarks>The process remembers it, so no other test measures with these options.</remarks>
public class WarmUpTests
{
    [Fact]
    public void The_steps_of_a_workload_are_warmed_up_again_only_for_larger_pools_or_other_code()
    {
        PoolMeasurementOptions options = new() { Allocators = [HandleAllocator.XArray], Driver = HandleDriver.Rust, ShrinkPolicy = ShrinkPolicy.OnDemand, Count = 100 };
        (string, PoolMeasurementOptions, bool)[] measured =
        [
            ("first", options, true),
            ("again", options, false),
            ("smaller", options with { Count = 64 }, false),
            ("larger", options with { Count = 200 }, true),
            ("as the first", options, false),
            ("workload", options with { Workload = PoolWorkload.Churn }, true),
            ("driver", options with { Driver = HandleDriver.C }, true),
            ("policy", options with { Driver = HandleDriver.C, ShrinkPolicy = ShrinkPolicy.Never }, true),
            ("allocator", options with { Allocators = [HandleAllocator.FdTwoLevel] }, true),
        ];

        Assert.Equal(measured.Select(each => (each.Item1, each.Item3)), measured.Select(each => (each.Item1, IsWarmedUp(each.Item2))));
    }

    [Theory]
    [InlineData(PoolWorkload.Append, 0, 3)]
    [InlineData(PoolWorkload.Churn, 1, 4)]
    [InlineData(PoolWorkload.Mixed, 5, 8)]
    [InlineData(PoolWorkload.DrainNewestFirst, 100, 30)]
    public void A_workload_is_warmed_up_until_the_runtime_has_compiled_nothing_for_a_while(PoolWorkload workload, int compiling, int seconds)
    {
        CountingClock clock = new();
        long compiled = 0;
        PoolMeasurement.Run(new PoolMeasurementOptions
        {
            Allocators = [HandleAllocator.XArray],
            Driver = HandleDriver.CTree,
            Workload = workload,
            Count = 100,
            WarmUp = TimeSpan.FromSeconds(3),
            Clock = clock,
            CompiledMethods = () => Math.Min(++compiled, compiling + 1),
        });

        Assert.Equal(seconds, clock.Looks - 1);
    }

    [Fact]
    public void Costs_are_measured_at_once_if_the_same_allocators_are_warmed_up_together()
    {
        PoolCostOptions options = new() { Allocators = [HandleAllocator.XArray, HandleAllocator.DBitmap], Live = [64], Rounds = 1 };
        (string, PoolCostOptions, bool)[] measured =
        [
            ("first", options, true),
            ("again", options, false),
            ("larger", options with { Live = [1000] }, false),
            ("in another order", options with { Allocators = [HandleAllocator.DBitmap, HandleAllocator.XArray] }, false),
            ("alone", options with { Allocators = [HandleAllocator.DBitmap] }, true),
        ];

        Assert.Equal(measured.Select(each => (each.Item1, each.Item3)), measured.Select(each => (each.Item1, IsWarmedUp(each.Item2))));
    }

    /// <summary>Returns whether a measurement looks, after the start, whether the time to warm up is over.</summary>
    private static bool IsWarmedUp(PoolMeasurementOptions options)
    {
        CountingClock clock = new();
        PoolMeasurement.Run(options with { RangeSize = options.Count, WarmUp = TimeSpan.FromSeconds(3), Clock = clock, CompiledMethods = () => 0 });
        return clock.Looks > 1;
    }

    private static bool IsWarmedUp(PoolCostOptions options)
    {
        CountingClock clock = new();
        PoolCostMeasurement.Run(options with { WarmUp = TimeSpan.FromSeconds(1), Clock = clock });
        return clock.Looks > 1;
    }

    /// <summary>Each look at it is a second later than the one before.</summary>
    private sealed class CountingClock : TimeProvider
    {
        internal int Looks { get; private set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => ++Looks;
    }
}
