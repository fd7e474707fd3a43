using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Adds counts to a reference. A process without a handle for the node gets one.</summary>
[Cmdlet(VerbsCommon.Add, "HandleReference", DefaultParameterSetName = "Node",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleReference))]
public sealed class AddHandleReferenceCommand : ContextCommand
{
    private Action? _add;
    private bool _isHandleGiven;

    // -Weak and -Count are not bound by property name: Weak of nodes and references is a count, and looking for both on each object
    // takes as long as adding the reference.

    /// <summary>The process that takes the reference: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Node", ValueFromPipeline = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Handle",
        ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>The node to refer to: an object, a name or an id.</summary>
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = "Node", ValueFromPipeline = true)]
    [Parameter(Position = 1, ParameterSetName = "Handle", ValueFromPipelineByPropertyName = true)]
    [NodeIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity? Node { get; set; }

    /// <summary>The handle of the reference: one that the process holds, or 0 for the context manager.</summary>
    [Parameter(ParameterSetName = "Handle", ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(long))]
    [OneValue]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public long? Handle { get; set; }

    /// <summary>Adds weak counts instead of strong ones.</summary>
    [Parameter]
    public SwitchParameter Weak { get; set; }

    /// <summary>The number of counts.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Count { get; set; } = 1;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // References from the pipeline have both, and are the node's.
        _isHandleGiven = Handle is not null;
        if (Node is not null && _isHandleGiven)
            ThrowTerminatingError(ErrorRecords.NodeAndHandle(Handle!.Value));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Node is not null && _isHandleGiven)
            WriteError(ErrorRecords.NodeAndHandle(Handle!.Value));
        else
            Try(_add ??= Add);
    }

    private void Add()
    {
        UseSessionOf(Process, Node);
        HandleProcess process = GetProcess(Process, Context);
        HandleNode? node = Node is null ? null : GetNode(Node);
        if (node is null && Handle is null)
            throw SessionErrors.NodeNotNamed(process);
        if (MayAsk && !ShouldProcess(node is null ? $"process '{process}', handle {Handle}" : $"process '{process}', node '{node}'",
                $"Add {Phrase.Count(Count, Weak ? "weak count" : "strong count")}"))
        {
            return;
        }

        (int strong, int weak) = Weak ? (0, Count) : (Count, 0);
        long mark = MarkEvents(process.Session);
        HandleReference added = node is null ? process.AddReference(Handle!.Value, strong, weak) : process.AddReference(node, strong, weak);
        WriteEvents(process.Session, mark, process);
        CountChanges();
        WriteObject(added);
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Added counts to {Phrase.Count(changes, "reference")}.";
}

/// <summary>Gets references.</summary>
[Cmdlet(VerbsCommon.Get, "HandleReference", DefaultParameterSetName = "Process")]
[OutputType(typeof(HandleReference))]
public sealed class GetHandleReferenceCommand : ContextsCommand
{
    // Two sets, because text from the pipeline names a process, and not a node as well.

    /// <summary>The holders: objects, names or pids. Names may be patterns. All processes by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Process", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, ParameterSetName = "Node")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>The handles; all by default. A handle that a process named without a pattern does not hold is an error.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Converted(typeof(long[]))]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public long[]? Handle { get; set; }

