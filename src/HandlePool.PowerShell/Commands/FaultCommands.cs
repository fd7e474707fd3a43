using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Has something go wrong on purpose.</summary>
[Cmdlet(VerbsCommon.Set, "HandleFault", SupportsShouldProcess = true)]
[OutputType(typeof(HandleFault))]
public sealed class SetHandleFaultCommand : HandleCommand
{
    /// <summary>What goes wrong.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    public HandleFaultKind Kind { get; set; }

    /// <summary>The process whose pool it is about: an object, a name or a pid. All of the session by default; FlipBit and BreakSummary need one.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [ValidateNotNull]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity? Process { get; set; }

    /// <summary>The handle whose bit is flipped, or whose word's summary is broken.</summary>
    [Parameter(Position = 2)]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public int? Handle { get; set; }

    /// <summary>Only allocations for growing, or for shrinking.</summary>
    [Parameter]
    public ResizeDirection? Direction { get; set; }

    /// <summary>How many allocations are let pass first.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int After { get; set; }

    /// <summary>How many allocations fail, 1 by default, or take longer, all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>How much longer allocations take.</summary>
    [Parameter]
    public TimeSpan? Delay { get; set; }

    /// <summary>The context of the process, where its name or pid is in several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        if (WhatIsWrong() is { } wrong)
        {
            WriteError(ErrorRecords.BadFault(wrong, Kind));
            return;
        }

        UseSessionOf(Process, node: null);
        HandleProcess? process = Process is null ? null : GetProcess(Process, Context);
        HandleSession session = process?.Session ?? GetSession();
        if (process is { IsDead: true })
            throw SessionErrors.ProcessDead(process);
        if (IsDamage && Handle >= process!.Capacity)
        {
            WriteError(ErrorRecords.BadFault($"Handle {Handle} is beyond the pool of process '{process}', which has {process.Capacity}.", Kind));
            return;
        }

        if (Kind == HandleFaultKind.BreakSummary && (session.Allocator != HandleAllocator.HierarchicalBitmap || process!.Capacity < 128))
        {
            WriteError(ErrorRecords.BadFault($"The pool of process '{process}' has no summaries: it is a {session.Allocator} of {process!.Capacity} handles. "
                + "A HierarchicalBitmap has, from 128 handles on.", Kind));
            return;
        }

        if (!ShouldProcess(process is null ? $"session '{session}'" : $"process '{process}'", Describe()))
            return;
        HandleFault fault;
        try
        {
            fault = Set(session, process);
        }
        catch (Exception exception) when (IsDamage && exception is ArgumentOutOfRangeException or InvalidOperationException)
        {
            // It fitted a moment ago; another thread has shrunk the pool.
            WriteError(ErrorRecords.BadFault($"The pool of process '{process}' has {process!.Capacity} handles by now, and nothing was done: {exception.Message}", Kind));
            return;
        }

        // Not within the try: what a cmdlet further down the pipeline throws is no fault of ours.
        WriteObject(fault);
    });

    private HandleFault Set(HandleSession session, HandleProcess? process) => Kind switch
    {
        HandleFaultKind.FailAllocation => session.FailAllocations(process, Direction, After, Count ?? 1),
        HandleFaultKind.DelayAllocation => session.DelayAllocations(Delay!.Value, process, Direction, After, Count ?? int.MaxValue),
        HandleFaultKind.BreakSummary => session.BreakSummary(process!, Handle!.Value),
        _ => session.FlipBit(process!, Handle!.Value),
    };

    /// <summary>Whether the kind is damage that is done at once.</summary>
    private bool IsDamage => Kind is HandleFaultKind.FlipBit or HandleFaultKind.BreakSummary;

    /// <summary>Which parameters do not go together with the kind; null if all is well.</summary>
    private string? WhatIsWrong()
    {
        if (IsDamage)
        {
            return Process is null || Handle is null ? $"{Kind} needs -Process and -Handle."
                : Direction is not null || After != 0 || Count is not null || Delay is not null
                    ? $"{Kind} is done at once, and takes no -Direction, -After, -Count or -Delay."
                    : null;
        }

        if (Handle is not null)
            return $"{Kind} is about allocations and takes no -Handle.";
        bool isDelay = Kind == HandleFaultKind.DelayAllocation;
        if (isDelay != Delay is not null)
            return isDelay ? "DelayAllocation needs -Delay." : "FailAllocation takes no -Delay.";
        return Delay is { } delay && (delay <= TimeSpan.Zero || delay > TimeSpan.FromDays(1)) ? $"-Delay is {delay}; more than nothing and up to a day is possible." : null;
    }

    private string Describe()
    {
        if (IsDamage)
            return Kind == HandleFaultKind.FlipBit ? $"Flip the bit of handle {Handle}" : $"Break the summary of handle {Handle}";
        int? count = Count ?? (Kind == HandleFaultKind.FailAllocation ? 1 : null);
        string which = (count is null ? "all allocations" : count == 1 ? "1 allocation" : $"{count} allocations")
            + (Direction is null ? "" : Direction == ResizeDirection.Grow ? " for growing" : " for shrinking")
            + (After == 0 ? "" : $" after the next {After}");
        return Kind == HandleFaultKind.FailAllocation ? $"Fail {which}" : $"Delay {which} by {Delay}";
    }
}

/// <summary>Gets the faults that are set.</summary>
[Cmdlet(VerbsCommon.Get, "HandleFault")]
[OutputType(typeof(HandleFault))]
public sealed class GetHandleFaultCommand : HandleCommand
{
    /// <summary>Only faults of these kinds.</summary>
    [Parameter(Position = 0)]
    public HandleFaultKind[]? Kind { get; set; }

    /// <summary>Only faults of these processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() => WriteObject(FaultsOf(this, Kind, Process), enumerateCollection: true));

    /// <summary>The faults that fit, of the session or of those that the processes are of.</summary>
    internal static HandleFault[] FaultsOf(HandleCommand command, HandleFaultKind[]? kinds, ProcessIdentity[]? identities)
    {
        HandleProcess[]? processes = identities is null ? null : [.. command.GetProcesses(identities, includeDead: true)];
        HandleSession[] sessions = processes is null ? [command.GetSession()] : [.. processes.Select(process => process.Session).Distinct()];
        return [.. sessions.SelectMany(session => session.GetFaults())
            .Where(fault => (kinds is null || kinds.Contains(fault.Kind)) && (processes is null || processes.Contains(fault.Process)))];
    }
}

/// <summary>Takes faults away.</summary>
[Cmdlet(VerbsCommon.Clear, "HandleFault", DefaultParameterSetName = "Process", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class ClearHandleFaultCommand : HandleCommand
{
    /// <summary>These faults.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Fault", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public HandleFault[] InputObject { get; set; } = [];

    /// <summary>Only faults of these kinds; all by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Process")]
    public HandleFaultKind[]? Kind { get; set; }

    /// <summary>Only faults of these processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Position = 1, ParameterSetName = "Process")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        if (ParameterSetName == "Fault")
        {
            foreach (HandleFault fault in InputObject)
                Clear(fault.Session, fault);
        }
        else
        {
            foreach (HandleFault fault in GetHandleFaultCommand.FaultsOf(this, Kind, Process))
                Clear(fault.Session, fault);
        }
    });

    private void Clear(HandleSession session, HandleFault fault)
    {
        if (ShouldProcess($"fault {fault.Id} of session '{session}' ({fault})", "Clear"))
            session.ClearFault(fault);
    }
}
