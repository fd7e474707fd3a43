using System.Management.Automation;
using HandlePool.Measurements;
using HandlePool.Pools;

namespace HandlePool.PowerShell;

/// <summary>What the measuring cmdlets share: progress with the time left, and stopping at once.</summary>
public abstract class MeasureCommand : PSCmdlet, IDisposable
{
    // Of the whole, so many parts are told of.
    private const int Parts = 10_000;

    private readonly CancellationTokenSource _stopping = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Runs a measurement, unless it is stopped.</summary>
    private protected T? Measure<T>(string activity, Func<Action<double>, CancellationToken, T> measurement)
        where T : class
    {
        using WorkProgress progress = new(this, activity);
        try
        {
            return measurement(share => progress.Report((int)(share * Parts), Parts), _stopping.Token);
        }
        catch (OperationCanceledException) when (Stopping)
        {
            return null;
        }
    }
}

/// <summary>Measures how long allocators take, by the number of live IDs.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "HandlePool")]
[OutputType(typeof(PoolMeasurement))]
public sealed class MeasureHandlePoolCommand : MeasureCommand
{
    /// <summary>The allocators to compare; all by default.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public HandleAllocator[] Allocator { get; set; } = Enum.GetValues<HandleAllocator>();

    /// <summary>What is done to the pools.</summary>
    [Parameter]
    public PoolWorkload Workload { get; set; } = PoolWorkload.Append;

    /// <summary>How many live IDs it comes to.</summary>
    [Parameter]
    [ValidateRange(IdPool.MinCapacity, 100_000_000)]
    public int Count { get; set; } = 100_000;

    /// <summary>How many live IDs a row of the table stands for; a tenth of the count by default.</summary>
    [Parameter]
    [ValidateRange(1, 100_000_000)]
    public int RangeSize { get; set; }

    /// <summary>When the pools shrink: after each release, or not.</summary>
    [Parameter]
    public ShrinkPolicy ShrinkPolicy { get; set; }

    /// <summary>The seed of what is random.</summary>
    [Parameter]
    public int Seed { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        PoolMeasurementOptions options = new()
        {
            Workload = Workload,
            Allocators = [.. Allocator.Distinct()],
            Count = Count,
            RangeSize = RangeSize > 0 ? RangeSize : Math.Max(1, Count / 10),
            ShrinkPolicy = ShrinkPolicy,
            Seed = Seed,
        };
        PoolMeasurement? measurement = Measure($"Measuring {Workload} of {Count} handles",
            (progress, stopping) => PoolMeasurement.Run(options, progress, stopping));
        if (measurement is not null)
            WriteObject(measurement);
    }
}

/// <summary>Measures what growing costs under the growth policies when several threads fill one table.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "HandleContention")]
[OutputType(typeof(ContentionResult))]
public sealed class MeasureHandleContentionCommand : MeasureCommand
{
    /// <summary>The growth policies to compare; all by default.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public GrowthPolicy[] GrowthPolicy { get; set; } = Enum.GetValues<GrowthPolicy>();

    /// <summary>How many threads fill the table.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int Threads { get; set; } = 4;

    /// <summary>How many references they add in all.</summary>
    [Parameter]
    [ValidateRange(256, 100_000_000)]
    public int Count { get; set; } = 100_000;

    /// <summary>How many milliseconds each allocation is made to take; each policy is measured with each.</summary>
    [Parameter]
    [ValidateRange(0, 10_000)]
    [ValidateNotNullOrEmpty]
    public int[] DelayMilliseconds { get; set; } = [0, 1];

    /// <summary>How the pool finds IDs.</summary>
    [Parameter]
    public HandleAllocator Allocator { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ContentionMeasurementOptions options = new()
        {
            GrowthPolicies = [.. GrowthPolicy.Distinct()],
            AllocationDelays = [.. DelayMilliseconds.Distinct().Select(delay => TimeSpan.FromMilliseconds(delay))],
            Allocator = Allocator,
            Threads = Threads,
            Count = Count,
        };
        IReadOnlyList<ContentionResult>? results = Measure($"{Threads} threads add {Count} references",
            (progress, stopping) => ContentionMeasurement.Run(options, progress, stopping));
        if (results is not null)
            WriteObject(results, enumerateCollection: true);
    }
}
