using static HandlePool.Analysis.LeakWords;

namespace HandlePool.Analysis;

/// <summary>Judges the pairs of one session by their peers, by healthy phones, and by a baseline.</summary>
internal sealed class SizeRules
{
    /// <summary>The multiple of a floor that the spread of peers raises it to at most: what healthy phones never show is no spread.</summary>
    private const double MostRaised = 2;

    private readonly LeakFinderOptions _options;
    private readonly ProcessRoles _roles;
    private readonly ILookup<HandleProcess, HandleUsage> _byOwner;
    private readonly ILookup<HandleProcess, HandleUsage> _byHolder;
    private readonly Dictionary<(HandleProcess, bool IsHolder, HandleLeakKind), PeerGroup> _groups = [];

    internal SizeRules(IReadOnlyCollection<HandleUsage> pairs, ProcessRoles roles, LeakFinderOptions options,
        CancellationToken cancellationToken)
    {
        _options = options;
        _roles = roles;
        _byOwner = pairs.WithCancellation(cancellationToken).Where(pair => pair.Owner is not null && !pair.IsDead).ToLookup(pair => pair.Owner!);
        _byHolder = pairs.WithCancellation(cancellationToken).Where(pair => !pair.IsDead && pair.Owner is not null).ToLookup(pair => pair.Holder!);
    }

    /// <summary>Returns whether a pair has handles enough to be judged. Most have not.</summary>
    internal bool MayJudge(HandleUsage pair) => pair.Handles >= _options.MinimumHandles || (2 * pair.WeakOnly >= pair.Handles && pair.WeakOnly >= Half.Count);

    /// <summary>Judges a pair of living processes by size, single holders and weak references.</summary>
    internal void Judge(HandleUsage pair, LeakEvidence found)
    {
        // The manager holds what was registered with it. No floor is below the minimum.
        if (pair.Handles >= _options.MinimumHandles && pair is { Holder: { IsOfManager: false }, Owner: not null })
        {
            LeakFloor floor = Floor(pair, HandleLeakKind.Size);
            if (Exceeds(pair, HandleLeakKind.Size, pair.Handles, floor, out HandleLeakSign? size, out string? peers))
                Add(size!, $"{peers}{Because(size!, floor)}");
            floor = Floor(pair, HandleLeakKind.SingleHolder);
            if (Exceeds(pair, HandleLeakKind.SingleHolder, pair.SingleHolder, floor, out HandleLeakSign? single, out _))
            {
                Add(single!, $"it is the only holder of {Share(pair.SingleHolder, pair.Handles)} nodes"
                    + (found.IsEmpty ? $", and {Because(single!, floor)}" : ""));
            }
        }

        if (2 * pair.WeakOnly >= pair.Handles
            && Exceeds(pair, HandleLeakKind.WeakOnly, pair.WeakOnly, Half, out HandleLeakSign? weak, out _))
            Add(weak!, $"{Share(pair.WeakOnly, pair.Handles)} have only weak counts, which keep nodes that their owner has dropped");

        // The first reason says what is counted; the others go on from there.
        void Add(HandleLeakSign sign, string clause) => found.Add(sign, found.Reasons.Count == 0
            ? $"{Holds(pair)} {Count(pair.Handles, "handle")}{Of(pair)}; {clause}."
            : $"{char.ToUpperInvariant(clause[0])}{clause[1..]}.");
    }

    /// <summary>Returns the reason for a threshold as a clause. A baseline that leaves only the minimum decides, too, as peers do not count.</summary>
    private string Because(HandleLeakSign sign, in LeakFloor floor) =>
        (sign.Basis == HandleLeakBasis.Minimum && floor.Baseline is { } highest ? $"the baseline has up to {N(highest)}: " : "")
        + Basis(sign.Basis, sign.Threshold, _options.Sensitivity);

    /// <summary>Judges the dead nodes that a holder holds, all owners together. Returns null if they are not suspicious.</summary>
    internal HandleLeakSign? JudgeDeadNodes(int count, in PeerStatistics others, out string comparison)
    {
        comparison = "";
        (double threshold, HandleLeakBasis basis) = (Half.Count, Half.Basis);
        if (others.Count >= PeerStatistics.Fewest)
        {
            comparison = $"; the other processes typically hold {N(others.Usual)}";
            double outlier = others.Threshold(_options.Sensitivity);
            if (outlier > threshold)
                (threshold, basis) = (outlier, HandleLeakBasis.Peers);
        }

        return count < threshold ? null : new HandleLeakSign(HandleLeakKind.DeadNodes, count, UsualOf(others), threshold, basis);
    }

