namespace HandlePool.Analysis;

/// <summary>Collects the evidence against one pair, holder or owner.</summary>
internal sealed class LeakEvidence(HandleUsage usage, UsageHistory history)
{
    private readonly List<HandleLeakSign> _signs = [];
    private int[]? _counts;

    internal HandleUsage Usage { get; } = usage;

    internal IReadOnlyList<int> Counts => _counts ??= history.CountsOf(Usage.Key, out _);

    internal List<string> Reasons { get; } = [];

    internal GrowthForecast? Forecast { get; set; }

    /// <summary>Gets or sets which references are in question.</summary>
    internal ReferenceScope Scope { get; set; } = new(usage.By, usage.Key);

    /// <summary>Gets the session and the scope of those that are not, because they were there before it grew; null if it did not.</summary>
    internal (HandleSession Session, ReferenceScope Scope)? First { get; init; }

    internal bool IsEmpty => _signs.Count == 0;

    internal bool Grows => _signs.Exists(sign => sign.Kind == HandleLeakKind.Growth);

    internal double Score => _signs.Max(sign => sign.Score);

    /// <summary>Gets the signs, the strongest first, and growth, which only a series shows, before all.</summary>
    internal HandleLeakSign[] Signs =>
        [.. _signs.OrderByDescending(sign => sign.Kind == HandleLeakKind.Growth).ThenByDescending(sign => sign.Score)];

    internal int Growth => Counts[^1] - Counts[0];

    /// <summary>Adds a sign and its reason. Reasons keep their order, because they build on each other.</summary>
    internal void Add(HandleLeakSign sign, string reason)
    {
        _signs.Add(sign);
        Reasons.Add(reason);
    }

    /// <summary>Adds a sentence to the reasons that is no sign of its own.</summary>
    internal void AddRemark(string remark) => Reasons.Add(remark);
}
