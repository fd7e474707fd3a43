namespace HandlePool.Measurements;

/// <summary>Represents the time that an allocator took per step, over a range of live IDs. Immutable.</summary>
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

    /// <summary>Gets the allocator.</summary>
    public HandleAllocator Allocator { get; }

    /// <summary>Gets the range as text, such as 1-10000.</summary>
    public string Range => FormattableString.Invariant($"{First}-{Last}");

    /// <summary>Gets the number of live IDs at the start of the range: after the first step if IDs are acquired, before it if they are
    /// drained.</summary>
    public int First { get; }

    /// <summary>Gets the number of live IDs at the end of the range.</summary>
    public int Last { get; }

    /// <summary>Gets the mean time of a step in nanoseconds, resizing included.</summary>
    public double Mean { get; }

    /// <summary>Gets the median time of a step in nanoseconds.</summary>
    public double Median { get; }

    /// <summary>Gets the 99th percentile of the samples in nanoseconds. A sample is the mean of up to 50 steps.</summary>
    public double P99 { get; }

    /// <summary>Gets the capacity of the pool at the end of the range.</summary>
    public int Capacity { get; }

    /// <summary>Gets the number of steps in the range.</summary>
    public int Steps { get; }

    /// <summary>Gets the number of steps that were measured: fewer than all if they are so slow that all would take minutes.</summary>
    public int MeasuredSteps { get; }

    /// <summary>Gets the number of times that the pool grew or shrank in the range.</summary>
    public int Resizes { get; }

    /// <summary>Gets whether only some of the steps were measured.</summary>
    public bool IsSampled => MeasuredSteps < Steps;

    /// <inheritdoc/>
    public override string ToString() => $"{Allocator} {Range}: {Mean:0.0} ns";
}
