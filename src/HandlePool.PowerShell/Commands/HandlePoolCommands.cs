using System.Management.Automation;
using HandlePool.Experiments;
using HandlePool.Measurements;
using HandlePool.Pools;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.PowerShell.Progress;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Gets the state of the pools of processes.</summary>
[Cmdlet(VerbsCommon.Get, "HandlePool")]
[OutputType(typeof(HandlePoolStatus))]
public sealed class GetHandlePoolCommand : PoolsCommand
{
    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        WriteObject(WithKnownPools(GetProcesses(Process, Contexts)).ConvertAll(process => process.GetPool()), enumerateCollection: true);
}

/// <summary>Makes a pool grow or shrink.</summary>
[Cmdlet(VerbsCommon.Resize, "HandlePool", SupportsShouldProcess = true)]
[OutputType(typeof(HandlePoolResizeResult))]
public sealed class ResizeHandlePoolCommand : ResizeCommand
{
    private HandleProcess? _process;

    /// <summary>Shrinks as far as the highest used handle allows.</summary>
    [Parameter(ParameterSetName = "Shrink")]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleProcess process = _process = GetProcess(Process, Context);
        if (!MayChange($"pool of process '{process}', capacity {process.Capacity}", Direction.ToString()))
            return;
        long mark = MarkEvents(process.Session);
        HandlePoolResizeResult result = process.Resize(Direction, Force);
        WriteEvents(process.Session, mark, process);
        WriteObject(result);
    });

    /// <inheritdoc/>
    private protected override ErrorRecord Describe(HandleException exception) =>
        exception.ErrorId == HandleErrorIds.ShrinkNotPossible && !Force
            && _process is { FittingCapacity: var fitting, Capacity: var capacity } && fitting < capacity
            ? ErrorRecords.For(exception, $"Use -Force to shrink to {fitting}.")
            : base.Describe(exception);
}

/// <summary>Shrinks pools as far as the highest used handle allows.</summary>
[Cmdlet(VerbsCommon.Optimize, "HandlePool", SupportsShouldProcess = true)]
[OutputType(typeof(HandlePoolResizeResult))]
public sealed class OptimizeHandlePoolCommand : PoolsCommand
{
    private int _unshrinkable;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        List<HandleProcess> processes = GetProcesses(Process, Contexts);
        using WorkProgress progress = new(this, "Shrinking pools");
        for (int done = 0; done < processes.Count && !Stopping; done++)
        {
            progress.Report(done, processes.Count);
            Optimize(processes[done]);
        }
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) =>
        $"Shrank {Phrase.Count(changes, "pool")}; {Phrase.Count(_unshrinkable, "pool")} could not be smaller.";

    private void Optimize(HandleProcess process) => Try(() =>
    {
        int capacity = process.Capacity;
        int fitting = process.FittingCapacity;
        if (fitting >= capacity)
        {
            _unshrinkable++;
            return;
        }

        if (!MayChange($"pool of process '{process}', from {capacity} to {fitting}", "Shrink"))
            return;
        long mark = MarkEvents(process.Session);
        HandlePoolResizeResult? result = process.Optimize();
        WriteEvents(process.Session, mark, process);
        if (result is null)
            return;
        if (result.Applied)
            CountChanges();
        WriteObject(result);
    });
}

/// <summary>Tests whether pools, summaries, tables and nodes are consistent.</summary>
[Cmdlet(VerbsDiagnostic.Test, "HandlePool")]
[OutputType(typeof(bool))]
public sealed class TestHandlePoolCommand : IntegrityCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // What could not be checked is not known to be consistent.
        bool isConsistent = FindMismatches(out bool isComplete).Count == 0;
        WriteObject(isConsistent && isComplete);
    }
}

/// <summary>Repairs what Find-HandleMismatch finds.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "HandlePool", DefaultParameterSetName = "Process", SupportsShouldProcess = true)]
[OutputType(typeof(HandleMismatch))]
public sealed class RepairHandlePoolCommand : SessionCommand
{
    private readonly List<HandleMismatch> _mismatches = [];
    private readonly IntegrityScope _scope;

    /// <summary>Initializes the cmdlet.</summary>
    public RepairHandlePoolCommand() => _scope = new IntegrityScope(this);

    /// <summary>The processes to repair, with their nodes: objects, names or pids. Names may be patterns. All by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Process", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>The contexts of the processes. Names may be patterns. All by default.</summary>
    [Parameter(ParameterSetName = "Process")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string[]? Context { get; set; }

    /// <summary>The mismatches that Find-HandleMismatch found.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Mismatch", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [LiveObject("a mismatch, as Find-HandleMismatch writes it", typeof(HandleMismatch))]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleMismatch[] InputObject { get; set; } = [];

    /// <summary>The session to repair: an object or a name. By default that of the given objects, otherwise the current one.</summary>
    [Parameter(ParameterSetName = "Mismatch")]
    [Parameter(ParameterSetName = "Process", ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        if (ParameterSetName == "Process")
        {
            _scope.Add(Process, ContextFilter.For(Context));
            return;
        }

        if (Session is not null && Array.Find(InputObject, mismatch => mismatch.Session != GetSession()) is { } foreign)
            throw ExperimentErrors.MismatchForeign(foreign, GetSession());
        _mismatches.AddRange(InputObject);
    });

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Try(() => _mismatches.AddRange(_scope.FindMismatches(StopToken).SelectMany(found => found)));
        foreach (IGrouping<HandleSession, HandleMismatch> group in _mismatches.GroupBy(mismatch => mismatch.Session))
            Try(() => Repair(group.Key, group));
    }

