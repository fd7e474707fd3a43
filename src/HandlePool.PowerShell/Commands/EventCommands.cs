using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Gets what happened in a session.</summary>
[Cmdlet(VerbsCommon.Get, "HandleEvent", DefaultParameterSetName = "Event")]
[OutputType(typeof(HandleEvent), ParameterSetName = ["Event"])]
[OutputType(typeof(HandleOperation), ParameterSetName = ["Operation"])]
public sealed class GetHandleEventCommand : HandleCommand
{
    /// <summary>Only events of these processes: objects, names or pids. Names may be patterns; those that have exited count.</summary>
    [Parameter(Position = 0, ParameterSetName = "Event", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only events of these kinds.</summary>
    [Parameter(ParameterSetName = "Event")]
    public HandleEventKind[]? Kind { get; set; }

    /// <summary>Only the newest so many.</summary>
    [Parameter(ParameterSetName = "Event")]
    [ValidateRange(1, int.MaxValue)]
    public int Newest { get; set; } = int.MaxValue;

    /// <summary>Only events of processes of this context.</summary>
    [Parameter(ParameterSetName = "Event")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Gets what was done to the session instead, as rows that Invoke-HandleOperation replays. It must have been created with -Record.</summary>
    [Parameter(ParameterSetName = "Operation", Mandatory = true)]
    public SwitchParameter AsOperation { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (AsOperation)
        {
            if (Try(GetSession) is not { } recorded)
                return;
            if (recorded.IsRecorded())
                WriteObject(recorded.GetOperations(), enumerateCollection: true);
            else
                WriteError(ErrorRecords.NotRecorded(recorded));
            return;
        }

        HashSet<HandleProcess>? processes = Process is null ? null : [.. GetProcesses(Process, Context, includeDead: true)];
        IEnumerable<HandleEvent> events = processes is null
            ? Try(() => GetSession().GetEvents()) ?? []
            : processes.Select(process => process.Session).Distinct().SelectMany(session => session.GetEvents());
        HandleEvent[] found = [.. events.Where(each => (processes is null || processes.Contains(each.Process))
            && (Kind is null || Kind.Contains(each.Kind))
            && (Context is null || string.Equals(each.Process.Context, Context, StringComparison.OrdinalIgnoreCase)))];
        WriteObject(found.TakeLast(Newest), enumerateCollection: true);
    }
}
