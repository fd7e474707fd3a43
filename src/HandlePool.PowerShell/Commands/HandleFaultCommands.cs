using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Makes allocations, requests for notifications or freezes fail, lets allocations take longer, or damages a pool.</summary>
[Cmdlet(VerbsCommon.Set, "HandleFault", SupportsShouldProcess = true)]
[OutputType(typeof(HandleFault))]
public sealed class SetHandleFaultCommand : ContextCommand
{
    /// <summary>The kind of fault.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    public HandleFaultKind Kind { get; set; }

    /// <summary>The process that is affected: an object, a name or a pid. All by default. FlipBit and BreakSummary need it.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [ValidateNotNull]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity? Process { get; set; }

    /// <summary>The handle whose bit is flipped, or whose summary is broken.</summary>
    [Parameter(Position = 2)]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public int? Handle { get; set; }

    /// <summary>The direction of the resizes whose allocations are affected; both by default.</summary>
    [Parameter]
    public ResizeDirection? Direction { get; set; }

    /// <summary>The number of allocations, requests or freezes that succeed first.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int After { get; set; }

    /// <summary>The number of allocations, requests or freezes that fail, 1 by default, or of allocations that take longer, all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>The time that allocations take longer: more than 0 and at most 1 day.</summary>
    [Parameter]
    public TimeSpan? Delay { get; set; }

    /// <summary>Gets whether the fault is damage that is done at once.</summary>
    private bool IsDamage => Kind is HandleFaultKind.FlipBit or HandleFaultKind.BreakSummary;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        if (DescribeMisuse() is { } misuse)
        {
            Refuse(misuse);
            return;
        }

        UseSessionOf(Process, node: null);
        HandleProcess? process = Process is null ? null : GetProcess(Process, Context);
        HandleSession session = process?.Session ?? GetSession();
        if (process is { IsDead: true })
            throw SessionErrors.ProcessDead(process);
        if (IsDamage && Handle >= process!.Capacity)
        {
            Refuse($"Handle {Handle} is beyond the pool of process '{process}'. Use a handle below {process.Capacity}.");
            return;
        }

        if (Kind == HandleFaultKind.BreakSummary && (session.Allocator != HandleAllocator.HierarchicalBitmap || process!.Capacity < 128))
        {
            Refuse($"The pool of process '{process}', a {session.Allocator} of {process!.Capacity} handles, has no summaries. "
                + "Use a HierarchicalBitmap of at least 128 handles.");
            return;
        }

        if (!ShouldProcess(process is null ? $"session '{session}'" : $"process '{process}'", DescribeFault()))
            return;
        HandleFault fault;
        try
        {
            fault = Set(session, process);
        }
        catch (Exception exception) when (IsDamage && exception is ArgumentOutOfRangeException or InvalidOperationException)
        {
            // The handle was in the pool a moment ago; another thread has shrunk the pool.
            Refuse($"The pool of process '{process}' now has {process!.Capacity} handles. Nothing was changed: {exception.Message}");
            return;
        }

