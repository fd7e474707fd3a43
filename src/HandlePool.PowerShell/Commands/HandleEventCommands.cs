using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Gets the events of a session.</summary>
[Cmdlet(VerbsCommon.Get, "HandleEvent")]
[OutputType(typeof(HandleEvent))]
public sealed class GetHandleEventCommand : ContextsCommand
{
    /// <summary>The processes, exited ones included: objects, names or pids. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>The kinds of events; all by default.</summary>
    [Parameter]
    [Converted(typeof(HandleEventKind[]))]
    public HandleEventKind[]? Kind { get; set; }

    /// <summary>The number of newest events to get; all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Newest { get; set; } = int.MaxValue;

    /// <summary>The session to work in: an object or a name. By default that of the given objects, otherwise the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        HashSet<HandleProcess>? processes = Process is null ? null : [.. GetProcesses(Process, Contexts, includeDead: true)];
        IEnumerable<HandleEvent> events = processes is null
            ? Try(() => GetSession().GetEvents()) ?? []
            : processes.Select(process => process.Session).Distinct().SelectMany(session => session.GetEvents());
        HandleEvent[] found = [.. events.Where(each => (processes is null || processes.Contains(each.Process))
            && (Kind is null || Kind.Contains(each.Kind))
            && IsInContext(each.Process.Context))];
        WriteObject(found.TakeLast(Newest), enumerateCollection: true);
    }
}
