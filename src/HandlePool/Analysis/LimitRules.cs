using static HandlePool.Analysis.LeakWords;

namespace HandlePool.Analysis;

/// <summary>Names what is near one of Android's limits, or beyond it, whatever the peers have.</summary>
internal sealed class LimitRules
{
    /// <summary>The handles that each holder may have of an owner on healthy phones, on average. Their median is 22.</summary>
    internal const int HealthyAverage = 60;

    /// <summary>The part of a sum from which on a pair that is a suspect itself speaks for it.</summary>
    private const double Dominant = 0.8;

    private readonly LeakFinderOptions _options;
    private readonly IReadOnlyCollection<HandleUsage> _pairs;
    private readonly CancellationToken _cancellationToken;

    // Made when first needed: on most phones, no sum is near a limit.
    private ILookup<HandleProcess, HandleUsage>? _byOwner;
    private ILookup<HandleProcess, HandleUsage>? _byHolder;

    internal LimitRules(IReadOnlyCollection<HandleUsage> pairs, LeakFinderOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _pairs = pairs;
        _cancellationToken = cancellationToken;
    }

    private ILookup<HandleProcess, HandleUsage> ByOwner =>
        _byOwner ??= _pairs.WithCancellation(_cancellationToken).Where(pair => pair.Owner is not null && !pair.IsDead).ToLookup(pair => pair.Owner!);

    private ILookup<HandleProcess, HandleUsage> ByHolder => _byHolder ??= _pairs.WithCancellation(_cancellationToken).ToLookup(pair => pair.Holder!);

    /// <summary>Returns the sign and its reason as a clause; null if the count is not near a limit.</summary>
    internal static (HandleLeakSign Sign, string Clause)? Judge(HandleUsage usage) => usage.IsNearLimit
        ? (new HandleLeakSign(HandleLeakKind.NearLimit, usage.Handles, null,
            HandleLimit.NearCount(HandleLimit.For(usage.By, usage.Key)!), HandleLeakBasis.Limit),
            $"the count is {Percent(usage.Handles, HandleLeakSuspect.GoalOf(usage)!)}")
        : null;

    /// <summary>Returns the same for an owner with all its holders, or a holder with all its owners.</summary>
    internal (HandleLeakSign Sign, string Clause)? JudgeSum(HandleUsage usage, IReadOnlySet<HandleUsage> suspects)
    {
        if (Judge(usage) is not var (sign, clause) || (usage.Holder ?? usage.Owner) is not { } process)
            return null;
        HandleUsage[] parts = [.. (usage.Holder is null ? ByOwner : ByHolder)[process].OrderByDescending(pair => pair.Handles)];
        if (parts.Length == 0 || (parts[0].Handles >= Dominant * usage.Handles && suspects.Contains(parts[0])))
            return null;

        // Android counts in each holder separately. A large phone has so many processes that a few handles each pass the limit.
        if (usage.Holder is null
            && usage.Handles < (long)HealthyAverage * parts.Length
            && parts.Where(pair => pair.Handles >= _options.MinimumHandles).Sum(pair => pair.Handles) < sign.Threshold)
            return null;

        string largest = string.Join(", ", parts.Take(3).Select(pair =>
            $"{(usage.Holder is null ? pair.HolderName : pair.OwnerName)} {N(pair.Handles)}"));
        string apart = usage.Holder is null ? ", though Android counts in each holder separately" : "";
        return (sign, $"{clause}{apart}. The largest {(usage.Holder is null ? "holders" : "owners")} are {largest}");
    }
}
