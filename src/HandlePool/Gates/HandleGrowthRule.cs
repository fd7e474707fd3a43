using HandlePool.Analysis;

namespace HandlePool.Gates;

/// <summary>Represents a rule of a policy: whose handles are measured, and what is allowed. Immutable.</summary>
/// <remarks>
/// <para>With <see cref="Holder"/> and <see cref="Owner"/> it judges pairs, with one of them holders with all owners or owners with all holders,
/// and with <see cref="Interface"/> the handles of holders by interface. It needs <see cref="Limit"/>, <see cref="GrowthPerSample"/> or
/// <see cref="GrowthPerHour"/>, one of them.</para>
/// <para>Patterns are PowerShell's: <c>*</c>, <c>?</c>, <c>[a-z]</c>, and a backtick before a character that is meant as it is. They match the
/// name of a process, or its pid. Case is ignored. <see cref="HandleGrowthPolicy"/> refuses rules that contradict themselves.</para>
/// </remarks>
public sealed class HandleGrowthRule
{
    /// <summary>Gets the name, which is unique in a policy, whatever its case.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the pattern of the holders; null for all together.</summary>
    public string? Holder { get; init; }

    /// <summary>Gets the pattern of the owners; null for all together. <c>(dead)</c> stands for all owners that have exited.</summary>
    public string? Owner { get; init; }

    /// <summary>Gets the pattern of the interfaces of the nodes, by their descriptors; null if they do not matter.</summary>
    public string? Interface { get; init; }

    /// <summary>Gets what is measured; handles by default.</summary>
    public HandleGrowthMetric Metric { get; init; }

    /// <summary>Gets the highest count that is allowed in any sample, 0 or more; null for a rule on growth.</summary>
    public double? Limit { get; init; }

    /// <summary>Gets the growth that is allowed from one sample to the next, 0 or more: the slope of the line of best fit. Null for other rules.</summary>
    public double? GrowthPerSample { get; init; }

    /// <summary>Gets the growth that is allowed in an hour, 0 or more: the slope of the line of best fit. Null for other rules.</summary>
    public double? GrowthPerHour { get; init; }

    /// <summary>Gets the number of samples that are ignored when the series begins, and after a restart or a reboot; 0 by default.</summary>
    public int WarmUp { get; init; }

    /// <summary>
    /// Gets the least number of samples after the warm-up with which the rule is decided: 1 or more, by default 1; for growth 2 or more of the
    /// same run of the processes, by default 2.
    /// </summary>
    public int? MinimumSamples { get; init; }

    /// <summary>Gets the patterns of what is not judged: a holder, such as <c>zygote*</c>, or a pair, such as <c>maps -> system_server</c>; none by default.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>Gets the counts of healthy dumps: only what exceeds the highest count of a pair is judged. Null for none.</summary>
    public HandleBaseline? Baseline { get; init; }

    /// <summary>Gets the count that is accepted, 0 or more: only what exceeds it is judged. Null for none.</summary>
    public double? AcceptedCount { get; init; }

    /// <summary>Gets the file that has the rule, and the line on which it begins there; null if it is from none.</summary>
    internal (string Path, long Line)? Position { get; init; }

    /// <summary>Gets what the rule counts by.</summary>
    internal HandleUsageGrouping By => Interface is not null ? HandleUsageGrouping.Interface
        : Holder is null ? HandleUsageGrouping.Owner
        : Owner is null ? HandleUsageGrouping.Holder
        : HandleUsageGrouping.Pair;

    /// <summary>Gets whether growth is judged.</summary>
    internal bool IsOfGrowth => Limit is null;

    /// <summary>Gets what is allowed, without what is accepted.</summary>
    internal double Allowed => Limit ?? GrowthPerSample ?? GrowthPerHour ?? 0;

    /// <summary>Gets the least number of samples.</summary>
    internal int LeastSamples => MinimumSamples ?? (IsOfGrowth ? 2 : 1);

    /// <inheritdoc/>
    public override string ToString() => Text.VisibleText.Name(Name);
}
