using System.Globalization;
using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.Text;

namespace HandlePool.PowerShell;

/// <summary>Gets the facts in a bug report besides the driver's tables.</summary>
[Cmdlet(VerbsCommon.Get, "HandleEvidence")]
[OutputType(typeof(HandleEvidence))]
public sealed class GetHandleEvidenceCommand : RedactingCommand
{
    // The sections that every bug report has.
    private static readonly string[] Sections = ["Log", "Processes", "ProcessRecords", "Packages", "BinderProxies", "ExitInfo", "MemoryInfo", "Transactions"];

    private WildcardPattern[] _names = [];

    /// <summary>The kinds of facts; all by default.</summary>
    [Parameter(Position = 0)]
    [Converted(typeof(HandleEvidenceKind[]))]
    public HandleEvidenceKind[]? Kind { get; set; }

    /// <summary>The pids or names of the processes that the facts are about. They need not be in the session. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public string[]? Process { get; set; }

    /// <summary>The uids that the facts are about, as senders or holders; all by default.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(UidCompleter))]
    public int[]? Uid { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _names = ParsePatterns(Process);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = GetSession();
        HashSet<int> pids = Process is null ? [] : FindPids(session);
        HandleList<HandleEvidence> shown = Redacted(session).Evidence;
        WriteObject(shown.Where((_, index) => session.Evidence[index] is var fact && (Kind is null || Kind.Contains(fact.Kind))
            && (Process is null || IsOfProcess(fact, pids))
            && (Uid is null || Array.Exists(Uid, uid => uid == fact.Uid || uid == fact.HolderUid))), enumerateCollection: true);
        if (session.Evidence.Count == 0)
        {
            WriteVerbose($"Session '{session}' has no evidence: it was not read from a bug report.");
            return;
        }

        string[] missing = [.. Sections.Except(session.Evidence.Where(fact => fact.Kind == HandleEvidenceKind.Section).Select(fact => fact.Name!))];
        if (missing.Length > 0)
            WriteVerbose($"The report of session '{session}' lacks {Phrase.List(missing, section => section)}.");
    });

    private bool IsOfProcess(HandleEvidence fact, HashSet<int> pids)
    {
        return (fact.Name is { } known && fact.Kind != HandleEvidenceKind.Section && Array.Exists(_names, name => name.IsMatch(known)))
            || IsOne(fact.Pid) || IsOne(fact.HolderPid) || fact.Clients.Any(pid => IsOne(pid));

        bool IsOne(int? pid) => pid is { } number
            && (pids.Contains(number) || Array.Exists(_names, name => name.IsMatch(number.ToString(CultureInfo.InvariantCulture))));
    }

    /// <summary>Returns the pids that the session and the process lists of the report give for the names. Most facts have only a pid.</summary>
    private HashSet<int> FindPids(HandleSession session)
    {
        IEnumerable<(int? Id, string? Name)> processes = session.GetProcesses().Select(process => ((int?)process.Id, process.Name))
            .Concat(session.Evidence.Where(fact => fact.Kind == HandleEvidenceKind.Process).Select(fact => (fact.Pid, fact.Name)));
        return [.. processes.Where(process => process is { Id: not null, Name: { } known } && Array.Exists(_names, name => name.IsMatch(known))).Select(process => process.Id!.Value)];
    }
}
