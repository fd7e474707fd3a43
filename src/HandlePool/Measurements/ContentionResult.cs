namespace HandlePool.Measurements;

/// <summary>What it cost to fill a table from several threads under a growth policy. Immutable.</summary>
public sealed class ContentionResult
{
    internal ContentionResult(ContentionMeasurementOptions options, GrowthPolicy policy, TimeSpan delay,
        TimeSpan elapsed, TimeSpan worst, HandlePoolStatus pool)
    {
        GrowthPolicy = policy;
        AllocationDelay = delay;
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

    /// <summary>Who allocates when several threads find the pool full.</summary>
    public GrowthPolicy GrowthPolicy { get; }

    /// <summary>How long each allocation was made to take.</summary>
    public TimeSpan AllocationDelay { get; }

    /// <summary>How many threads there were.</summary>
    public int Threads { get; }

    /// <summary>How many references they added.</summary>
    public int Count { get; }

    /// <summary>From the start of the first thread to the end of the last.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>References per second.</summary>
    public double Throughput { get; }

    /// <summary>The longest time that adding one reference took, as its thread saw it.</summary>
    public TimeSpan WorstAdd { get; }

    /// <summary>How often the pool grew.</summary>
    public long GrowCount { get; }

    /// <summary>How many resizers were discarded.</summary>
    public long DiscardedResizes { get; }

    /// <summary>The bytes that were allocated for them in vain.</summary>
    public long DiscardedBytes { get; }

    /// <summary>How often the table's lock was taken.</summary>
    public long LockAcquisitions { get; }

    /// <summary>How often a thread had to wait, for the lock or for whoever was growing.</summary>
    public long Waits { get; }

    /// <summary>How often a thread tried again because another had grown the pool, instead of allocating itself.</summary>
    public long Retries { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{GrowthPolicy}, delay {AllocationDelay.TotalMilliseconds} ms: {Throughput:F0}/s, {DiscardedResizes} discarded");
}
