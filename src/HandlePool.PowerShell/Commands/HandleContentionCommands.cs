using System.Management.Automation;
using HandlePool.Measurements;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Measures the cost of growing under each growth policy while several threads fill one table.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "HandleContention")]
[OutputType(typeof(ContentionResult))]
public sealed class MeasureHandleContentionCommand : MeasureCommand
{
    /// <summary>The growth policies to compare; all by default.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [Converted(typeof(GrowthPolicy[]))]
    public GrowthPolicy[] GrowthPolicy { get; set; } = Enum.GetValues<GrowthPolicy>();

    /// <summary>The number of threads that fill the table.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Threads { get; set; } = 4;

    /// <summary>The number of references that the threads add in total.</summary>
    [Parameter]
    [ValidateRange(256, 100_000_000)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Count { get; set; } = 100_000;

    /// <summary>The delays of each allocation, from 0 to 10 seconds. Each policy is measured with each delay.</summary>
    [Parameter]
    [Duration(10, AllowZero = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NoCompleter))]
    public TimeSpan[] Delay { get; set; } = [TimeSpan.Zero, TimeSpan.FromMilliseconds(1)];

    /// <summary>The driver whose rules the table follows.</summary>
    [Parameter]
    [Converted(typeof(HandleDriver))]
    [OneValue]
    public HandleDriver Driver { get; set; }

    /// <summary>The allocator of the pool; the driver's by default.</summary>
    [Parameter]
    [OneValue]
    [Converted(typeof(HandleAllocator?))]
    public HandleAllocator? Allocator { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ContentionMeasurementOptions options = new()
        {
            GrowthPolicies = [.. GrowthPolicy.Distinct()],
            AllocationDelays = [.. Delay.Distinct()],
            Driver = Driver,
            Threads = Threads,
            Count = Count,
        };
        if (Allocator is { } allocator)
            options = options with { Allocator = allocator };
        IReadOnlyList<ContentionResult>? results = Measure($"Adding {Count} references from {Phrase.Count(Threads, "thread")}",
            (progress, stopping) => ContentionMeasurement.Run(options, progress, stopping));
        if (results is not null)
            WriteObject(results, enumerateCollection: true);
    }
}
