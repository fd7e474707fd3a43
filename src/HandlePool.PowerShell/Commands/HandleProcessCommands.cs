using System.Globalization;
using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Creates processes.</summary>
[Cmdlet(VerbsCommon.New, "HandleProcess", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleProcess))]
public sealed class NewHandleProcessCommand : SessionCommand
{
    /// <summary>The names of the processes, which need not be unique. One process without a name by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NameText]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The pid; by default one more than the highest so far.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(int))]
    [ValidateRange(0, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int? Id { get; set; }

    /// <summary>The context.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [ValidatePattern(@"\S")]
    [OneValue]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string Context { get; set; } = HandleSession.DefaultContext;

    /// <summary>Makes the process the manager of its context. Its node is handle 0 in all other processes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(SwitchParameter))]
    public SwitchParameter Manager { get; set; }

    /// <summary>The effective uid; 0 by default. All managers of a context must have the same.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(int))]
    [ValidateRange(0, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(UidCompleter))]
    public int? Uid { get; set; }

    /// <summary>Lets a living process of that pid and context open its device again.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(SwitchParameter))]
    public SwitchParameter Reopen { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string? name in Name ?? (string?[])[null])
            Create(name);
    }

    private void Create(string? name) => Try(() =>
    {
        HandleSession session = GetSession();
        string title = name ?? Id?.ToString(CultureInfo.InvariantCulture) ?? "(unnamed)";
        string target = VisibleText.Of($"process '{title}' in context '{Context}' of session '{session}'");
        if (!MayChange(target, Manager ? "Create as context manager" : "Create"))
            return;
        HandleProcess process = session.CreateProcess(name, Id, Context, Manager, Uid, Reopen);
        CountChanges();
        WriteObject(process);
    });

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Created {Phrase.Count(changes, "process", "processes")}.";
}

/// <summary>Gets processes.</summary>
[Cmdlet(VerbsCommon.Get, "HandleProcess", DefaultParameterSetName = "Name")]
[OutputType(typeof(HandleProcess))]
public sealed class GetHandleProcessCommand : ContextsCommand
{
    private bool _isNameGiven;

    /// <summary>The names, pids or objects. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Name { get; set; }

    /// <summary>The pids.</summary>
    [Parameter(ParameterSetName = "Id", Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[]? Id { get; set; }

    /// <summary>The processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(ParameterSetName = "Process", Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>The nodes whose owners are wanted.</summary>
    [Parameter(ParameterSetName = "Node", Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [LiveObject("a node, as Get-HandleNode writes it", typeof(HandleNode))]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleNode[]? Node { get; set; }

    /// <summary>Gets exited processes as well.</summary>
    [Parameter]
    public SwitchParameter IncludeDead { get; set; }

    /// <summary>The session to work in: an object or a name. By default that of the given objects, otherwise the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isNameGiven = Name is not null;
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // The Name of a session from the pipeline is not that of a process.
        ProcessIdentity[]? names = IsSessionPiped && !_isNameGiven ? null : Name;
        ProcessIdentity[]? identities = Node is not null ? FindOwners(Node)
            : Process
            ?? names
            ?? Id?.Select(id => new ProcessIdentity(id)).ToArray();
        WriteObject(GetProcesses(identities, Contexts, IncludeDead), enumerateCollection: true);
    }

    private static ProcessIdentity[] FindOwners(HandleNode[] nodes) =>
        [.. nodes.Select(node => node.Owner).OfType<HandleProcess>().Distinct().Select(owner => new ProcessIdentity(owner))];

    /// <inheritdoc/>
    private protected override ErrorRecord Describe(HandleException exception) =>
        exception.ErrorId == HandleErrorIds.ProcessDead && !IncludeDead
            ? ErrorRecords.For(exception, "Use -IncludeDead to get it.")
            : base.Describe(exception);
}

/// <summary>Makes a running process the manager of its context.</summary>
[Cmdlet(VerbsCommon.Set, "HandleProcess", SupportsShouldProcess = true)]
[OutputType(typeof(HandleProcess))]
public sealed class SetHandleProcessCommand : ContextCommand
{
    /// <summary>The process: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    [ProcessIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>Makes the process the manager of its context, with a new node.</summary>
    [Parameter(Mandatory = true)]
    [Chosen]
    public SwitchParameter Manager { get; set; }

    /// <summary>Writes the process to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleProcess process = GetProcess(Process, Context);
        if (!MayChange($"process '{process}' in context '{VisibleText.Name(process.Context)}'", "Make context manager"))
            return;
        process.Session.SetManager(process);
        CountChanges();
        if (PassThru)
            WriteObject(process);
    });

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Set {Phrase.Count(changes, "manager")}.";
}

/// <summary>Makes processes exit.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleProcess", DefaultParameterSetName = "Process", SupportsShouldProcess = true)]
[OutputType(typeof(HandleProcess))]
public sealed class RemoveHandleProcessCommand : ContextCommand
{
    private long _handles;