    private void Repair(HandleSession session, IEnumerable<HandleMismatch> mismatches)
    {
        IGrouping<HandleProcess?, HandleMismatch>[] chosen =
            [.. mismatches.GroupBy(mismatch => mismatch.Process).Where(group => ShouldRepair(session, group))];
        if (chosen.Length == 0)
            return;

        long mark = MarkEvents(session);
        HandleList<HandleMismatch> repaired = session.Repair(chosen.SelectMany(group => group));
        foreach (HandleProcess process in chosen.Select(group => group.Key).OfType<HandleProcess>())
            WriteEvents(session, mark, process);
        WriteObject(repaired, enumerateCollection: true);
    }

    private bool ShouldRepair(HandleSession session, IGrouping<HandleProcess?, HandleMismatch> mismatches) => MayChange(
        mismatches.Key is { } process
            ? $"process '{process}' ({process.Id}, {VisibleText.Name(process.Context)})"
            : $"nodes of session '{session}'",
        $"Repair {Phrase.Count(mismatches.Count(), "mismatch", "mismatches")}");
}

/// <summary>Measures how the latency of allocators depends on the number of live IDs, and what else they cost.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "HandlePool", DefaultParameterSetName = "Range")]
[OutputType(typeof(PoolMeasurement), ParameterSetName = ["Range"])]
[OutputType(typeof(PoolCost), ParameterSetName = ["Live", "Dump"])]
public sealed class MeasureHandlePoolCommand : MeasureCommand
{
    private readonly List<int> _sizes = [];
    private bool _isAnySession;

    /// <summary>The allocators to compare. By default all, or for ranges the default allocator and those of drivers.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [Converted(typeof(HandleAllocator[]))]
    public HandleAllocator[]? Allocator { get; set; }

    /// <summary>The numbers of live IDs at which times, words, memory and the longest operation are measured.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Live")]
    [ValidateRange(1, PoolCostMeasurement.LargestLive)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int[] Live { get; set; } = [];

    /// <summary>The sessions of dumps, whose pools are measured by their sizes: objects or names.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Dump", ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public SessionIdentity? FromDump { get; set; }

    /// <summary>The driver whose rules the pools follow.</summary>
    [Parameter(ParameterSetName = "Range")]
    [Converted(typeof(HandleDriver))]
    [OneValue]
    public HandleDriver Driver { get; set; }

    /// <summary>The operations that are measured.</summary>
    [Parameter(ParameterSetName = "Range")]
    [OneValue]
    [Converted(typeof(PoolWorkload))]
    public PoolWorkload Workload { get; set; } = PoolWorkload.Append;

    /// <summary>The number of live IDs at the end.</summary>
    [Parameter(ParameterSetName = "Range")]
    [ValidateRange(IdPool.MinCapacity, 100_000_000)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Count { get; set; } = 100_000;

    /// <summary>The number of live IDs that a row of the table covers; a tenth of the count by default.</summary>
    [Parameter(ParameterSetName = "Range")]
    [ValidateRange(1, 100_000_000)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int RangeSize { get; set; }

    /// <summary>The time at which the pools shrink: after each release, or never.</summary>
    [Parameter(ParameterSetName = "Range")]
    [OneValue]
    [Converted(typeof(ShrinkPolicy))]
    public ShrinkPolicy ShrinkPolicy { get; set; }

    /// <summary>The seed of the random choices.</summary>
    [Parameter]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Seed { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        if (FromDump is null)
            return;
        _sizes.AddRange(SessionStore.Here.Get(FromDump).GetProcesses().Select(process => process.HandleCount).Where(count => count > 0));
        _isAnySession = true;
    });

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (ParameterSetName == "Range")
            MeasureRanges();
        else if (ParameterSetName == "Live")
            MeasureCosts(new PoolCostOptions { Live = [.. Live.Distinct().Order()] }, $"with {string.Join(", ", Live.Distinct().Order())} handles");
        else if (_sizes.Count > 0)
            MeasureCosts(new PoolCostOptions { PoolSizes = _sizes }, $"with {Phrase.Count(_sizes.Count, "pool")} of dumps");
        else if (_isAnySession)
            WriteWarning("No process of these sessions holds a handle, so that there is no pool to measure.");
        base.EndProcessing();
    }

    private void MeasureRanges()
    {
        PoolMeasurementOptions options = new()
        {
            Driver = Driver,
            Workload = Workload,
            Count = Count,
            RangeSize = RangeSize > 0 ? RangeSize : Math.Max(1, Count / 10),
            ShrinkPolicy = ShrinkPolicy,
            Seed = Seed,
        };
        if (Allocator is not null)
            options = options with { Allocators = [.. Allocator.Distinct()] };
        PoolMeasurement? measurement = Measure($"Measuring {Workload} with {Count} handles",
            (progress, stopping) => PoolMeasurement.Run(options, progress, stopping));
        if (measurement is null)
            return;
        if (measurement.IsDisturbed)
            WriteDisturbed(measurement.ProcessorShare, "");
        WriteObject(measurement);
    }

    private void MeasureCosts(PoolCostOptions options, string what)
    {
        options = options with { Seed = Seed };
        if (Allocator is not null)
            options = options with { Allocators = [.. Allocator.Distinct()] };
        PoolCostMeasurement? measurement = Measure($"Measuring allocators {what}", (progress, stopping) => PoolCostMeasurement.Run(options, progress, stopping));
        if (measurement is null)
            return;
        if (measurement.IsDisturbed)
            WriteDisturbed(measurement.ProcessorShare, " The words and bytes are exact.");
        WriteObject(measurement.Rows, enumerateCollection: true);
    }

    private void WriteDisturbed(double processorShare, string exact) => WriteWarning(
        $"The machine was too busy to believe the times: the measurement had {processorShare:0%} of a processor. Close other programs and measure again.{exact}");
}