        // Outside of the try block: exceptions of cmdlets further down the pipeline are theirs.
        WriteObject(fault);
    });

    private void Refuse(string message) => WriteError(ErrorRecords.BadFault(message, Kind));

    private HandleFault Set(HandleSession session, HandleProcess? process) => Kind switch
    {
        HandleFaultKind.FailAllocation => session.FailAllocations(process, Direction, After, Count ?? 1),
        HandleFaultKind.DelayAllocation => session.DelayAllocations(Delay!.Value, process, Direction, After, Count ?? int.MaxValue),
        HandleFaultKind.FailNotification => session.FailNotifications(process, After, Count ?? 1),
        HandleFaultKind.FailFreeze => session.FailFreezes(process, After, Count ?? 1),
        HandleFaultKind.BreakSummary => session.BreakSummary(process!, Handle!.Value),
        _ => session.FlipBit(process!, Handle!.Value),
    };

    /// <summary>Gets what fails or takes longer.</summary>
    private string Subject => Kind switch
    {
        HandleFaultKind.FailNotification => "request",
        HandleFaultKind.FailFreeze => "freeze",
        _ => "allocation",
    };

    /// <summary>Returns what is wrong with the parameters for this kind of fault, or null.</summary>
    private string? DescribeMisuse()
    {
        if (IsDamage)
        {
            return Process is null || Handle is null ? $"{Kind} requires -Process and -Handle."
                : Direction is not null || After != 0 || Count is not null || Delay is not null
                    ? $"{Kind} takes effect at once. Omit -Direction, -After, -Count and -Delay."
                    : null;
        }

        bool isOfAllocation = Kind is HandleFaultKind.FailAllocation or HandleFaultKind.DelayAllocation;
        if (Handle is not null)
            return $"{Kind} affects {Subject}s. Omit -Handle.";
        if (!isOfAllocation && Direction is not null)
            return $"{Kind} affects {Subject}s. Omit -Direction.";
        bool isDelay = Kind == HandleFaultKind.DelayAllocation;
        if (isDelay != Delay is not null)
            return isDelay ? "DelayAllocation requires -Delay." : $"-Delay does not apply to {Kind}. Omit it.";
        return Delay is { } delay && (delay <= TimeSpan.Zero || delay > TimeSpan.FromDays(1))
            ? $"-Delay is {delay}. Use a time of more than 0 and at most 1 day."
            : null;
    }

    private string DescribeFault()
    {
        if (IsDamage)
            return Kind == HandleFaultKind.FlipBit ? $"Flip the bit of handle {Handle}" : $"Break the summary of handle {Handle}";
        int? count = Count ?? (Kind == HandleFaultKind.DelayAllocation ? null : 1);
        string which = (count is { } some ? Phrase.Count(some, Subject) : $"all {Subject}s")
            + (Direction is null ? "" : Direction == ResizeDirection.Grow ? " for growing" : " for shrinking")
            + (After == 0 ? "" : $" after the next {After}");
        return Kind == HandleFaultKind.DelayAllocation ? $"Delay {which} by {Delay}" : $"Fail {which}";
    }
}

/// <summary>Gets the faults that are set.</summary>
[Cmdlet(VerbsCommon.Get, "HandleFault")]
[OutputType(typeof(HandleFault))]
public sealed class GetHandleFaultCommand : SessionCommand
{
    /// <summary>The kinds of faults; all by default.</summary>
    [Parameter(Position = 0)]
    public HandleFaultKind[]? Kind { get; set; }

    /// <summary>The processes whose pools are affected: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>The session to work in: an object or a name. By default that of the given objects, otherwise the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() => WriteObject(FindFaults(this, Kind, Process), enumerateCollection: true));

    /// <summary>Returns the faults of the session, or of the sessions of the processes, that match.</summary>
    internal static HandleFault[] FindFaults(SessionCommand command, HandleFaultKind[]? kinds, ProcessIdentity[]? identities)
    {
        HandleProcess[]? processes = identities is null ? null : [.. command.GetProcesses(identities, includeDead: true)];
        HandleSession[] sessions = processes is null
            ? [command.GetSession()]
            : [.. processes.Select(process => process.Session).Distinct()];
        return [.. sessions.SelectMany(session => session.GetFaults())
            .Where(fault => (kinds is null || kinds.Contains(fault.Kind)) && (processes is null || processes.Contains(fault.Process)))];
    }
}

/// <summary>Clears faults.</summary>
[Cmdlet(VerbsCommon.Clear, "HandleFault", DefaultParameterSetName = "Process", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class ClearHandleFaultCommand : SessionCommand
{
    /// <summary>The faults.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Fault", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [Live]
    public HandleFault[] InputObject { get; set; } = [];

    /// <summary>The kinds of faults; all by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Process")]
    public HandleFaultKind[]? Kind { get; set; }

    /// <summary>The processes whose pools are affected: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Position = 1, ParameterSetName = "Process")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        foreach (HandleFault fault in ParameterSetName == "Fault" ? InputObject : GetHandleFaultCommand.FindFaults(this, Kind, Process))
        {
            if (ShouldProcess($"fault {fault.Id} of session '{fault.Session}' ({fault})", "Clear"))
                fault.Session.ClearFault(fault);
        }
    });
}
