namespace HandlePool.Measurements;

/// <summary>Represents the cost of filling a table by several threads under a growth policy. Immutable.</summary>
public sealed class ContentionResult
{
    internal ContentionResult(ContentionMeasurementOptions options, GrowthPolicy policy, TimeSpan delay,
        TimeSpan elapsed, TimeSpan worst, HandlePoolStatus pool)
    {
        GrowthPolicy = policy;
        Delay = delay;
        Threads = options.Threads;
        Count = options.Count;
        Elapsed = elapsed;
        WorstAdd = worst;
        Throughput = Count / elapsed.TotalSeconds;
        GrowCount = pool.GrowCount;
        DiscardedResizes = pool.DiscardedResizes;
        DiscardedBytes = pool.DiscardedBytes;
        LockAcquisitions = pool.LockAcquisitions;
        Waits = pool.Waits;
        Retries = pool.Retries;
    }

    /// <summary>Gets the growth policy: it decides which thread allocates if several find the pool full.</summary>
    public GrowthPolicy GrowthPolicy { get; }

    /// <summary>Gets the delay that was added to each allocation.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Gets the number of threads.</summary>
    public int Threads { get; }

    /// <summary>Gets the number of references that they added in total.</summary>
    public int Count { get; }

    /// <summary>Gets the time from the start of the first thread to the end of the last.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Gets the number of references added per second.</summary>
    public double Throughput { get; }

    /// <summary>Gets the longest time that one addition took its thread.</summary>
    public TimeSpan WorstAdd { get; }

    /// <summary>Gets the number of times that the pool grew.</summary>
    public long GrowCount { get; }

    /// <summary>Gets the number of resizers that were discarded.</summary>
    public long DiscardedResizes { get; }

    /// <summary>Gets the number of bytes allocated for the discarded resizers.</summary>
    public long DiscardedBytes { get; }

    /// <summary>Gets the number of times that the lock of the table was taken.</summary>
    public long LockAcquisitions { get; }

    /// <summary>Gets the number of times that a thread waited for the lock, or for another thread that was growing the pool.</summary>
    public long Waits { get; }

    /// <summary>Gets the number of times that a thread retried, instead of allocating, because another had grown the pool.</summary>
    public long Retries { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{GrowthPolicy}, delay {Delay.TotalMilliseconds} ms: {Throughput:0}/s, {DiscardedResizes} discarded";
}
