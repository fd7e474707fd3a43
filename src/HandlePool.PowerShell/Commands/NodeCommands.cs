using System.Management.Automation;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Creates nodes of a process.</summary>
[Cmdlet(VerbsCommon.New, "HandleNode", DefaultParameterSetName = "Process", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(HandleNode))]
public sealed class NewHandleNodeCommand : HandleCommand
{
    // Two sets, because a process that comes down the pipeline has a Name as well, which is not meant for the node.

    /// <summary>The process that offers them: an object, a name or a pid.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Process", ValueFromPipeline = true)]
    [Parameter(Mandatory = true, ParameterSetName = "Property", ValueFromPipelineByPropertyName = true)]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity Process { get; set; } = null!;

    /// <summary>Their name, with a number behind it if there are several.</summary>
    [Parameter(Position = 1, ParameterSetName = "Process")]
    [Parameter(Position = 1, ParameterSetName = "Property", ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>How many.</summary>
    [Parameter(Position = 2, ParameterSetName = "Process")]
    [Parameter(Position = 2, ParameterSetName = "Property", ValueFromPipelineByPropertyName = true)]
    [Converted(typeof(int))]
    [ValidateRange(1, HandleSession.MaxNewNodes)]
    public int Count { get; set; } = 1;

    /// <summary>The context of the process, where its name or pid is in several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleProcess owner = GetProcess(Process, Context);
        string name = Name is null ? "(unnamed)" : VisibleText.Name(Name);
        string what = Count == 1 ? $"node '{name}'" : $"{Count} nodes '{name}'";
        if (!ShouldProcess($"{what} of process '{owner}'", "Create"))
            return;
        using WorkProgress progress = new(this, "Creating nodes");
        for (int number = 1; number <= Count && !Stopping; number++)
        {
            progress.Report(number - 1, Count);
            WriteObject(owner.Session.CreateNode(owner, Name is null || Count == 1 ? Name : $"{Name}{number}"));
        }
    });
}

/// <summary>Gets nodes.</summary>
[Cmdlet(VerbsCommon.Get, "HandleNode", DefaultParameterSetName = "Name")]
[OutputType(typeof(HandleNode))]
public sealed class GetHandleNodeCommand : HandleCommand
{
    /// <summary>The names, or ids in digits; names may be patterns. All nodes by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The ids.</summary>
    [Parameter(ParameterSetName = "Id", Mandatory = true)]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public long[]? Id { get; set; }

    /// <summary>The nodes: objects, names or ids. Names may be patterns. A reference that comes down the pipeline names its node.</summary>
    [Parameter(ParameterSetName = "Node", Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [NodeIdentity]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity[]? Node { get; set; }

    /// <summary>Only the nodes of these processes: objects, names or pids. Names may be patterns.</summary>
    [Parameter(ParameterSetName = "Name", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only the nodes of processes of this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Only dead nodes: their owner has exited, and others still hold them.</summary>
    [Parameter]
    public SwitchParameter Dead { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        UseSessionOf(Process?[0], Node?[0]);
        NodeIdentity[]? identities = Node
            ?? Name?.Select(name => new NodeIdentity(name)).ToArray()
            ?? Id?.Select(id => new NodeIdentity(id)).ToArray();

        IEnumerable<HandleNode> nodes;
        if (Process is null)
        {
            nodes = identities is null ? Try(() => GetSession().GetNodes()) ?? [] : GetNodes(identities);
        }
        else
        {
            HashSet<HandleProcess> owners = [.. GetProcesses(Process, includeDead: Dead)];
            nodes = identities is not null ? GetNodes(identities).Where(node => node.Owner is not null && owners.Contains(node.Owner))
                : Dead ? owners.Select(owner => owner.Session).Distinct().SelectMany(session => session.GetNodes())
                    .Where(node => node.Owner is not null && owners.Contains(node.Owner))
                : owners.SelectMany(owner => owner.GetNodes());
        }

        HandleNode[] found = [.. nodes.Where(node => (!Dead || node.IsDead)
            && (Context is null || string.Equals(node.Context, Context, StringComparison.OrdinalIgnoreCase)))];
        WriteObject(found, enumerateCollection: true);
    }
}

/// <summary>Removes nodes from their owner.</summary>
[Cmdlet(VerbsCommon.Remove, "HandleNode", SupportsShouldProcess = true)]
[OutputType(typeof(HandleNode))]
public sealed class RemoveHandleNodeCommand : HandleCommand
{
    /// <summary>The nodes: objects, names or ids. Names may be patterns.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [NodeIdentity]
    [ArgumentCompleter(typeof(NodeCompleter))]
    public NodeIdentity[] Node { get; set; } = [];

    /// <summary>Writes the nodes that were removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (NodeIdentity identity in Node)
        {
            // A pattern is meant for many; a name or id for one.
            List<HandleNode> nodes = identity.Value is string name && WildcardPattern.ContainsWildcardCharacters(name)
                ? GetNodes([identity])
                : Try(() => GetNode(identity.Unescape())) is { } one ? [one] : [];
            foreach (HandleNode node in nodes)
                Remove(node);
        }
    }

    private void Remove(HandleNode node) => Try(() =>
    {
        if (!ShouldProcess($"node '{node}' ({node.Id}) of process '{node.Owner}', held by {node.HolderCount} processes", "Remove"))
            return;
        node.Session.RemoveNode(node);
        if (PassThru)
            WriteObject(node);
    });
}