    /// <summary>The nodes that are referred to: objects, names or ids. Names may be patterns. All by default.</summary>
    [Parameter(ParameterSetName = "Process", ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = "Node", Mandatory = true, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NodeIdentity]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity[]? Node { get; set; }

    /// <summary>The rows of Measure-HandleUsage, Compare-HandleSession or Find-HandleLeak whose references are wanted.</summary>
    [Parameter(ParameterSetName = "Usage", Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [UsageRow]
    [ArgumentCompleter(typeof(NoCompleter))]
    public UsageRow[]? InputObject { get; set; }

    /// <summary>The owners of the nodes: objects, names or pids. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Owner { get; set; }

    /// <summary>Gets only references to dead nodes.</summary>
    [Parameter]
    public SwitchParameter Dead { get; set; }

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
        if (InputObject is not null)
        {
            WriteObject(InputObject.SelectMany(row => Try(() => Read(row)) ?? []).ToArray(), enumerateCollection: true);
            WarnOfUnknown(InputObject.SelectMany(row => row.Holders).Distinct());
            return;
        }

        UseSessionOf(Process?[0], Node?[0]);
        List<HandleNode>? nodes = Node is null ? null : GetNodes(Node);
        HashSet<HandleProcess>? owners = Owner is null ? null : [.. GetProcesses(Owner, includeDead: true)];
        List<HandleProcess> holders = Process is null && nodes is not null
            ? [.. nodes.Select(node => node.Session).Distinct().SelectMany(session => session.GetProcesses())]
            : GetProcesses(Process, Contexts);

        // Everything is read before anything is written, so that the rest of the pipeline may change it.
        List<HandleReference> found = [];
        foreach (HandleProcess holder in holders)
        {
            found.AddRange(Read(holder, nodes).Where(reference => (!Dead || reference.IsDead)
                && (owners is null || (reference.Owner is { } owner && owners.Contains(owner)))
                && IsInContext(holder.Context)));
        }

        WriteObject(found, enumerateCollection: true);
        foreach (long handle in Process is null && nodes is null ? Handle ?? [] : [])
        {
            if (!holders.Exists(holder => holder.GetReference(handle) is not null) && Try(GetSession) is { } session)
                WriteError(ErrorRecords.HandleUnheld(handle, session));
        }

        WarnOfUnknown(holders);
    }

    private void WarnOfUnknown(IEnumerable<HandleProcess> holders)
    {
        HandleProcess[] unknown =
            [.. holders.Where(holder => holder is { CountSource: not HandleCountSource.State, HandleCount: > 0 } && IsInContext(holder.Context))];
        if (unknown.Length > 0)
        {
            string handles = Phrase.Count(unknown.Sum(holder => (long)holder.HandleCount), "handle");
            WriteWarning($"{Phrase.Count(unknown.Length, "process holds", "processes hold")} {handles} whose references are unknown. "
                + "Get-HandleStatistic and Measure-HandleUsage show what is known.");
        }
    }

    private HandleReference[] Read(UsageRow row)
    {
        HashSet<HandleProcess>? owners = Owner is null ? null : [.. GetProcesses(Owner, includeDead: true)];
        return [.. row.FindReferences().Where(reference => (!Dead || reference.IsDead)
            && (Handle is null || Handle.Contains(reference.Handle))
            && (owners is null || (reference.Owner is { } owner && owners.Contains(owner)))
            && IsInContext(reference.Process.Context))];
    }

    private IEnumerable<HandleReference> Read(HandleProcess holder, List<HandleNode>? nodes)
    {
        if (Handle is not null)
        {
            bool isNamed = Process is not null && !Array.Exists(Process, identity => identity.IsPattern);
            foreach (long handle in Handle)
            {
                HandleReference? reference = holder.GetReference(handle);
                if (reference is null && isNamed)
                    WriteError(Describe(TableErrors.HandleNotFound(holder, handle, holder.HandleCount)));
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

/// <summary>Drops references, or removes counts from them.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleReference", DefaultParameterSetName = ReferenceSet, SupportsShouldProcess = true)]
[OutputType(typeof(HandleReference))]
public sealed class RemoveHandleReferenceCommand : ContextCommand
{
    private const string ReferenceSet = "Reference";
    private const string HandleSet = "Handle";
    private const string ReferenceCountSet = "ReferenceCount";
    private const string HandleCountSet = "HandleCount";

    private Action<HandleReference>? _remove;
    private Action<long>? _removeHandle;

    // References also have the properties Process and Handle, but binding two properties of each takes several times as long as dropping it.

    /// <summary>The references.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ReferenceSet, ValueFromPipeline = true)]
    [Parameter(Mandatory = true, ParameterSetName = ReferenceCountSet, ValueFromPipeline = true)]
    [LiveObject("a reference, as Get-HandleReference writes it", typeof(HandleReference), TakesMany = true)]
    [ArgumentCompleter(typeof(NoCompleter))]
    public HandleReference[] InputObject { get; set; } = [];

    /// <summary>The process that holds the references: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = HandleSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = HandleCountSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>The handles of the references.</summary>
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = HandleSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = HandleCountSet, ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(long[]))]
    [ArgumentCompleter(typeof(HandleCompleter))]
    public long[] Handle { get; set; } = [];

    /// <summary>Removes this number of strong counts instead of all counts, as commands of the driver do.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ReferenceCountSet)]
    [Parameter(Mandatory = true, ParameterSetName = HandleCountSet)]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Count { get; set; }

    /// <summary>Removes weak counts instead of strong ones.</summary>
    [Parameter(ParameterSetName = ReferenceCountSet)]
    [Parameter(ParameterSetName = HandleCountSet)]
    public SwitchParameter Weak { get; set; }

    /// <summary>Writes the resulting references to the pipeline. A dropped reference has no counts.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (HandleReference reference in InputObject)
        {
            if (Stopping)
                return;
            Try(_remove ??= each => Remove(CheckSession(each.Process), each.Handle), reference);
        }

        foreach (long handle in Handle)
        {
            if (Stopping)
                return;
            Try(_removeHandle ??= each => Remove(GetProcess(Process, Context), each), handle);
        }
    }

    private void Remove(HandleProcess process, long handle)
    {
        if (process.IsDead)
            throw SessionErrors.ProcessDead(process);
        if (MayAsk && !Confirm(process, handle))
            return;

        long mark = MarkEvents(process.Session);
        HandleReference? left = Count == 0 ? process.DropReference(handle)
            : process.RemoveReference(handle, Weak ? 0 : Count, Weak ? Count : 0);
        WriteEvents(process.Session, mark, process);
        CountChanges();
        if (PassThru && left is not null)
            WriteObject(left);
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) =>
        $"{(Count == 0 ? "Dropped" : "Removed counts from")} {Phrase.Count(changes, "reference")}.";

    private bool Confirm(HandleProcess process, long handle)
    {
        if (process.GetReference(handle) is not { } reference)
            return MayProceed(TableErrors.HandleNotFound(process, handle, process.HandleCount));
        (int strong, int weak) = (reference.Strong, reference.Weak);
        (string kind, int has, int other) = Weak ? ("weak", weak, strong) : ("strong", strong, weak);
        if (Count > has)
        {
            HandleException refused = TableErrors.CountUnderflow(process, reference.Handle, kind, has, Count);
            DriverReplies.AnswerDecrease(refused, process, handle, Weak ? 0 : Count, Weak ? Count : 0);
            return MayProceed(refused);
        }

        string action = Count == 0 ? $"Drop handle {handle} (strong {strong}, weak {weak})"
            : $"Decrease the {kind} count of handle {handle} by {Count} to {has - Count}"
                + (Count == has && other == 0 ? ", which drops it" : "");
        return ShouldProcess($"process '{process}', node '{reference.Node}'", action);
    }

    /// <summary>Throws what the operation would be refused with if it is only previewed. Otherwise the operation itself refuses, and is recorded.</summary>
    private bool MayProceed(HandleException refused) => IsPreview ? throw refused : true;
}
