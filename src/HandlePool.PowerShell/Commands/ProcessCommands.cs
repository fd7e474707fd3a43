using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Creates a process.</summary>
[Cmdlet(VerbsCommon.New, "HandleProcess", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleProcess))]
public sealed class NewHandleProcessCommand : HandleCommand
{
    /// <summary>Its name, or the names of several; names need not be unique. One process without a name by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Its pid; by default one more than the highest so far.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(int))]
    [ValidateRange(0, int.MaxValue)]
    public int? Id { get; set; }

    /// <summary>Its context.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [ValidatePattern(@"\S")]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string Context { get; set; } = HandleSession.DefaultContext;

    /// <summary>Makes it the manager of its context, whose node is handle 0 to all others.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(SwitchParameter))]
    public SwitchParameter Manager { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string? name in Name ?? (string?[])[null])
            Create(name);
    }

    private void Create(string? name) => Try(() =>
    {
        HandleSession session = GetSession();
        if (ShouldProcess(VisibleText.Of($"process '{name ?? Id?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "(unnamed)"}' in context '{Context}' of session '{session}'"),
                Manager ? "Create as context manager" : "Create"))
        {
            WriteObject(session.CreateProcess(name, Id, Context, Manager));
        }
    });
}

/// <summary>Gets processes.</summary>
[Cmdlet(VerbsCommon.Get, "HandleProcess", DefaultParameterSetName = "Name")]
[OutputType(typeof(HandleProcess))]
public sealed class GetHandleProcessCommand : HandleCommand
{
    /// <summary>The names, or pids in digits; names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The pids.</summary>
    [Parameter(ParameterSetName = "Id", Mandatory = true)]
    [ArgumentCompleter(typeof(ProcessIdCompleter))]
    public int[]? Id { get; set; }

    /// <summary>The processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(ParameterSetName = "Process", Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only those of this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Those that have exited as well.</summary>
    [Parameter]
    public SwitchParameter IncludeDead { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ProcessIdentity[]? identities = Process
            ?? Name?.Select(name => new ProcessIdentity(name)).ToArray()
            ?? Id?.Select(id => new ProcessIdentity((long)id)).ToArray();
        WriteObject(GetProcesses(identities, Context, IncludeDead), enumerateCollection: true);
    }
}

/// <summary>Lets processes exit.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleProcess", SupportsShouldProcess = true)]
[OutputType(typeof(HandleProcess))]
public sealed class RemoveHandleProcessCommand : HandleCommand
{
    /// <summary>The processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[] Process { get; set; } = [];

    /// <summary>Their context, where a name or pid is in several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Writes the processes that exited.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ProcessIdentity identity in Process)
        {
            // A pattern is meant for many; a name or pid for one.
            List<HandleProcess> processes = identity.Value is string name && WildcardPattern.ContainsWildcardCharacters(name)
                ? GetProcesses([identity], Context)
                : Try(() => GetProcess(identity.Unescape(), Context)) is { } one ? [one] : [];
            foreach (HandleProcess process in processes)
                Exit(process);
        }
    }

    private void Exit(HandleProcess process) => Try(() =>
    {
        if (process.IsDead)
            throw SessionErrors.ProcessDead(process);
        if (!ShouldProcess($"process '{process}' ({process.Id}, {VisibleText.Name(process.Context)}) with {process.HandleCount} handles and {process.NodeCount} nodes", "Exit"))
            return;
        (int capacity, int handles) = (process.Capacity, process.HandleCount);
        process.Session.ExitProcess(process);
        WriteVerbose($"Process '{process}': The pool of {capacity}, with {handles} in use, is gone.");
        if (PassThru)
            WriteObject(process);
    });
}
