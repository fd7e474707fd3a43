using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Gets what happened in a session.</summary>
[Cmdlet(VerbsCommon.Get, "HandleEvent")]
[OutputType(typeof(HandleEvent))]
public sealed class GetHandleEventCommand : HandleCommand
{
    /// <summary>Only events of these processes: objects, names or pids. Names may be patterns; those that have exited count.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only events of these kinds.</summary>
    [Parameter]
    public HandleEventKind[]? Kind { get; set; }

    /// <summary>Only the newest so many.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Newest { get; set; } = int.MaxValue;

    /// <summary>Only events of processes of this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
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
