using HandlePool.Analysis;

namespace HandlePool.Gates;

/// <summary>Represents the count of a subject in a sample that has handles of it.</summary>
internal readonly record struct GateCell(CountRange Count, HandleUsage Usage)
{
    /// <summary>Returns the count of a usage; null if it has none of that metric.</summary>
    internal static GateCell? Of(HandleGrowthMetric metric, HandleUsage usage) => metric switch
    {
        HandleGrowthMetric.Handles => new GateCell(new CountRange(usage.Handles, usage.AtMost ?? usage.Handles), usage),
        HandleGrowthMetric.LimitPercent when HandleLimit.For(usage.By, usage.Key) is { } limits => Exact(100.0 * usage.Handles / LimitOf(limits).Handles, usage),
        HandleGrowthMetric.Strong => Exact(usage.Strong, usage),
        HandleGrowthMetric.Weak => Exact(usage.Weak, usage),
        HandleGrowthMetric.WeakOnly => Exact(usage.WeakOnly, usage),
        HandleGrowthMetric.SingleHolder => Exact(usage.SingleHolder, usage),
        _ => null,
    };

    /// <summary>Returns the sum with another count of the same sample.</summary>
    internal GateCell And(GateCell other) => this with { Count = new CountRange(Count.Low + other.Count.Low, Count.High + other.Count.High) };

    /// <summary>Returns the limit at which Android acts: of the watermarks the high one, of the others the lowest.</summary>
    private static HandleLimit LimitOf(IReadOnlyList<HandleLimit> limits) => limits == HandleLimit.OfHolder ? limits[0] : limits[^1];

    private static GateCell Exact(double count, HandleUsage usage) => new(new CountRange(count, count), usage);
}
