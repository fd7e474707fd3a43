using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Progress;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Creates nodes of a process.</summary>
[Cmdlet(VerbsCommon.New, "HandleNode", DefaultParameterSetName = "Process",
    SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleNode))]
public sealed class NewHandleNodeCommand : ContextCommand
{
    // Two sets, because a process from the pipeline also has a Name, which is not the name of the node.

    /// <summary>The process that owns the nodes: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Process", ValueFromPipeline = true)]
    [Parameter(Mandatory = true, ParameterSetName = "Property", ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>The name of the node. Several nodes get numbered names.</summary>
    [Parameter(Position = 1, ParameterSetName = "Process")]
    [Parameter(Position = 1, ParameterSetName = "Property", ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NameText]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public string? Name { get; set; }

    /// <summary>The number of nodes.</summary>
    [Parameter(Position = 2, ParameterSetName = "Process")]
    [Parameter(Position = 2, ParameterSetName = "Property", ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(int))]
    [ValidateRange(1, HandleSession.MaxNewNodes)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Count { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleProcess owner = GetProcess(Process, Context);
        if (!MayChange($"{(Count == 1 ? "node" : $"{Count} nodes")} '{(Name is null ? "(unnamed)" : VisibleText.Name(Name))}' of process '{owner}'", "Create"))
            return;
        using WorkProgress progress = new(this, "Creating nodes");
        for (int number = 1; number <= Count && !Stopping; number++)
        {
            progress.Report(number - 1, Count);
            HandleNode node = owner.Session.CreateNode(owner, Name is null || Count == 1 ? Name : $"{Name}{number}");
            CountChanges();
            WriteObject(node);
        }
    });

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Created {Phrase.Count(changes, "node")}.";
}

/// <summary>Gets nodes.</summary>
[Cmdlet(VerbsCommon.Get, "HandleNode", DefaultParameterSetName = "Name")]
[OutputType(typeof(HandleNode))]
public sealed class GetHandleNodeCommand : ContextsCommand
{
    /// <summary>The names, ids or objects. Names may be patterns. All nodes by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NodeIdentity]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity[]? Name { get; set; }

    /// <summary>The ids.</summary>
    [Parameter(ParameterSetName = "Id", Mandatory = true)]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public long[]? Id { get; set; }

    /// <summary>The nodes: objects, names or ids. Names may be patterns. A reference from the pipeline stands for its node.</summary>
    [Parameter(ParameterSetName = "Node", Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NodeIdentity]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity[]? Node { get; set; }

    /// <summary>The owners of the nodes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(ParameterSetName = "Name", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Gets only dead nodes, whose owner has exited while others still hold them.</summary>
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
        UseSessionOf(Process?[0], Node?[0]);
        NodeIdentity[]? identities = Node
            ?? Name
            ?? Id?.Select(id => new NodeIdentity(id)).ToArray();

        IEnumerable<HandleNode> nodes;
        IReadOnlyCollection<HandleProcess> owners = [];
        if (Process is null && identities is not null)
        {
            nodes = GetNodes(identities);
        }
        else if (Process is null)
        {
            if (Try(GetSession) is not { } session)
                return;
            nodes = session.GetNodes();
            owners = session.GetProcesses();
        }
        else
        {
            owners = new HashSet<HandleProcess>(GetProcesses(Process, Contexts, includeDead: Dead));
            nodes = identities is not null ? GetNodes(identities).Where(node => node.Owner is not null && owners.Contains(node.Owner))
                : Dead ? owners.Select(owner => owner.Session).Distinct().SelectMany(session => session.GetNodes())
                    .Where(node => node.Owner is not null && owners.Contains(node.Owner))
                : owners.SelectMany(owner => owner.GetNodes());
        }

        HandleNode[] found = [.. nodes.Where(node => (!Dead || node.IsDead) && IsInContext(node.Context))];
        WriteObject(found, enumerateCollection: true);
        if (identities is null && !Dead)
            WarnOfUnknown(owners);
    }

    private void WarnOfUnknown(IEnumerable<HandleProcess> owners)
    {
        (HandleProcess Owner, int Unknown)[] unknown = [.. owners.Where(owner => IsInContext(owner.Context))
            .Select(owner => (owner, owner.Statistic is null ? 0 : owner.NodeCount - owner.GetNodes().Length)).Where(each => each.Item2 > 0)];
        if (unknown.Length > 0)
        {
            string nodes = Phrase.Count(unknown.Sum(each => (long)each.Unknown), "node");
            WriteWarning($"{Phrase.Count(unknown.Length, "process offers", "processes offer")} {nodes} that the statistics only count. "
                + "Get-HandleStatistic shows what is known.");
        }
    }
}

/// <summary>Removes nodes from their owner.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleNode", DefaultParameterSetName = "Node", SupportsShouldProcess = true)]
[OutputType(typeof(HandleNode))]
public sealed class RemoveHandleNodeCommand : SessionCommand
{
    /// <summary>The nodes: objects, names or ids. Names may be patterns.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Node", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [NodeIdentity(TakesMany = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity[] Node { get; set; } = [];

    /// <summary>The names of the nodes, which may be patterns.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NameText]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The ids of the nodes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public long[]? Id { get; set; }

    /// <summary>Writes the removed nodes to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IEnumerable<NodeIdentity> identities = Name?.Select(name => new NodeIdentity(name)) ?? Id?.Select(id => new NodeIdentity(id)) ?? Node;
        foreach (NodeIdentity identity in identities)
        {
            // A pattern stands for any number of nodes, a name or an id for one.
            List<HandleNode> nodes = identity.IsPattern
                ? GetNodes([identity])
                : Try(() => GetNode(identity.Unescape())) is { } one ? [one] : [];
            foreach (HandleNode node in nodes)
                Remove(node);
        }
    }

    private void Remove(HandleNode node) => Try(() =>
    {
        if (!MayChange($"node '{node}' ({node.Id}) of process '{node.Owner}', held by {Phrase.Count(node.HolderCount, "process", "processes")}", "Remove"))
            return;
        node.Session.RemoveNode(node);
        CountChanges();
        if (PassThru)
            WriteObject(node);
    });

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Removed {Phrase.Count(changes, "node")}.";
}
