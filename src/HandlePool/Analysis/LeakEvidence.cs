namespace HandlePool.Analysis;

/// <summary>Collects the evidence against one pair, holder or owner.</summary>
internal sealed class LeakEvidence(HandleUsage usage, IReadOnlyList<int> counts)
{
    internal HandleUsage Usage { get; } = usage;

    internal IReadOnlyList<int> Counts { get; } = counts;

    /// <summary>Gets the limit at which Android acts: for pairs and owners the high watermark, as nothing happens at the low one.</summary>
    internal HandleLimit? Limit => Usage.Limit == HandleLimit.ProxyLowWatermark ? HandleLimit.ProxyHighWatermark : Usage.Limit;

    internal List<HandleLeakKind> Kinds { get; } = [];

    internal List<string> Reasons { get; } = [];

    internal double Score { get; private set; }

    internal double? PerDump { get; set; }

    internal double? PerHour { get; set; }

    internal double? DumpsToLimit { get; set; }

    internal TimeSpan? TimeToLimit { get; set; }

    internal IReadOnlyList<HandleReference> References { get; set; } = [];

    internal bool Grows => Kinds.Contains(HandleLeakKind.Growth);

    internal void Add(HandleLeakKind kind, double score, string reason)
    {
        // The strongest kind comes first, and growth, which only a series shows, before all. Reasons keep their order, because they
        // build on each other.
        bool isFirst = kind == HandleLeakKind.Growth || (score > Score && !Grows);
        Kinds.Insert(isFirst ? 0 : Kinds.Count, kind);
        Reasons.Add(reason);
        Score = Math.Max(Score, score);
    }
}