    /// <summary>Finds owners most of whose holders, or holders most of whose owners, have counts that healthy phones do not reach, though
    /// none stands out from the others.</summary>
    internal IEnumerable<(UsageKey Key, HandleLeakSign Sign, string Reason)> FindAlike(HandleUsageGrouping by, IReadOnlySet<HandleUsage> suspects,
        CancellationToken cancellationToken)
    {
        bool isOwner = by == HandleUsageGrouping.Owner;
        foreach (IGrouping<HandleProcess, HandleUsage> group in (isOwner ? _byOwner : _byHolder).WithCancellation(cancellationToken))
        {
            if (Alike(group, suspects) is not var (sign, high, all))
                continue;
            string bound = sign.Basis == HandleLeakBasis.Baseline ? "the baseline allows"
                : _options.Sensitivity == 1 ? "healthy phones show"
                : "the threshold at this sensitivity";
            string typical = $"than {bound}, typically {N(sign.Usual!.Value)} each.";
            yield return isOwner
                ? (new UsageKey(group.First().Key.Context, null, group.Key, false), sign, $"{N(high)} of the {N(all)} holders of "
                    + $"{Describe(group.Key)} hold more {typical} Together they hold {Count(sign.Measured, "handle")}.")
                : (new UsageKey(group.Key.Context, group.Key, null, false), sign, $"{Subject(group.Key)} holds more of {N(high)} of its "
                    + $"{N(all)} owners {typical} That is {Count(sign.Measured, "handle")}.");
        }
    }

    /// <summary>Returns the least count of a kind that is suspicious.</summary>
    internal LeakFloor Floor(HandleUsage pair, HandleLeakKind kind)
    {
        ProcessRole holder = _roles.RoleOfHolder(pair);
        ProcessRole owner = _roles.RoleOf(pair.Owner);
        HandleBaselinePair? seen = _options.Baseline?.Find(pair, _roles);
        double healthy = seen is not null ? HandleBaseline.Margin * seen.Maximum
            : kind == HandleLeakKind.SingleHolder ? ProcessRoles.HealthySingle(holder, owner)
            : ProcessRoles.HealthyHandles(holder, owner);
        healthy /= _options.Sensitivity;
        return healthy > _options.MinimumHandles
            ? new LeakFloor(healthy, seen is null ? HandleLeakBasis.HealthyPhones : HandleLeakBasis.Baseline, seen?.Maximum)
            : new LeakFloor(_options.MinimumHandles, HandleLeakBasis.Minimum, seen?.Maximum);
    }

    /// <summary>Returns the count that a pair may have in a group that grows alike, as after a boot; 0 if healthy phones show none of its kind.</summary>
    internal double HealthyInGroup(HandleUsage pair) => _options.Baseline?.Find(pair, _roles) is { } seen ? HandleBaseline.Margin * seen.Maximum / _options.Sensitivity
        : ProcessRoles.HealthyHandles(_roles.RoleOfHolder(pair), _roles.RoleOf(pair.Owner)) > 0 ? LimitRules.HealthyAverage / _options.Sensitivity
        : 0;

    private int LeastAlike => 2 * _options.MinimumHandles;

    /// <summary>Returns the same for pairs that do not stand out from each other, which must have more of something.</summary>
    private LeakFloor AlikeFloor(HandleUsage pair)
    {
        LeakFloor floor = Floor(pair, HandleLeakKind.Size);
        return floor with { Count = Math.Max(floor.Count, LeastAlike) };
    }

    /// <summary>Gets half of the minimum, for what is odd in any number.</summary>
    private LeakFloor Half => new(Math.Max(1, _options.MinimumHandles / 2.0), HandleLeakBasis.Minimum);

    private static int? UsualOf(in PeerStatistics peers) => peers.Count >= PeerStatistics.Fewest ? peers.Usual : null;

