using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics;

namespace HandlePool.Measurements;

/// <summary>Represents the costs of allocators by the number of live IDs: times, words, memory and the longest operation. Immutable.</summary>
/// <remarks>
/// All allocators run in one process. The runtime optimizes virtual calls for the type that it meets most often, which favors an allocator by
/// up to 4 ns; measure each in a process of its own where that matters.
/// </remarks>
public sealed class PoolCostMeasurement
{
    /// <summary>The largest number of live IDs.</summary>
    public const int LargestLive = 100_000_000;

    /// <summary>The number of live IDs of the largest pools that warm up: segments and summaries have several levels then.</summary>
    internal const int LargestWarmUp = 20_000;

    // A machine that is idle gives a single thread nearly all of a processor, and quartiles within a fifth.
    private const double LeastProcessorShare = 0.9;
    private const double LargestSpread = 1.5;
    private const int Repeats = 5;
    private const int WarmUpRounds = 3;

    // The allocators, together, whose code this process has warmed up.
    private static readonly ConcurrentDictionary<string, bool> Warm = new();

    private PoolCostMeasurement(List<PoolCost> rows, double processorShare)
    {
        Rows = new HandleList<PoolCost>(rows);
        ProcessorShare = processorShare;
    }

    /// <summary>Gets a row per size and allocator, in the order of the sizes, then of the allocators.</summary>
    public HandleList<PoolCost> Rows { get; }

    /// <summary>Gets the share of one processor that the measurement had, 0 to 1: processor time divided by elapsed time.</summary>
    public double ProcessorShare { get; }

    /// <summary>Gets whether the machine was too busy to believe the times. Counts are exact in any case.</summary>
    public bool IsDisturbed => IsBusy(ProcessorShare, [.. Rows.Select(row => row.Spread)]);

