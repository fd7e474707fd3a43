using System.Management.Automation;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;

namespace HandlePool.PowerShell;

/// <summary>Counts the handles of each holder, each owner, each pair of them, or each holder and uid or interface.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "HandleUsage")]
[OutputType(typeof(HandleUsage))]
public sealed class MeasureHandleUsageCommand : ContextsCommand
{
    /// <summary>The grouping of the counts.</summary>
    [Parameter(Position = 0)]
    [OneValue]
    [Converted(typeof(HandleUsageGrouping))]
    public HandleUsageGrouping By { get; set; }

    /// <summary>The session to count in: an object or a name.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    [SessionIdentity]
    [OneValue]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public override SessionIdentity? Session { get; set; }

    /// <summary>The holders whose handles are counted: objects, names or pids. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Holder { get; set; }

    /// <summary>The owners of the nodes whose handles are counted: objects, names or pids. Names may be patterns. All by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProcessIdentity]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    public ProcessIdentity[]? Owner { get; set; }

    /// <summary>The number of results to write, those with the most handles first; all by default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [OneValue]
    [ArgumentCompleter(typeof(NoCompleter))]
    public int Top { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = GetSession();
        HashSet<HandleProcess>? holders = Holder is null ? null : [.. GetProcesses(Holder, Contexts)];
        HashSet<HandleProcess>? owners = Owner is null ? null : [.. GetProcesses(Owner, Contexts, includeDead: true)];
        IReadOnlyList<HandleUsage> usages = UsageMeasurement.Measure(session, By, (holder, owner) =>
            (holders is null || holders.Contains(holder))
            && (owners is null || (owner is not null && owners.Contains(owner)))
            && IsInContext(holder.Context), StopToken);
        WriteObject(usages.Take(Top).Select(WithView), enumerateCollection: true);
        if (By == HandleUsageGrouping.Uid && usages.Any(usage => usage is { Uid: null, IsDead: false }))
            WriteWarning("The uids of some owners are unknown. A list of processes in the bug report tells them.");
        if (By == HandleUsageGrouping.Interface && session.Interfaces.IsEmpty)
            WriteWarning("Nothing but the service managers is known of interfaces. Histograms of proxies and lists of services in the bug report tell more.");
        if (By is HandleUsageGrouping.Pair or HandleUsageGrouping.Owner && usages.Any(usage => usage.Source == HandleCountSource.Statistics))
            WriteWarning("Some handles are counted by the driver's statistics, which do not tell their owners.");
        if (usages.Any(usage => usage.Source == HandleCountSource.HolderList))
            WriteWarning("Some handles are counted by the holders that nodes list. These processes may hold others, of processes that are not in the dump.");
    });

    /// <summary>Adds the type name for which HandlePool.Format.ps1xml has a view, if other columns decide than those of pairs.</summary>
    private static object WithView(HandleUsage usage)
    {
        if (usage.By is not (HandleUsageGrouping.Uid or HandleUsageGrouping.Interface))
            return usage;
        PSObject shown = PSObject.AsPSObject(usage);
        string view = $"{typeof(HandleUsage).FullName}#{usage.By}";
        if (shown.TypeNames[0] != view)
            shown.TypeNames.Insert(0, view);
        return shown;
    }
}
