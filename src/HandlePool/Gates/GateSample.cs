using HandlePool.Analysis;

namespace HandlePool.Gates;

/// <summary>Represents a session of a series, with what it tells of handles.</summary>
internal sealed class GateSample
{
    private readonly Dictionary<HandleUsageGrouping, IReadOnlyList<HandleUsage>> _usages = [];
    private readonly CancellationToken _cancellationToken;
    private readonly bool _tellsOwners;
    private readonly Lazy<HashSet<string>> _countedContexts;
    private ProcessRoles? _roles;

    internal GateSample(int index, HandleSession session, CancellationToken cancellationToken)
    {
        Index = index;
        Session = session;
        _cancellationToken = cancellationToken;
        _tellsOwners = IncompleteState.TellsOwners(session, cancellationToken);
        WhyIncomplete = IncompleteState.WhyLeast(session, cancellationToken);
        _countedContexts = new Lazy<HashSet<string>>(() => [.. session.GetProcesses()
            .Where(process => process is { CountSource: HandleCountSource.Statistics, HandleCount: > 0 }).Select(process => process.Context)]);
    }

    internal int Index { get; }

    internal HandleSession Session { get; }

    /// <summary>Gets why what it counts is the least that there was, as a clause; null if it is all.</summary>
    internal string? WhyIncomplete { get; }

    /// <summary>Gets the roles of its processes.</summary>
    internal ProcessRoles Roles => _roles ??= new ProcessRoles(UsagesBy(HandleUsageGrouping.Pair), _cancellationToken);

    /// <summary>Returns the counts, each grouping measured once.</summary>
    internal IReadOnlyList<HandleUsage> UsagesBy(HandleUsageGrouping by)
    {
        if (!_usages.TryGetValue(by, out IReadOnlyList<HandleUsage>? usages))
        {
            usages = by is HandleUsageGrouping.Pair or HandleUsageGrouping.Interface
                ? UsageMeasurement.Measure(Session, by, cancellationToken: _cancellationToken)
                : UsageMeasurement.Sum(UsagesBy(HandleUsageGrouping.Pair), by, _cancellationToken);
            _usages.Add(by, usages);
        }

        return usages;
    }

    /// <summary>Returns why a count is unknown, as a clause; null if it is known, or is the least that there was.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="holder">The holder; null if holders are counted together.</param>
    /// <param name="owner">The owner; null if owners are counted together, or are dead.</param>
    internal string? WhyUnknown(HandleGrowthRule rule, HandleProcess? holder, HandleProcess? owner)
    {
        if (UncertainState.IsUncertain(Session))
            return "its lines contradict each other, so that holders and owners are uncertain";
        if (rule.Metric is HandleGrowthMetric.Nodes or HandleGrowthMetric.Buffers or HandleGrowthMetric.Threads or HandleGrowthMetric.DeathLinks)
            return CountOf(rule.Metric, (holder ?? owner)!) is null ? "it has no statistics that tell it" : null;
        HandleCountSource source = holder?.CountSource ?? HandleCountSource.State;
        bool isOfOwners = rule.By is HandleUsageGrouping.Pair or HandleUsageGrouping.Owner;
        if (rule.By == HandleUsageGrouping.Owner && _countedContexts.Value.Contains(owner!.Context))
            source = HandleCountSource.Statistics;
        if (isOfOwners && source == HandleCountSource.Statistics)
            return "its statistics tell no owners";
        if (isOfOwners && !_tellsOwners)
            return "it does not tell the owners of all nodes";
        if (rule.By == HandleUsageGrouping.Interface && (source != HandleCountSource.State || Session.Interfaces.IsEmpty))
            return "nothing in it tells interfaces";
        if (rule.By == HandleUsageGrouping.Holder && source == HandleCountSource.HolderList)
            return "it shows the holder only where nodes list it";
        return rule.Metric switch
        {
            HandleGrowthMetric.Handles or HandleGrowthMetric.LimitPercent => null,
            HandleGrowthMetric.Strong or HandleGrowthMetric.Weak when source == HandleCountSource.Statistics => null,
            _ when source != HandleCountSource.State => "it does not tell the references of the holder",
            _ => null,
        };
    }

    /// <summary>Returns a number of a process's statistics, or of what it offers; null if it is unknown.</summary>
    internal static double? CountOf(HandleGrowthMetric metric, HandleProcess process) => metric switch
    {
        HandleGrowthMetric.Nodes => process.CountSource == HandleCountSource.HolderList ? null
            : process.CountSource == HandleCountSource.Statistics && process.NodeCount == 0 ? process.Statistic?.Nodes
            : process.NodeCount,
        HandleGrowthMetric.Buffers => process.Statistic?.Buffers,
        HandleGrowthMetric.Threads => process.Statistic?.Threads,
        _ => process.Statistic?.DeathLinks,
    };
}
