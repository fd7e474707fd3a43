using System.Management.Automation;
using HandlePool.Experiments;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Makes allocations, requests for notifications or freezes fail, lets allocations take longer, or damages a pool.</summary>
[Cmdlet(VerbsCommon.Add, "HandleFault", SupportsShouldProcess = true)]
[OutputType(typeof(HandleFault))]
public sealed class AddHandleFaultCommand : ContextCommand
{
    /// <summary>Makes allocations for resizes fail.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(HandleFaultKind.FailAllocation))]
    [Chosen]
    public SwitchParameter FailAllocation { get; set; }

    /// <summary>Lets allocations for resizes take longer.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(HandleFaultKind.DelayAllocation))]
    [Chosen]
    public SwitchParameter DelayAllocation { get; set; }

    /// <summary>Makes requests for notifications fail.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(HandleFaultKind.FailNotification))]
    [Chosen]
    public SwitchParameter FailNotification { get; set; }

    /// <summary>Makes the freezing of processes fail.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(HandleFaultKind.FailFreeze))]
    [Chosen]
    public SwitchParameter FailFreeze { get; set; }

    /// <summary>Flips the bit of a handle at once.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(HandleFaultKind.FlipBit))]
    [Chosen]
    public SwitchParameter FlipBit { get; set; }

    /// <summary>Breaks the summaries of the bits around a handle at once.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(HandleFaultKind.BreakSummary))]
    [Chosen]
    public SwitchParameter BreakSummary { get; set; }

