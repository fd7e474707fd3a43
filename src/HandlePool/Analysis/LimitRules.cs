using static HandlePool.Analysis.LeakWords;

namespace HandlePool.Analysis;

/// <summary>Names what is near one of Android's limits, or beyond it, whatever the peers have.</summary>
internal sealed class LimitRules(IReadOnlyCollection<HandleUsage> pairs, CancellationToken cancellationToken)
{
    /// <summary>The handles that each holder may have of an owner on healthy phones, on average. Their median is 22.</summary>
    internal const int HealthyAverage = 60;

    /// <summary>The part of a sum from which on a pair that is a suspect itself speaks for it.</summary>
    private const double Dominant = 0.8;

    // Made when first needed: on most phones, no holder is near a limit.
    private ILookup<HandleProcess, HandleUsage>? _byHolder;

    private ILookup<HandleProcess, HandleUsage> ByHolder => _byHolder ??= pairs.WithCancellation(cancellationToken).ToLookup(pair => pair.Holder!);

    /// <summary>Returns the sign and its reason as a clause; null if the count is not near a limit.</summary>
    internal static (HandleLeakSign Sign, string Clause)? Judge(HandleUsage usage) => usage.IsNearLimit
        ? (new HandleLeakSign(HandleLeakKind.NearLimit, usage.Handles, null,
            HandleLimit.NearCount(HandleLimit.For(usage.By, usage.Key)!), HandleLeakBasis.Limit),
            $"the count is {Percent(usage.Handles, usage.Limit!)}")
        : null;

    /// <summary>Returns the same for a holder with all its owners.</summary>
    internal (HandleLeakSign Sign, string Clause)? JudgeHolder(HandleUsage usage, IReadOnlySet<HandleUsage> suspects)
    {
        if (Judge(usage) is not var (sign, clause) || usage.Holder is not { } holder)
            return null;
        HandleUsage[] parts = [.. ByHolder[holder].OrderByDescending(pair => pair.Handles)];
        if (parts.Length == 0 || (parts[0].Handles >= Dominant * usage.Handles && suspects.Contains(parts[0])))
            return null;
        return (sign, $"{clause}. The largest owners are {string.Join(", ", parts.Take(3).Select(pair => $"{pair.OwnerName} {N(pair.Handles)}"))}");
    }
}
