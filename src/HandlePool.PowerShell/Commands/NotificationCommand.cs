using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that requests or clears the notifications of references.</summary>
public abstract class NotificationCommand : ContextCommand
{
    /// <summary>The process that is told: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity(TakesMembers = true)]
    [OneValue]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>The handles of the nodes whose owner it is about.</summary>
    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(long[]))]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public long[] Handle { get; set; } = [];

    /// <summary>The kind of notification.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(HandleNotificationKind))]
    [OneValue]
    public HandleNotificationKind Kind { get; set; } = HandleNotificationKind.Death;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (long handle in Handle)
            Try(() => Apply(GetProcess(Process, Context), handle));
    }

    private protected abstract void Apply(HandleProcess process, long handle);
}
