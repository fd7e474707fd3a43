namespace HandlePool.Measurements;

/// <summary>How long an allocator took per step, over a range of live IDs. Immutable.</summary>
public sealed class PoolLatency
{
    internal PoolLatency(HandleAllocator allocator, int first, int last, double mean, double median, double p99,
        int capacity, int steps, int measuredSteps, int resizes)
    {
        Allocator = allocator;
        First = first;
        Last = last;
        Mean = mean;
        Median = median;
        P99 = p99;
        Capacity = capacity;
        Steps = steps;
        MeasuredSteps = measuredSteps;
        Resizes = resizes;
    }

    /// <summary>The allocator.</summary>
    public HandleAllocator Allocator { get; }

    /// <summary>The range in words.</summary>
    public string Range => FormattableString.Invariant($"{First}-{Last}");

    /// <summary>The number of live IDs at which the range begins: after the first step when IDs are taken, before it when they are drained.</summary>
    public int First { get; }

    /// <summary>The number of live IDs at which it ends.</summary>
    public int Last { get; }

    /// <summary>The mean time of a step, in nanoseconds; what resizing took is in it.</summary>
    public double Mean { get; }

    /// <summary>The median time of a step, in nanoseconds.</summary>
    public double Median { get; }

    /// <summary>The time in nanoseconds that 99 of 100 samples stayed within. A sample is the mean of up to 50 steps.</summary>
    public double P99 { get; }

    /// <summary>The pool's capacity at the end of the range.</summary>
    public int Capacity { get; }

    /// <summary>How many steps the range had.</summary>
    public int Steps { get; }

    /// <summary>How many of them were measured: fewer, where each is so slow that all would take minutes.</summary>
    public int MeasuredSteps { get; }

    /// <summary>How often the pool grew or shrank in the range.</summary>
    public int Resizes { get; }

    /// <summary>Whether only some of the steps were measured.</summary>
    public bool IsSampled => MeasuredSteps < Steps;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Allocator} {Range}: {Mean:F1} ns");
}