    private static int CountOf(HandleUsage pair, HandleLeakKind kind) => kind switch
    {
        HandleLeakKind.SingleHolder => pair.SingleHolder,
        HandleLeakKind.WeakOnly => pair.WeakOnly,
        _ => pair.Handles,
    };

    /// <summary>Returns the count from which on one stands out among peers whose spread may be chance, or due to leaks.</summary>
    private double Outlier(in PeerStatistics peers, in LeakFloor floor)
    {
        double alike = peers.Threshold(_options.Sensitivity, PeerStatistics.LeastSpread);
        return peers.Count < PeerStatistics.FewestOfSpread
            ? alike
            : Math.Max(alike, Math.Min(peers.Threshold(_options.Sensitivity), MostRaised * floor.Count));
    }

    private bool Exceeds(HandleUsage pair, HandleLeakKind kind, int count, in LeakFloor floor, out HandleLeakSign? sign, out string? comparison)
    {
        sign = null;
        comparison = null;
        if (count < floor.Count)
            return false;

        PeerStatistics ofOwner = pair.Owner is { } owner ? Peers(owner, isHolder: false) : default;
        PeerStatistics ofHolder = pair.Owner is null ? default : Peers(pair.Holder!, isHolder: true);
        bool isByOwner = ofOwner.Count >= PeerStatistics.Fewest;
        (double threshold, HandleLeakBasis basis) = (floor.Count, floor.Basis);
        foreach (PeerStatistics peers in floor.IsDecisive ? [] : (PeerStatistics[])[ofOwner, ofHolder])
        {
            double outlier = peers.Count < PeerStatistics.Fewest ? 0 : Outlier(peers, floor);
            if (outlier > threshold)
                (threshold, basis, isByOwner) = (outlier, HandleLeakBasis.Peers, peers == ofOwner);
        }

        if (count < threshold)
            return false;
        PeerStatistics shown = isByOwner ? ofOwner : ofHolder;
        sign = new HandleLeakSign(kind, count, UsualOf(shown), threshold, basis);
        if (shown.Count >= PeerStatistics.Fewest)
        {
            comparison = isByOwner
                ? $"the {N(shown.Count)} other holders of {pair.Owner} typically hold {N(shown.Usual)}, and "
                : $"it typically holds {N(shown.Usual)} of each of its {N(shown.Count)} other owners, and ";
        }

        return true;

        PeerStatistics Peers(HandleProcess process, bool isHolder)
        {
            if (!_groups.TryGetValue((process, isHolder, kind), out PeerGroup? group))
            {
                group = new PeerGroup((isHolder ? _byHolder : _byOwner)[process].Select(each => CountOf(each, kind)));
                _groups.Add((process, isHolder, kind), group);
            }

            return group.Without(count);
        }
    }

    private (HandleLeakSign Sign, int High, int All)? Alike(IGrouping<HandleProcess, HandleUsage> group, IReadOnlySet<HandleUsage> suspects)
    {
        HandleUsage[] judged = [.. group.Where(pair => pair.Holder is { IsOfManager: false })];
        HandleUsage[] high = Array.FindAll(judged, pair => pair.Handles >= LeastAlike && pair.Handles >= AlikeFloor(pair).Count);
        if (high.Length < PeerStatistics.Fewest || 2 * high.Length < judged.Length || 2 * high.Count(suspects.Contains) >= high.Length)
            return null;

        LeakFloor[] floors = Array.ConvertAll(high, AlikeFloor);
        int usual = PeerStatistics.Of([.. high.Select(pair => pair.Handles).Order()]).Usual;
        return (new HandleLeakSign(HandleLeakKind.Size, high.Sum(pair => pair.Handles), usual, floors.Sum(floor => floor.Count),
            floors.Max(floor => floor.Basis)), high.Length, judged.Length);
    }
}

/// <summary>Represents the least count that is suspicious, whatever the peers have.</summary>
/// <param name="Count">The count.</param>
/// <param name="Basis">Its source.</param>
/// <param name="Baseline">The highest count of the pair in the baseline; null if it has none.</param>
internal readonly record struct LeakFloor(double Count, HandleLeakBasis Basis, int? Baseline = null)
{
    /// <summary>Gets whether peers cannot raise it: what a pair has in healthy dumps says more than other pairs do.</summary>
    internal bool IsDecisive => Baseline is not null;
}
