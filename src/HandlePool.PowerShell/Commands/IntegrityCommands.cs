using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>Finds where pools, summaries, tables and nodes do not say the same.</summary>
[Cmdlet(VerbsDiagnostic.Test, "HandlePool")]
[OutputType(typeof(HandleMismatch), typeof(bool))]
public sealed class TestHandlePoolCommand : HandleCommand
{
    private readonly IntegrityScope _scope = new();

    /// <summary>Only these processes and the nodes that they hold: objects, names or pids. Names may be patterns. The whole session by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only processes of this context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Only says whether all is well.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>The session to look at: an object or a name. By default that of the processes given, else the current one.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() => _scope.Add(this, Process, Context));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        bool isWell = true;
        foreach ((HandleSession session, HandleProcess[]? processes) in _scope.Parts)
        {
            HandleList<HandleMismatch> found = session.FindMismatches(processes);
            WriteVerbose($"Session '{session}': {(found.Count == 1 ? "1 mismatch" : $"{found.Count} mismatches")} in "
                + (processes is null
                    ? $"{Count(session.Processes, "process", "processes")} and {Count(session.Nodes, "node", "nodes")}."
                    : $"{Count(processes.Length, "process", "processes")} and the nodes that they hold."));
            isWell &= found.Count == 0;
            if (!Quiet)
                WriteObject(found, enumerateCollection: true);
        }

        // What could not be looked at is neither well nor not.
        if (Quiet && !HasFailed)
            WriteObject(isWell);

        static string Count(int count, string one, string many) => count == 1 ? $"1 {one}" : $"{count} {many}";
    }
}

/// <summary>Mends what Test-HandlePool finds.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "HandlePool", DefaultParameterSetName = "Process", SupportsShouldProcess = true)]
[OutputType(typeof(HandleMismatch))]
public sealed class RepairHandlePoolCommand : HandleCommand
{
    private readonly IntegrityScope _scope = new();
    private readonly List<HandleMismatch> _mismatches = [];

    /// <summary>Only these processes and the nodes that they hold: objects, names or pids. Names may be patterns. The whole session by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Process", ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Process { get; set; }

    /// <summary>Only processes of this context.</summary>
    [Parameter(ParameterSetName = "Process")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContextCompleter))]
    public string? Context { get; set; }

    /// <summary>What Test-HandlePool found.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Mismatch", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public HandleMismatch[] InputObject { get; set; } = [];

    /// <summary>The session to mend: an object or a name. By default that of the objects given, else the current one.</summary>
    [Parameter(ParameterSetName = "Mismatch")]
    [Parameter(ParameterSetName = "Process", ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == "Process")
            Try(() => _scope.Add(this, Process, Context));
        else
            _mismatches.AddRange(InputObject);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach ((HandleSession session, HandleProcess[]? processes) in _scope.Parts)
            _mismatches.AddRange(session.FindMismatches(processes));

        foreach (IGrouping<HandleSession, HandleMismatch> group in _mismatches.GroupBy(mismatch => mismatch.Session))
        {
            Try(() =>
            {
                if (Session is not null && GetSession() != group.Key)
                    throw HandleErrors.MismatchForeign(group.First(), GetSession());
                Mend(group.Key, group);
            });
        }
    }

    private void Mend(HandleSession session, IEnumerable<HandleMismatch> mismatches)
    {
        List<HandleMismatch> chosen = [];
        foreach (IGrouping<HandleProcess?, HandleMismatch> group in mismatches.GroupBy(mismatch => mismatch.Process))
        {
            string target = group.Key is { } process ? $"process '{process}' ({process.Id}, {process.Context})" : $"nodes of session '{session}'";
            int count = group.Count();
            if (ShouldProcess(target, count == 1 ? "Mend 1 mismatch" : $"Mend {count} mismatches"))
                chosen.AddRange(group);
        }

        if (chosen.Count > 0)
            WriteObject(session.Mend(chosen), enumerateCollection: true);
    }
}

/// <summary>The processes that were asked for, by session, so that each session has to stand still once only.</summary>
internal sealed class IntegrityScope
{
    // Null stands for all of the session.
    private readonly Dictionary<HandleSession, List<HandleProcess>?> _processes = [];

    internal IEnumerable<(HandleSession Session, HandleProcess[]? Processes)> Parts =>
        _processes.Select(pair => (pair.Key, pair.Value?.ToArray()));

    internal void Add(HandleCommand command, ProcessIdentity[]? identities, string? context)
    {
        if (identities is null && context is null)
        {
            _processes[command.GetSession()] = null;
            return;
        }

        foreach (HandleProcess process in command.GetProcesses(identities, context))
        {
            if (!_processes.TryGetValue(process.Session, out List<HandleProcess>? some))
                _processes.Add(process.Session, [process]);
            else
                some?.Add(process);
        }
    }
}
