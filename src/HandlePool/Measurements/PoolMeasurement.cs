using System.Diagnostics;
using HandlePool.Pools;

namespace HandlePool.Measurements;

/// <summary>The latency table: how long allocators take per step, by the number of live IDs. Immutable.</summary>
/// <remarks>
/// <para>It is the pool alone that is measured: no table, no lock, no transaction around it. Every allocator goes through
/// the same steps, each of which is checked against a pool that is known to be right; a difference is an exception.</para>
/// </remarks>
public sealed class PoolMeasurement
{
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromMilliseconds(400);

    private PoolMeasurement(PoolMeasurementOptions options, List<PoolLatency> rows)
    {
        Workload = options.Workload;
        Count = options.Count;
        RangeSize = options.RangeSize;
        ShrinkPolicy = options.ShrinkPolicy;
        Seed = options.Seed;
        Rows = new HandleList<PoolLatency>(rows);
    }

    /// <summary>What was done.</summary>
    public PoolWorkload Workload { get; }

    /// <summary>How many live IDs it came to.</summary>
    public int Count { get; }

    /// <summary>How many live IDs a range has.</summary>
    public int RangeSize { get; }

    /// <summary>When the pools shrank.</summary>
    public ShrinkPolicy ShrinkPolicy { get; }

    /// <summary>The seed of what was random.</summary>
    public int Seed { get; }

    /// <summary>A row for each allocator and range, in the order of the allocators, then of the ranges.</summary>
    public HandleList<PoolLatency> Rows { get; }

    /// <summary>Measures. It takes seconds; the machine should be otherwise idle.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="progress">Is told the share done, 0 to 1, many times a second.</param>
    /// <param name="cancellationToken">Stops it at once.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static PoolMeasurement Run(PoolMeasurementOptions options, Action<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Count, IdPool.MinCapacity, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Count, IdPool.LargestCapacity - 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RangeSize, 1, nameof(options));
        foreach (HandleAllocator allocator in options.Allocators)
            WarmUp(options, allocator, cancellationToken);

        List<PoolLatency> rows = [];
        for (int index = 0; index < options.Allocators.Count; index++)
        {
            int at = index;
            rows.AddRange(new PoolMeasurementRun(options, options.Allocators[index],
                share => progress?.Invoke((at + share) / options.Allocators.Count), cancellationToken).Run());
        }

        return new PoolMeasurement(options, rows);
    }

    /// <summary>Goes through small pools for a while, so that the runtime has compiled at its best what is measured.</summary>
    private static void WarmUp(PoolMeasurementOptions options, HandleAllocator allocator, CancellationToken cancellationToken)
    {
        const int WarmUpCount = 1000;
        PoolMeasurementOptions small = options with { Count = WarmUpCount, RangeSize = WarmUpCount };
        long start = Stopwatch.GetTimestamp();
        do
        {
            new PoolMeasurementRun(small, allocator, static _ => { }, cancellationToken).Run();
        }
        while (Stopwatch.GetElapsedTime(start) < WarmUpTime);
    }

    /// <summary>How much longer a step takes in the allocator's last range than in its first; null with less than two ranges.</summary>
    public double? GrowthOf(HandleAllocator allocator)
    {
        PoolLatency[] ranges = [.. Rows.Where(row => row.Allocator == allocator)];
        return ranges.Length < 2 ? null : ranges[^1].Mean / ranges[0].Mean;
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Workload} of {Count}");
}
