using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Requests notifications for references.</summary>
[Cmdlet(VerbsLifecycle.Request, "HandleNotification")]
[OutputType(typeof(HandleNotification))]
public sealed class RequestHandleNotificationCommand : NotificationCommand
{
    /// <summary>The cookie that identifies the notification to the process; by default the handle.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(ulong))]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public ulong? Cookie { get; set; }

    private protected override void Apply(HandleProcess process, long handle) => WriteObject(process.RequestNotification(handle, Kind, Cookie));
}

/// <summary>Reads what the driver has queued for processes.</summary>
[Cmdlet(VerbsCommunications.Receive, "HandleNotification")]
[OutputType(typeof(HandleReturn))]
public sealed class ReceiveHandleNotificationCommand : ContextCommand
{
    /// <summary>The processes that read: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[] Process { get; set; } = [];

    /// <summary>The largest number of messages that each process reads; all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int? Count { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (HandleProcess process in GetProcesses(Process, One(Context)))
            Try(() => WriteObject(process.ReceiveNotifications(Count ?? int.MaxValue), enumerateCollection: true));
    }
}

/// <summary>Completes notifications that a process has received.</summary>
[Cmdlet(VerbsLifecycle.Complete, "HandleNotification", SupportsShouldProcess = true)]
[OutputType(typeof(HandleNotification))]
public sealed class CompleteHandleNotificationCommand : ContextCommand
{
    /// <summary>The process that has received the notification: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity(TakesMembers = true)]
    [OneValue]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>The cookies of the notifications.</summary>
    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [ArgumentCompleter(typeof(CookieCompleter))]
    public ulong[]? Cookie { get; set; }

    /// <summary>The kind of notification.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(HandleNotificationKind))]
    [OneValue]
    public HandleNotificationKind Kind { get; set; } = HandleNotificationKind.Death;

    /// <summary>The code that was received. A confirmation and BR_ERROR need no completion, and are skipped.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(HandleReturnCode?))]
    [OneValue]
    public HandleReturnCode? Return { get; set; }

    /// <summary>Writes the completed notifications to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Return is HandleReturnCode.BR_CLEAR_DEATH_NOTIFICATION_DONE or HandleReturnCode.BR_CLEAR_FREEZE_NOTIFICATION_DONE or HandleReturnCode.BR_ERROR)
            return;
        foreach (ulong cookie in Cookie ?? [])
            Try(() => Complete(cookie));
    }

    private void Complete(ulong cookie)
    {
        HandleProcess process = GetProcess(Process, Context);
        if (!MayChange($"{Kind} notification of cookie {cookie} of process '{process}'", "Complete"))
            return;
        HandleNotification completed = process.CompleteNotification(Kind, cookie);
        CountChanges();
        if (PassThru)
            WriteObject(completed);
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Completed {Phrase.Count(changes, "notification")}.";
}

/// <summary>Clears the notifications of references.</summary>
[Cmdlet(VerbsCommon.Clear, "HandleNotification", SupportsShouldProcess = true)]
[OutputType(typeof(HandleNotification))]
public sealed class ClearHandleNotificationCommand : NotificationCommand
{
    /// <summary>The cookie that the notification was requested with; by default the handle.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(ulong))]
    [OneValue]
    [ArgumentCompleter(typeof(CookieCompleter))]
    public ulong? Cookie { get; set; }

    /// <summary>Writes the cleared notifications to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Apply(HandleProcess process, long handle)
    {
        if (!MayChange($"{Kind} notification of process '{process}' on handle {handle}", "Clear"))
            return;
        HandleNotification cleared = process.ClearNotification(handle, Kind, Cookie);
        CountChanges();
        if (PassThru)
            WriteObject(cleared);
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Cleared {Phrase.Count(changes, "notification")}.";
}

/// <summary>Gets notifications.</summary>
[Cmdlet(VerbsCommon.Get, "HandleNotification")]
[OutputType(typeof(HandleNotification))]
public sealed class GetHandleNotificationCommand : ContextsCommand
{
    /// <summary>The processes that are told: objects, names or pids. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>The handles; all by default.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Converted(typeof(long[]))]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public long[]? Handle { get; set; }

    /// <summary>The kinds of notifications; all by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Converted(typeof(HandleNotificationKind[]))]
    public HandleNotificationKind[]? Kind { get; set; }

    /// <summary>The states of the notifications; all by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Converted(typeof(HandleNotificationState[]))]
    public HandleNotificationState[]? State { get; set; }

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
        // Everything is read before anything is written, so that the rest of the pipeline may change it.
        HandleNotification[] found = [.. GetProcesses(Process, Contexts).SelectMany(process => process.GetNotifications()).Where(IsWanted)];
        WriteObject(found, enumerateCollection: true);
    }

    private bool IsWanted(HandleNotification notification) =>
        (Handle is null || (notification.Handle is { } handle && Handle.Contains(handle)))
        && (Kind is null || Kind.Contains(notification.Kind))
        && (State is null || State.Contains(notification.State));
}
