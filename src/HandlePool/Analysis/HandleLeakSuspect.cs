using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents a pair, a holder or an owner that may be leaking handles, with the reasons and the references. Immutable.</summary>
/// <remarks><see cref="LeakFinder"/> returns these; its remarks list the criteria.</remarks>
public sealed class HandleLeakSuspect : ISessionMember
{
    internal HandleLeakSuspect(int rank, LeakEvidence evidence, LazyReferences references)
    {
        HandleUsage usage = evidence.Usage;
        Rank = rank;
        Usage = usage;
        Session = (usage.Holder ?? usage.Owner)!.Session;
        Signs = new HandleList<HandleLeakSign>(evidence.Signs);
        Kinds = new HandleList<HandleLeakKind>([.. Signs.Select(sign => sign.Kind)]);
        Score = evidence.Score;
        Counts = new HandleList<int>([.. evidence.Counts]);
        Limit = evidence.Forecast?.Limit ?? usage.Limit;
        if (evidence.Forecast is { } forecast)
        {
            GrowthPerDump = forecast.PerDump.Slope;
            GrowthPerHour = forecast.PerHour?.Slope;
            DumpsToLimit = forecast.DumpsToLimit;
            EarliestDumpsToLimit = forecast.EarliestDumpsToLimit;
            LatestDumpsToLimit = forecast.LatestDumpsToLimit;
            TimeToLimit = forecast.TimeToLimit;
            EarliestTimeToLimit = forecast.EarliestTimeToLimit;
            LatestTimeToLimit = forecast.LatestTimeToLimit;
        }

        Reason = string.Join(" ", evidence.Reasons);
        References = new HandleList<HandleReference>(references);
    }

    /// <summary>Gets the rank among the suspects, 1 for the strongest.</summary>
    public int Rank { get; }

    /// <summary>Gets the highest score of its signs: the count as a multiple of the threshold, 1 or more.</summary>
    public double Score { get; }

    /// <summary>Gets the signs of a leak, with count and threshold: growth first, then by score.</summary>
    public HandleList<HandleLeakSign> Signs { get; }

    /// <summary>Gets the kinds of its signs, in the same order.</summary>
    public HandleList<HandleLeakKind> Kinds { get; }

    /// <summary>Gets the threshold of the first sign, rounded up.</summary>
    public int Threshold => (int)Math.Min(int.MaxValue, Math.Ceiling(Signs[0].Threshold));

    /// <summary>Gets the count that is usual among the peers, by the first sign; null if there are too few.</summary>
    public int? Usual => Signs[0].Usual;

    /// <summary>Gets the context of the holders.</summary>
    public string Context => Usage.Context;

    /// <summary>Gets the holder of the handles; null if the suspect is an owner with all its holders.</summary>
    public HandleProcess? Holder => Usage.Holder;

    /// <summary>Gets the owner of the nodes; null if the suspect is a holder with all its owners, or if the owner is unknown.</summary>
    public HandleProcess? Owner => Usage.Owner;

    /// <summary>Gets the holder's name, or its pid if it has none; <c>(all)</c> for all holders.</summary>
    public string HolderName => Usage.HolderName;

    /// <summary>Gets the owner's name, or its pid if it has none; <c>(dead)</c>, <c>(unknown)</c>, or <c>(all)</c> for all
    /// owners.</summary>
    public string OwnerName => Usage.OwnerName;

    /// <summary>Gets the number of handles in the last session.</summary>
    public int Handles => Usage.Handles;

    /// <summary>Gets the number of these handles that refer to dead nodes.</summary>
    public int Dead => Usage.Dead;

    /// <summary>Gets the number of these handles that have only weak counts.</summary>
    public int WeakOnly => Usage.WeakOnly;

    /// <summary>Gets the number of these handles that refer to nodes without another holder.</summary>
    public int SingleHolder => Usage.SingleHolder;

    /// <summary>Gets the number of handles in each session in which the same processes were running, in time order.</summary>
    public HandleList<int> Counts { get; }

    /// <summary>Gets the last count minus the first.</summary>
    public int Growth => Counts[^1] - Counts[0];

    /// <summary>Gets the growth per dump, by a least-squares fit of the counts; null unless the kinds include
    /// <see cref="HandleLeakKind.Growth"/>, and if it came in one step of three dumps or more.</summary>
    public double? GrowthPerDump { get; }

    /// <summary>Gets the growth per hour, by the same fit; null also if the time of a dump is unknown.</summary>
    public double? GrowthPerHour { get; }

    /// <summary>Gets the limit at which Android acts, to which the forecast refers; null if none applies.</summary>
    /// <remarks>For pairs the high watermark, because nothing happens at the others; for pairs of an unknown owner that of the holder.</remarks>
    public HandleLimit? Limit { get; }

    /// <summary>Gets the number of further dumps until the limit is reached at the present rate; null if it does not grow or no limit is
    /// ahead.</summary>
    public double? DumpsToLimit { get; }

    /// <summary>Gets the same at the highest rate of the 90% confidence interval; null also for a series of two.</summary>
    public double? EarliestDumpsToLimit { get; }

    /// <summary>Gets the same at the lowest rate of the 90% confidence interval; null also for a series of two, or if it may not be
    /// reached at all.</summary>
    public double? LatestDumpsToLimit { get; }

    /// <summary>Gets the time from the last dump until the limit is reached at the present rate; null also if the time of a dump is
    /// unknown.</summary>
    public TimeSpan? TimeToLimit { get; }

    /// <summary>Gets the same at the highest rate of the 90% confidence interval; null also for a series of two.</summary>
    public TimeSpan? EarliestTimeToLimit { get; }

    /// <summary>Gets the same at the lowest rate of the 90% confidence interval; null also for a series of two, or if it may not be
    /// reached at all.</summary>
    public TimeSpan? LatestTimeToLimit { get; }

    /// <summary>Gets the reasons, in whole sentences.</summary>
    public string Reason { get; }

    /// <summary>Gets the references in question, of the last session; if it grew, only those that came after the first session.</summary>
    public HandleList<HandleReference> References { get; }

    /// <summary>Gets the interface of all these handles, by its descriptor; null if it is unknown.</summary>
    public string? Interface => Usage.Interface;

    /// <summary>Gets what a bug report says of the interfaces of these handles; empty if it says nothing.</summary>
    public HandleList<HandleInterface> Candidates => Usage.Candidates;

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets or sets the sessions that were searched as a series.</summary>
    internal IReadOnlyList<HandleSession> Series { get; set; } = [];

    /// <summary>Gets the last session, to which the processes and references belong.</summary>
    internal HandleSession Session { get; }

    /// <summary>Gets the counts that are suspicious.</summary>
    internal HandleUsage Usage { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Rank}. {HolderName} -> {OwnerName} ({VisibleText.Name(Context)}): {Handles}";
}
