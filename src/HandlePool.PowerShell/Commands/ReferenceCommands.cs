using System.Management.Automation;
using HandlePool.Tables;

namespace HandlePool.PowerShell;

/// <summary>Adds counts on a node or a handle; the process gets a handle if it has none.</summary>
[Cmdlet(VerbsCommon.Add, "HandleReference", DefaultParameterSetName = "Node", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleReference))]
public sealed class AddHandleReferenceCommand : HandleCommand
{
    // -Weak and -Count are not bound by property name: the Weak of nodes and references is a count, and looking for the two on
    // each object takes as long as adding the reference.

    /// <summary>The process that takes the reference: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Node", ValueFromPipeline = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Handle", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>The node to refer to: an object, a name or an id.</summary>
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = "Node", ValueFromPipeline = true)]
    [Parameter(ParameterSetName = "Handle", ValueFromPipelineByPropertyName = true)]
    [NodeIdentity]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity? Node { get; set; }

    /// <summary>The handle to increase: one that the process holds, or 0 for the context manager.</summary>
    [Parameter(ParameterSetName = "Handle", ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(long))]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public long? Handle { get; set; }

    /// <summary>Adds weak counts instead of strong ones.</summary>
    [Parameter]
    public SwitchParameter Weak { get; set; }

    /// <summary>How many counts.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    /// <summary>The context of the process, where its name or pid is in several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            // A name is looked up in the session of the object beside it.
            UseSessionOf(Process, Node);
            HandleProcess process = GetProcess(Process, Context);
            HandleNode? node = Node is null ? null : GetNode(Node);
            if (node is null && Handle is null)
                throw SessionErrors.NodeNotNamed(process);
            if (MayAsk && !ShouldProcess(node is null ? $"process '{process}', handle {Handle}" : $"process '{process}', node '{node}'",
                    $"Add {Count} {(Weak ? "weak" : "strong")}"))
            {
                return;
            }

            (int strong, int weak) = Weak ? (0, Count) : (Count, 0);
            long mark = MarkEvents(process.Session);
            HandleReference added = node is null ? process.AddReference(Handle!.Value, strong, weak) : process.AddReference(node, strong, weak);
            TellEvents(process.Session, mark, process);
            WriteObject(added);
        }
        catch (HandleException exception)
        {
            WriteError(ErrorRecords.For(exception));
        }
    }
}

/// <summary>Gets references.</summary>
[Cmdlet(VerbsCommon.Get, "HandleReference", DefaultParameterSetName = "Process")]
[OutputType(typeof(HandleReference))]
public sealed class GetHandleReferenceCommand : HandleCommand
{
    // Two sets, because text that comes down the pipeline is meant for a process, not for a node as well.

    /// <summary>The holders: objects, names or pids. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Process", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, ParameterSetName = "Node")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only these handles. With a process that is named in full, a handle that it does not hold is an error.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Converted(typeof(long[]))]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public long[]? Handle { get; set; }

    /// <summary>Only references to these nodes: objects, names or ids. Names may be patterns.</summary>
    [Parameter(ParameterSetName = "Process", ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = "Node", Mandatory = true, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NodeIdentity]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity[]? Node { get; set; }

    /// <summary>Only references to nodes of these processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Owner { get; set; }

    /// <summary>Only references to dead nodes.</summary>
    [Parameter]
    public SwitchParameter Dead { get; set; }

    /// <summary>Only holders of this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        UseSessionOf(Process?[0], Node?[0]);
        List<HandleNode>? nodes = Node is null ? null : GetNodes(Node);
        HashSet<HandleProcess>? owners = Owner is null ? null : [.. GetProcesses(Owner, includeDead: true)];
        List<HandleProcess> holders = Process is null && nodes is not null
            ? [.. nodes.Select(node => node.Session).Distinct().SelectMany(session => session.GetProcesses())]
            : GetProcesses(Process, Context);

        // All is read before anything is written, so that what comes next in the pipeline may change it.
        List<HandleReference> found = [];
        foreach (HandleProcess holder in holders)
        {
            found.AddRange(Read(holder, nodes).Where(reference => (!Dead || reference.IsDead)
                && (owners is null || (reference.Owner is { } owner && owners.Contains(owner)))
                && (Context is null || string.Equals(holder.Context, Context, StringComparison.OrdinalIgnoreCase))));
        }

        WriteObject(found, enumerateCollection: true);
    }

    private IEnumerable<HandleReference> Read(HandleProcess holder, List<HandleNode>? nodes)
    {
        if (Handle is not null)
        {
            bool isNamed = Process is not null && !Array.Exists(Process,
                identity => identity.Value is string name && WildcardPattern.ContainsWildcardCharacters(name));
            foreach (long handle in Handle)
            {
                HandleReference? reference = holder.GetReference(handle);
                if (reference is null && isNamed)
                    WriteError(ErrorRecords.For(TableErrors.HandleNotFound(holder, handle, holder.HandleCount)));
                else if (reference is not null && (nodes is null || nodes.Contains(reference.Node)))
                    yield return reference;
            }
        }
        else if (nodes is not null)
        {
            foreach (HandleNode node in nodes)
            {
                if (holder.GetReference(node) is { } reference)
                    yield return reference;
            }
        }
        else
        {
            foreach (HandleReference reference in holder.GetReferences())
                yield return reference;
        }
    }
}

/// <summary>Takes counts from handles, or drops them.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleReference", DefaultParameterSetName = "Count", SupportsShouldProcess = true)]
[OutputType(typeof(HandleReference))]
public sealed class RemoveHandleReferenceCommand : HandleCommand
{
    /// <summary>The process that holds them: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>The handles.</summary>
    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(long[]))]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public long[] Handle { get; set; } = [];

    /// <summary>Takes weak counts instead of strong ones.</summary>
    [Parameter(ParameterSetName = "Count")]
    public SwitchParameter Weak { get; set; }

    /// <summary>How many counts.</summary>
    [Parameter(ParameterSetName = "Count")]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    /// <summary>Takes all counts, strong and weak, so that the handle is unused again.</summary>
    [Parameter(ParameterSetName = "All", Mandatory = true)]
    public SwitchParameter All { get; set; }

    /// <summary>The context of the process, where its name or pid is in several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Writes the references as they are afterwards: without counts, if they are gone.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (long handle in Handle)
        {
            if (Stopping)
                return;
            Remove(handle);
        }
    }

    private void Remove(long handle)
    {
        try
        {
            HandleProcess process = GetProcess(Process, Context);
            if (process.IsDead)
                throw SessionErrors.ProcessDead(process);
            if (MayAsk && !Confirm(process, handle))
                return;

            long mark = MarkEvents(process.Session);
            HandleReference? left = All ? process.DropReference(handle)
                : process.RemoveReference(handle, Weak ? 0 : Count, Weak ? Count : 0);
            TellEvents(process.Session, mark, process);
            if (PassThru && left is not null)
                WriteObject(left);
        }
        catch (HandleException exception)
        {
            WriteError(ErrorRecords.For(exception));
        }
    }

    private bool Confirm(HandleProcess process, long handle)
    {
        HandleReference reference = process.GetReference(handle) ?? throw TableErrors.HandleNotFound(process, handle, process.HandleCount);
        return ShouldProcess($"process '{process}', handle {handle} (node '{reference.Node}', strong {reference.Strong}, weak {reference.Weak})",
            All ? "Remove all counts" : $"Remove {Count} {(Weak ? "weak" : "strong")}");
    }
}
