using System.Collections.Concurrent;
using System.Diagnostics;
using HandlePool.Pools;

namespace HandlePool.Measurements;

/// <summary>Represents the latency table: the time that allocators take per step, by the number of live IDs. Immutable.</summary>
/// <remarks>
/// Only the pool is measured, without a table, a lock or a transaction around it. Every allocator runs the same steps, each of which
/// is checked against a reference pool; a difference is an exception.
/// </remarks>
public sealed class PoolMeasurement
{
    // If other code of this process is compiled all the time.
    private const int MostWarmUps = 10;

    // The largest pools that this process has warmed up: the runtime optimizes code once.
    private static readonly ConcurrentDictionary<(HandleAllocator, HandleDriver, PoolWorkload, ShrinkPolicy), int> Warm = new();

    internal PoolMeasurement(PoolMeasurementOptions options, List<PoolLatency> rows, double processorShare)
    {
        ProcessorShare = processorShare;
        Workload = options.Workload;
        Count = options.Count;
        RangeSize = options.RangeSize;
        ShrinkPolicy = options.ShrinkPolicy;
        Seed = options.Seed;
        Rows = new HandleList<PoolLatency>(rows);
    }

    /// <summary>Gets the workload.</summary>
    public PoolWorkload Workload { get; }

    /// <summary>Gets the number of live IDs that the workload reached.</summary>
    public int Count { get; }

    /// <summary>Gets the number of live IDs per range.</summary>
    public int RangeSize { get; }

    /// <summary>Gets the policy by which the pools shrank.</summary>
    public ShrinkPolicy ShrinkPolicy { get; }

    /// <summary>Gets the seed of the random numbers.</summary>
    public int Seed { get; }

    /// <summary>Gets the share of one processor that the measurement had, 0 to 1: processor time divided by elapsed time.</summary>
    public double ProcessorShare { get; }

    /// <summary>Gets whether the machine was too busy to believe the times.</summary>
    public bool IsDisturbed => PoolCostMeasurement.IsBusy(ProcessorShare, []);

    /// <summary>Gets a row per allocator and range, in the order of the allocators, then of the ranges.</summary>
    public HandleList<PoolLatency> Rows { get; }

    /// <summary>Runs the measurement, which takes seconds on an otherwise idle machine.</summary>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives the share that is done, 0 to 1, many times per second; null for none.</param>
    /// <param name="cancellationToken">Cancels the measurement at once.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The measurement was canceled.</exception>
    public static PoolMeasurement Run(PoolMeasurementOptions options, Action<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Count, IdPool.MinCapacity, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Count, IdPool.LargestCapacity - 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RangeSize, 1, nameof(options));
        foreach (HandleAllocator allocator in options.Allocators)
            WarmUp(options, allocator, cancellationToken);

        long processorStart = ProcessorClock.Shared.GetTimestamp(), start = Stopwatch.GetTimestamp();
        List<PoolLatency> rows = [];
        for (int index = 0; index < options.Allocators.Count; index++)
        {
            int at = index;
            rows.AddRange(new PoolMeasurementRun(options, options.Allocators[index],
                share => progress?.Invoke((at + share) / options.Allocators.Count), cancellationToken).Run());
        }

        return new PoolMeasurement(options, rows, ProcessorClock.ShareSince(processorStart, start));
    }

    /// <summary>Runs smaller pools until the runtime has optimized the code.</summary>
    /// <remarks>
    /// It does so in steps, each after a pause in which nothing is compiled for the first time, and behind what waits already: after the start of PowerShell that
    /// takes from a tenth of a second to some seconds. Until then, a step takes up to ten times as long.
    /// </remarks>
    private static void WarmUp(PoolMeasurementOptions options, HandleAllocator allocator, CancellationToken cancellationToken)
    {
        // Large pools have code of their own, and a tree scan of them takes seconds.
        int count = Math.Min(options.Count, allocator == HandleAllocator.TreeScan ? 1000 : PoolCostMeasurement.LargestWarmUp);
        PoolMeasurementOptions small = options with { Count = count, RangeSize = count };
        long start = options.Clock.GetTimestamp();
        (HandleAllocator, HandleDriver, PoolWorkload, ShrinkPolicy) code = (allocator, options.Driver, options.Workload, options.ShrinkPolicy);
        if (Warm.GetValueOrDefault(code) >= count)
        {
            RunOnce();
            return;
        }

        long compiled = options.CompiledMethods();
        TimeSpan elapsed, lastChange = TimeSpan.Zero;
        do
        {
            RunOnce();
            elapsed = options.Clock.GetElapsedTime(start);
            long before = compiled;
            compiled = options.CompiledMethods();
            if (compiled != before)
                lastChange = elapsed;
        }
        while (elapsed - lastChange < options.WarmUp && elapsed < MostWarmUps * options.WarmUp);
        Warm[code] = count;

        void RunOnce() => new PoolMeasurementRun(small, allocator, static _ => { }, cancellationToken).Run();
    }

    /// <summary>Returns the mean step time of an allocator's last range divided by that of its first; null with fewer than two
    /// ranges.</summary>
    public double? GrowthOf(HandleAllocator allocator)
    {
        PoolLatency[] ranges = [.. Rows.Where(row => row.Allocator == allocator)];
        return ranges.Length < 2 ? null : ranges[^1].Mean / ranges[0].Mean;
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Workload} of {Count}");
}