    /// <summary>Runs the measurement: seconds, or minutes with a <see cref="HandleAllocator.TreeScan"/> of many IDs.</summary>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives the share that is done, 0 to 1; null for none.</param>
    /// <param name="cancellationToken">Cancels the measurement.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The measurement was canceled.</exception>
    public static PoolCostMeasurement Run(PoolCostOptions options, Action<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Rounds, 1, nameof(options));
        int[] pools = [.. options.PoolSizes.Where(size => size > 0)];
        IReadOnlyList<SizeClass> classes = pools.Length > 0 ? SizeClass.Of(pools) : [.. options.Live.Select(live => new SizeClass(1, live, live, live))];
        foreach (SizeClass size in classes)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(size.Mean, 1, nameof(options));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size.Largest, LargestLive, nameof(options));
        }

        WarmUp(options, cancellationToken);
        long processorStart = ProcessorClock.Shared.GetTimestamp(), start = Stopwatch.GetTimestamp();
        List<PoolCost> rows = [];
        for (int i = 0; i < classes.Count; i++)
        {
            int at = i;
            rows.AddRange(Measure(options, classes[i], share => progress?.Invoke((at + share) / classes.Count), cancellationToken));
        }

        double share = ProcessorClock.ShareSince(processorStart, start);
        if (pools.Length > 0)
            rows = [.. rows.GroupBy(row => row.Allocator).Select(group => SizeClass.Combine([.. group], classes))];
        return new PoolCostMeasurement(rows, share);
    }

    /// <summary>Returns whether a measurement with these figures should not be believed: the processor was shared, or half of the rows vary.</summary>
    internal static bool IsBusy(double processorShare, IReadOnlyList<double> spreads) =>
        processorShare < LeastProcessorShare || 2 * spreads.Count(spread => spread > LargestSpread) > spreads.Count;

    private static List<PoolCost> Measure(PoolCostOptions options, SizeClass size, Action<double> progress, CancellationToken cancellationToken)
    {
        PoolCostTimer[] timers = [.. options.Allocators.Select(allocator => new PoolCostTimer(allocator, size.Mean, options.Seed))];
        for (int round = -WarmUpRounds; round < options.Rounds; round++)
        {
            for (int i = 0; i < timers.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress((round + WarmUpRounds + ((double)i / timers.Length)) / (options.Rounds + WarmUpRounds) / 2);
                if (round == 0)
                    timers[i].Clear();
                timers[i].Run();
            }
        }

        List<PoolCost> rows = [];
        for (int i = 0; i < timers.Length; i++)
        {
            progress(0.5 + ((double)i / timers.Length / 2));
            PoolCostCount count = new(options.Allocators[i], size.Mean, options.Seed, cancellationToken);
            double longest = timers[i].Longest(Repeats, out double seen);
            double[] append = timers[i].Append, churn = timers[i].Churn, drain = timers[i].Drain;
            rows.Add(new PoolCost
            {
                Allocator = options.Allocators[i],
                Live = size.Mean,
                Pools = 1,
                Append = append[append.Length / 2],
                AppendMean = append.Average(),
                Churn = churn[churn.Length / 2],
                ChurnMean = churn.Average(),
                Drain = drain[drain.Length / 2],
                DrainMean = drain.Average(),
                AppendWords = count.Append,
                ChurnWords = count.Churn,
                DrainWords = count.Drain,
                BytesPerHandle = count.BytesPerId,
                CopiedBytes = count.CopiedBytes,
                AllocatedBytes = count.AllocatedBytes,
                ReleaseBytes = count.ReleaseBytes,
                LongestWords = count.Longest,
                LongestOperation = count.LongestOperation,
                LongestTime = longest,
                LongestSeen = seen,
                Spread = Math.Max(SpreadOf(append), SpreadOf(churn)),
            });
        }

        return rows;
    }

    private static double SpreadOf(double[] sorted) => sorted[sorted.Length * 3 / 4] / sorted[sorted.Length / 4];

    /// <summary>Runs all allocators by turns, so that the runtime has optimized the code for none of them in particular.</summary>
    /// <remarks>In processor time: on a busy machine, the runtime's compiler gets as little of it as the measurement.</remarks>
    private static void WarmUp(PoolCostOptions options, CancellationToken cancellationToken)
    {
        // The runtime optimizes code once.
        string allocators = string.Join(' ', options.Allocators.Order());
        if (Warm.ContainsKey(allocators))
            return;

        // Whole pools, batches, and single operations. A tree scan of many takes seconds.
        int[] sizes = [256, 4000, LargestWarmUp];
        PoolCostTimer[] timers = [.. sizes.SelectMany(live => options.Allocators.Where(allocator => live < LargestWarmUp || allocator != HandleAllocator.TreeScan)
            .Select(allocator => new PoolCostTimer(allocator, live, options.Seed)))];
        long start = options.Clock.GetTimestamp();
        while (options.Clock.GetElapsedTime(start) < options.WarmUp * timers.Length)
        {
            foreach (PoolCostTimer timer in timers)
            {
                cancellationToken.ThrowIfCancellationRequested();
                timer.Run();
                if (timer.Live == LargestWarmUp)
                    timer.Longest(repeats: 1, out _);
            }
        }

        Warm[allocators] = true;
    }

    /// <summary>Represents pools whose sizes have the same power of two, measured at their mean size.</summary>
    private sealed record SizeClass(int Count, int Mean, int Largest, long Handles)
    {
        internal static List<SizeClass> Of(int[] sizes) =>
        [
            .. sizes.GroupBy(size => BitOperations.Log2((uint)size)).OrderBy(group => group.Key)
                .Select(group => new SizeClass(group.Count(), (int)group.Average(), group.Max(), group.Sum(size => (long)size))),
        ];

        /// <summary>Returns the row over all pools. Times and words are weighted by the handles of each class.</summary>
        internal static PoolCost Combine(PoolCost[] rows, IReadOnlyList<SizeClass> classes)
        {
            long handles = classes.Sum(size => size.Handles);
            PoolCost longest = rows.MaxBy(row => row.LongestWords)!;
            return new PoolCost
            {
                Allocator = rows[0].Allocator,
                Live = (int)Math.Min(int.MaxValue, handles),
                Pools = classes.Sum(size => size.Count),
                Append = Mean(row => row.Append),
                AppendMean = Mean(row => row.AppendMean),
                Churn = Mean(row => row.Churn),
                ChurnMean = Mean(row => row.ChurnMean),
                Drain = Mean(row => row.Drain),
                DrainMean = Mean(row => row.DrainMean),
                AppendWords = Mean(row => row.AppendWords),
                ChurnWords = Mean(row => row.ChurnWords),
                DrainWords = Mean(row => row.DrainWords),
                BytesPerHandle = Mean(row => row.BytesPerHandle),
                CopiedBytes = Total(row => row.CopiedBytes),
                AllocatedBytes = Total(row => row.AllocatedBytes),
                ReleaseBytes = rows.Max(row => row.ReleaseBytes),
                LongestWords = longest.LongestWords,
                LongestOperation = longest.LongestOperation,
                LongestTime = rows.Max(row => row.LongestTime),
                LongestSeen = rows.Max(row => row.LongestSeen),
                Spread = rows.Max(row => row.Spread),
            };

            double Mean(Func<PoolCost, double> value) => rows.Select((row, i) => value(row) * classes[i].Handles).Sum() / handles;

            long Total(Func<PoolCost, long> value) => rows.Select((row, i) => value(row) * classes[i].Count).Sum();
        }
    }
}