    /// <summary>The processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Process", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[] Process { get; set; } = [];

    /// <summary>The names of the processes, which may be patterns.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NameText]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The pids of the processes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[]? Id { get; set; }

    /// <summary>Writes the exited processes to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IEnumerable<ProcessIdentity> identities = Name?.Select(name => new ProcessIdentity(name))
            ?? Id?.Select(id => new ProcessIdentity(id)) ?? Process;
        foreach (ProcessIdentity identity in identities)
        {
            // A pattern stands for any number of processes, a name or a pid for one.
            List<HandleProcess> processes = identity.IsPattern
                ? GetProcesses([identity], One(Context))
                : Try(() => GetProcess(identity.Unescape(), Context)) is { } one ? [one] : [];
            foreach (HandleProcess process in processes)
                Remove(process);
        }
    }

    private void Remove(HandleProcess process) => Try(() =>
    {
        if (process.IsDead)
            throw SessionErrors.ProcessDead(process);
        if (!MayChange($"process '{process}' ({process.Id}, {VisibleText.Name(process.Context)}) with {DescribeContents(process)}", "Remove"))
            return;
        int handles = process.HandleCount;
        process.Session.ExitProcess(process);
        _handles += handles;
        CountChanges();
        if (PassThru)
            WriteObject(process);
    });

    private static string DescribeContents(HandleProcess process)
    {
        string contents = $"{Phrase.Count(process.HandleCount, "handle")} and {Phrase.Count(process.NodeCount, "node")}";
        HandleProcess[] told = process.FindDeathRecipients();
        return told.Length > 0 ? $"{contents}, notifying {Phrase.List(told, each => $"process '{each}'")}" : contents;
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) =>
        $"Removed {Phrase.Count(changes, "process", "processes")} with {Phrase.Count(_handles, "handle")} in use.";
}

/// <summary>Freezes processes.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "HandleProcess", SupportsShouldProcess = true)]
[OutputType(typeof(HandleProcess))]
public sealed class SuspendHandleProcessCommand : FreezeCommand
{
    /// <summary>Only begins to freeze: the process is neither frozen nor thawed until the next call, which ends it.</summary>
    [Parameter]
    public SwitchParameter Begin { get; set; }

    private protected override HandleList<HandleProcess> Apply(HandleProcess process) =>
        Begin ? process.Session.BeginSuspendProcess(process) : process.Session.SuspendProcess(process);

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) =>
        $"{(Begin ? "Began to freeze" : "Froze")} {Phrase.Count(changes, "process", "processes")}.";
}

/// <summary>Thaws processes.</summary>
[Cmdlet(VerbsLifecycle.Resume, "HandleProcess", SupportsShouldProcess = true)]
[OutputType(typeof(HandleProcess))]
public sealed class ResumeHandleProcessCommand : FreezeCommand
{
    private protected override HandleList<HandleProcess> Apply(HandleProcess process) => process.Session.ResumeProcess(process);

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Thawed {Phrase.Count(changes, "process", "processes")}.";
}