    /// <summary>The process that is affected: an object, a name or a pid. All by default, except for damage.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(HandleFaultKind.FailAllocation))]
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(HandleFaultKind.DelayAllocation))]
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(HandleFaultKind.FailNotification))]
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(HandleFaultKind.FailFreeze))]
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ParameterSetName = nameof(HandleFaultKind.FlipBit))]
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ParameterSetName = nameof(HandleFaultKind.BreakSummary))]
    [ValidateNotNull]
    [ProcessIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity? Process { get; set; }

    /// <summary>The handle whose bit is flipped, or whose summary is broken.</summary>
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = nameof(HandleFaultKind.FlipBit))]
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = nameof(HandleFaultKind.BreakSummary))]
    [ValidateRange(0, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public int Handle { get; set; }

    /// <summary>The time that allocations take longer, up to 1 day.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(HandleFaultKind.DelayAllocation))]
    [Duration(86_400)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public TimeSpan Delay { get; set; }

    /// <summary>Affects allocations to grow; with neither -Grow nor -Shrink, all are affected.</summary>
    [Parameter(ParameterSetName = nameof(HandleFaultKind.FailAllocation))]
    [Parameter(ParameterSetName = nameof(HandleFaultKind.DelayAllocation))]
    public SwitchParameter Grow { get; set; }

    /// <summary>Affects allocations to shrink; with neither -Grow nor -Shrink, all are affected.</summary>
    [Parameter(ParameterSetName = nameof(HandleFaultKind.FailAllocation))]
    [Parameter(ParameterSetName = nameof(HandleFaultKind.DelayAllocation))]
    public SwitchParameter Shrink { get; set; }

    /// <summary>The number of allocations, requests or freezes that succeed first.</summary>
    [Parameter(ParameterSetName = nameof(HandleFaultKind.FailAllocation))]
    [Parameter(ParameterSetName = nameof(HandleFaultKind.DelayAllocation))]
    [Parameter(ParameterSetName = nameof(HandleFaultKind.FailNotification))]
    [Parameter(ParameterSetName = nameof(HandleFaultKind.FailFreeze))]
    [ValidateRange(0, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int After { get; set; }

    /// <summary>The number of allocations, requests or freezes that fail, 1 by default, or of allocations that take longer, all by default.</summary>
    [Parameter(ParameterSetName = nameof(HandleFaultKind.FailAllocation))]
    [Parameter(ParameterSetName = nameof(HandleFaultKind.DelayAllocation))]
    [Parameter(ParameterSetName = nameof(HandleFaultKind.FailNotification))]
    [Parameter(ParameterSetName = nameof(HandleFaultKind.FailFreeze))]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int? Count { get; set; }

    /// <summary>Gets the kind of fault.</summary>
    private HandleFaultKind Kind => Enum.Parse<HandleFaultKind>(ParameterSetName);

    /// <summary>Gets whether the fault is damage that is done at once.</summary>
    private bool IsDamage => Kind is HandleFaultKind.FlipBit or HandleFaultKind.BreakSummary;

    /// <summary>Gets the direction of the resizes whose allocations are affected; null for both.</summary>
    private ResizeDirection? Direction => Grow == Shrink ? null : Grow ? ResizeDirection.Grow : ResizeDirection.Shrink;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
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

        if (Kind == HandleFaultKind.BreakSummary && (!HasSummaries(session.Allocator) || process!.Capacity < 128))
        {
            Refuse($"The pool of process '{process}', of {process!.Capacity} handles and with allocator {session.Allocator}, has no summaries. "
                + "Use a SegmentedBitmap, HierarchicalBitmap or FdTwoLevel of at least 128 handles.");
            return;
        }

        if (!MayChange(process is null ? $"session '{session}'" : $"process '{process}'", DescribeFault()))
            return;
        HandleFault fault;
        try
        {
            fault = Add(session, process);
        }
        catch (Exception exception) when (IsDamage && exception is ArgumentOutOfRangeException or InvalidOperationException)
        {
            // The handle was in the pool a moment ago; another thread has shrunk the pool.
            Refuse($"The pool of process '{process}' now has {process!.Capacity} handles. Nothing was changed: {exception.Message}");
            return;
        }

        // Outside of the try block: exceptions of cmdlets further down the pipeline are theirs.
        CountChanges();
        WriteObject(fault);
    });

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Added {Phrase.Count(changes, "fault")}.";

    private void Refuse(string message) => WriteError(ErrorRecords.BadFault(message, Kind));

    private static bool HasSummaries(HandleAllocator allocator) =>
        allocator is HandleAllocator.SegmentedBitmap or HandleAllocator.HierarchicalBitmap or HandleAllocator.FdTwoLevel;

    private HandleFault Add(HandleSession session, HandleProcess? process) => Kind switch
    {
        HandleFaultKind.FailAllocation => session.FailAllocations(process, Direction, After, Count ?? 1),
        HandleFaultKind.DelayAllocation => session.DelayAllocations(Delay, process, Direction, After, Count ?? int.MaxValue),
        HandleFaultKind.FailNotification => session.FailNotifications(process, After, Count ?? 1),
        HandleFaultKind.FailFreeze => session.FailFreezes(process, After, Count ?? 1),
        HandleFaultKind.BreakSummary => session.BreakSummary(process!, Handle),
        _ => session.FlipBit(process!, Handle),
    };

    /// <summary>Gets what fails or takes longer.</summary>
    private string Subject => Kind switch
    {
        HandleFaultKind.FailNotification => "request",
        HandleFaultKind.FailFreeze => "freeze",
        _ => "allocation",
    };

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

/// <summary>Gets the faults of a session.</summary>
[Cmdlet(VerbsCommon.Get, "HandleFault")]
[OutputType(typeof(HandleFault))]
public sealed class GetHandleFaultCommand : SessionCommand
{
    /// <summary>The kinds of faults; all by default.</summary>
    [Parameter(Position = 0)]
    [Converted(typeof(HandleFaultKind[]))]
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
    [OneValue]
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

/// <summary>Removes faults, and ends the delays that have begun.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleFault", DefaultParameterSetName = "Fault", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveHandleFaultCommand : SessionCommand
{
    /// <summary>The faults that Get-HandleFault or Add-HandleFault wrote.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Fault", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [LiveObject("a fault, as Get-HandleFault writes it", typeof(HandleFault))]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleFault[] InputObject { get; set; } = [];

    /// <summary>The ids of the faults in the session, as Get-HandleFault shows them.</summary>
    /// <remarks>Not by property name: processes and nodes have ids as well.</remarks>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(FaultIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>The kinds of faults; all kinds by default.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Kind")]
    [Parameter(ParameterSetName = "Process")]
    [ValidateNotNullOrEmpty]
    [Converted(typeof(HandleFaultKind[]))]
    public HandleFaultKind[]? Kind { get; set; }

    /// <summary>The processes whose faults are removed: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Process")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == "Id")
        {
            foreach (int id in Id)
                Try(() => Remove(Find(id)));
            return;
        }

        HandleFault[] faults = ParameterSetName == "Fault" ? InputObject
            : Try(() => GetHandleFaultCommand.FindFaults(this, Kind, Process)) ?? [];
        foreach (HandleFault fault in faults)
            Try(() => Remove(fault));
    }

    private HandleFault Find(int id) =>
        Array.Find(GetSession().GetFaults(), fault => fault.Id == id) ?? throw ExperimentErrors.FaultNotFound(id, GetSession());

    private void Remove(HandleFault fault)
    {
        if (Session is not null && GetSession() != fault.Session)
            throw ExperimentErrors.FaultForeign(fault, GetSession());
        if (!fault.Session.GetFaults().Contains(fault))
            throw ExperimentErrors.FaultNotFound(fault.Id, fault.Session);
        if (!MayChange($"fault {fault.Id} of session '{fault.Session}' ({fault})", "Remove"))
            return;
        if (!fault.Session.RemoveFault(fault))
            throw ExperimentErrors.FaultNotFound(fault.Id, fault.Session);
        CountChanges();
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Removed {Phrase.Count(changes, "fault")}.";
}
