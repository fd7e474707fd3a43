using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Gets the state of the pools of processes.</summary>
[Cmdlet(VerbsCommon.Get, "HandlePool")]
[OutputType(typeof(HandlePoolStatus))]
public sealed class GetHandlePoolCommand : HandleCommand
{
    /// <summary>The processes: objects, names or pids. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only processes of this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        WriteObject(GetProcesses(Process, Context).ConvertAll(process => process.GetPool()), enumerateCollection: true);
}

/// <summary>Forces a pool to grow or to shrink.</summary>
[Cmdlet(VerbsCommon.Resize, "HandlePool", DefaultParameterSetName = "Grow", SupportsShouldProcess = true)]
[OutputType(typeof(HandlePoolResizeResult))]
public sealed class ResizeHandlePoolCommand : HandleCommand
{
    /// <summary>The process: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>Doubles the capacity, even if the pool is not full.</summary>
    [Parameter(ParameterSetName = "Grow")]
    public SwitchParameter Grow { get; set; }

    /// <summary>Shrinks where the driver would.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Shrink")]
    public SwitchParameter Shrink { get; set; }

    /// <summary>Shrinks as far as the highest used handle allows.</summary>
    [Parameter(ParameterSetName = "Shrink")]
    public SwitchParameter Force { get; set; }

    /// <summary>The context of the process, where its name or pid is in several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Not by a mandatory switch: PowerShell would ask for its value, and take none that can be typed.
        if (!Grow && !Shrink)
            ThrowTerminatingError(ErrorRecords.NoDirection());
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleProcess process = GetProcess(Process, Context);
        ResizeDirection direction = Grow ? ResizeDirection.Grow : ResizeDirection.Shrink;
        if (!ShouldProcess($"pool of process '{process}', capacity {process.Capacity}", direction.ToString()))
            return;
        long mark = MarkEvents(process.Session);
        HandlePoolResizeResult result = process.Resize(direction, Force);
        TellEvents(process.Session, mark, process);
        WriteObject(result);
    });
}

/// <summary>The shrinker: shrinks pools as far as the highest used handle allows.</summary>
[Cmdlet(VerbsCommon.Optimize, "HandlePool", SupportsShouldProcess = true)]
[OutputType(typeof(HandlePoolResizeResult))]
public sealed class OptimizeHandlePoolCommand : HandleCommand
{
    /// <summary>The processes: objects, names or pids. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only processes of this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        List<HandleProcess> processes = GetProcesses(Process, Context);
        using WorkProgress progress = new(this, "Shrinking pools");
        for (int done = 0; done < processes.Count && !Stopping; done++)
        {
            progress.Report(done, processes.Count);
            Optimize(processes[done]);
        }
    }

    private void Optimize(HandleProcess process) => Try(() =>
    {
        int capacity = process.Capacity;
        int fitting = process.FittingCapacity;
        if (fitting >= capacity)
        {
            WriteVerbose($"Process '{process}': The pool of {capacity} is as small as it can be.");
            return;
        }

        if (!ShouldProcess($"pool of process '{process}', from {capacity} to {fitting}", "Shrink"))
            return;
        long mark = MarkEvents(process.Session);
        HandlePoolResizeResult? result = process.Optimize();
        TellEvents(process.Session, mark, process);
        if (result is not null)
            WriteObject(result);
    });
}

/// <summary>The first phase of a resize: allocates for the new capacity.</summary>
[Cmdlet(VerbsLifecycle.Request, "HandlePoolResize", DefaultParameterSetName = "Grow")]
[OutputType(typeof(HandlePoolResizer))]
public sealed class RequestHandlePoolResizeCommand : HandleCommand
{
    /// <summary>The process: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>For twice the capacity.</summary>
    [Parameter(ParameterSetName = "Grow")]
    public SwitchParameter Grow { get; set; }

    /// <summary>For the capacity to which the driver would shrink.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Shrink")]
    public SwitchParameter Shrink { get; set; }

    /// <summary>The context of the process, where its name or pid is in several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Not by a mandatory switch: PowerShell would ask for its value, and take none that can be typed.
        if (!Grow && !Shrink)
            ThrowTerminatingError(ErrorRecords.NoDirection());
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
        WriteObject(GetProcess(Process, Context).RequestResize(Grow ? ResizeDirection.Grow : ResizeDirection.Shrink)));
}

/// <summary>The second phase of a resize: looks again, and applies or discards what was allocated.</summary>
[Cmdlet(VerbsLifecycle.Complete, "HandlePoolResize", SupportsShouldProcess = true)]
[OutputType(typeof(HandlePoolResizeResult))]
public sealed class CompleteHandlePoolResizeCommand : HandleCommand
{
    /// <summary>What Request-HandlePoolResize gave.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public HandlePoolResizer[] Resizer { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (HandlePoolResizer resizer in Resizer)
            Complete(resizer);
    }

    private void Complete(HandlePoolResizer resizer) => Try(() =>
    {
        if (Session is not null && GetSession() != resizer.Process.Session)
            throw SessionErrors.ResizerForeign(resizer, GetSession());
        HandleProcess process = resizer.Process;
        if (!ShouldProcess($"pool of process '{process}', from {resizer.FromCapacity} to {resizer.ToCapacity}", resizer.Direction.ToString()))
            return;
        long mark = MarkEvents(process.Session);
        HandlePoolResizeResult result = process.CompleteResize(resizer);
        TellEvents(process.Session, mark, process);
        WriteObject(result);
    });
}
