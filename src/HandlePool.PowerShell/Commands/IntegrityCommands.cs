using System.Management.Automation;
using HandlePool.Experiments;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Finds where pools, summaries, tables and nodes do not say the same.</summary>
[Cmdlet(VerbsDiagnostic.Test, "HandlePool")]
[OutputType(typeof(HandleMismatch), typeof(bool))]
public sealed class TestHandlePoolCommand : HandleCommand
{
    private IntegrityScope _scope = null!;

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
    protected override void BeginProcessing() => _scope = new IntegrityScope(this);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() => _scope.Add(Process, Context));

    /// <inheritdoc/>
    protected override void EndProcessing() => Try(() =>
    {
        bool isWell = true;
        foreach (HandleList<HandleMismatch> found in _scope.FindMismatches())
        {
            isWell &= found.Count == 0;
            if (!Quiet)
                WriteObject(found, enumerateCollection: true);
        }

        // What could not be looked at is neither well nor not; nor is nothing.
        if (HasFailed)
            return;
        if (_scope.IsEmpty)
            WriteWarning("No process fits: nothing was looked at.");
        else if (Quiet)
            WriteObject(isWell);
    });
}

/// <summary>Repairs what Test-HandlePool finds.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "HandlePool", DefaultParameterSetName = "Process", SupportsShouldProcess = true)]
[OutputType(typeof(HandleMismatch))]
public sealed class RepairHandlePoolCommand : HandleCommand
{
    private IntegrityScope _scope = null!;
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

    /// <summary>The session to repair: an object or a name. By default that of the objects given, else the current one.</summary>
    [Parameter(ParameterSetName = "Mismatch")]
    [Parameter(ParameterSetName = "Process", ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _scope = new IntegrityScope(this);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        if (ParameterSetName == "Process")
        {
            _scope.Add(Process, Context);
            return;
        }

        if (Session is not null && Array.Find(InputObject, mismatch => mismatch.Session != GetSession()) is { } foreign)
            throw ExperimentErrors.MismatchForeign(foreign, GetSession());
        _mismatches.AddRange(InputObject);
    });

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Try(() => _mismatches.AddRange(_scope.FindMismatches().SelectMany(found => found)));
        foreach (IGrouping<HandleSession, HandleMismatch> group in _mismatches.GroupBy(mismatch => mismatch.Session))
            Try(() => Repair(group.Key, group));
    }

    private void Repair(HandleSession session, IEnumerable<HandleMismatch> mismatches)
    {
        IGrouping<HandleProcess?, HandleMismatch>[] chosen = [.. mismatches.GroupBy(mismatch => mismatch.Process).Where(group => ShouldRepair(session, group))];
        if (chosen.Length == 0)
            return;

        long mark = MarkEvents(session);
        HandleList<HandleMismatch> repaired = session.Repair(chosen.SelectMany(group => group));
        foreach (HandleProcess process in chosen.Select(group => group.Key).OfType<HandleProcess>())
            TellEvents(session, mark, process);
        WriteObject(repaired, enumerateCollection: true);
    }

    private bool ShouldRepair(HandleSession session, IGrouping<HandleProcess?, HandleMismatch> mismatches) => ShouldProcess(
        mismatches.Key is { } process ? $"process '{process}' ({process.Id}, {VisibleText.Name(process.Context)})" : $"nodes of session '{session}'",
        mismatches.Count() is > 1 and int count ? $"Repair {count} mismatches" : "Repair 1 mismatch");
}

/// <summary>The processes that were asked for, by session, so that each session has to stand still once only.</summary>
internal sealed class IntegrityScope
{
    private readonly HandleCommand _command;
    private readonly bool _isSessionNamed;

    // Null stands for all of the session.
    private readonly Dictionary<HandleSession, HashSet<HandleProcess>?> _processes = [];

    /// <summary>To be made before anything comes down the pipeline.</summary>
    internal IntegrityScope(HandleCommand command)
    {
        _command = command;
        _isSessionNamed = command.Session is not null;
    }

    /// <summary>Whether nothing was asked for, or nothing fits what was.</summary>
    internal bool IsEmpty => _processes.Count == 0;

    internal void Add(ProcessIdentity[]? identities, string? context)
    {
        // A string from the pipeline is a process, as everywhere. PowerShell has it be a session besides.
        if (!_isSessionNamed && _command.Session is { Value: string })
            _command.Session = null;

        if (identities is null && context is null)
        {
            _processes[_command.GetSession()] = null;
            return;
        }

        foreach (HandleProcess process in _command.GetProcesses(identities, context))
        {
            if (!_processes.TryGetValue(process.Session, out HashSet<HandleProcess>? some))
                _processes.Add(process.Session, [process]);
            else
                some?.Add(process);
        }
    }

    /// <summary>Looks at each session, and tells, with -Verbose, what was looked at.</summary>
    internal IEnumerable<HandleList<HandleMismatch>> FindMismatches()
    {
        foreach ((HandleSession session, HashSet<HandleProcess>? processes) in _processes)
        {
            HandleList<HandleMismatch> found = session.FindMismatches(processes);
            _command.WriteVerbose($"Session '{session}': {Count(found.Count, "mismatch", "mismatches")} in " + processes switch
            {
                null => $"{Count(session.Processes, "process", "processes")} and {Count(session.Nodes, "node", "nodes")}.",
                { Count: 1 } => "1 process and the nodes that it holds.",
                _ => $"{processes.Count} processes and the nodes that they hold.",
            });
            yield return found;
        }

        static string Count(int count, string one, string many) => count == 1 ? $"1 {one}" : $"{count} {many}";
    }
}
