namespace HandlePool.Analysis;

/// <summary>Represents the result of a search for leaks. Immutable.</summary>
public sealed class LeakSearch
{
    internal LeakSearch(IReadOnlyList<HandleSession> sessions, IReadOnlyList<HandleLeakSuspect> suspects, IReadOnlyList<string> notes,
        UsageHistory pairs, UsageHistory holders, UsageHistory owners, CancellationToken cancellationToken)
    {
        Sessions = sessions;
        Suspects = suspects;
        Notes = notes;
        (Pairs, Holders, Owners) = (pairs, holders, owners);
        foreach (HandleLeakSuspect suspect in suspects)
            suspect.Series = sessions;
        HandleUsage[] unknown = [.. pairs.Last.Where(pair => pair is { Owner: null, IsDead: false })];
        long unowned = unknown.Sum(pair => (long)pair.Handles);
        long all = pairs.Last.Sum(pair => (long)pair.Handles);
        HasOwners = 2 * unowned < all;
        if (suspects.Count == 0 && all == 0)
        {
            NoVerdict = "there are no handles to judge";
        }
        else if (suspects.Count == 0 && !HasOwners && !holders.Last.WithCancellation(cancellationToken).Any(usage => holders.CountsOf(usage.Key, out _).Length > 1))
        {
            NoVerdict = unowned == all && Array.TrueForAll(unknown, pair => pair.Source == HandleCountSource.Statistics)
                ? "the statistics count handles, but tell no owners"
                : $"the owners of {LeakWords.N(unowned)} of {LeakWords.N(all)} handles are unknown";
        }
    }

    /// <summary>Gets the sessions that were searched as a series, in order: those that are complete and related to the last one.</summary>
    public IReadOnlyList<HandleSession> Sessions { get; }

    /// <summary>Gets the suspects, the strongest first and those that grow before all others; empty if there are none.</summary>
    public IReadOnlyList<HandleLeakSuspect> Suspects { get; }

    /// <summary>Gets remarks about the series: sessions that were left out because they were cut off, are not of the same device, or tell less
    /// than others of the same time; that all sessions were cut off; and reboots.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Gets why it is no verdict that there are no suspects, as a clause; null if it is one, or if there are suspects.</summary>
    /// <remarks>
    /// There is no verdict on a session without handles, for example because no part of the dump could be read. If the owners of half of the handles of the last session or more are unknown, and no holder was running in the one before, there are
    /// neither pairs nor growth to judge: only the totals of the holders were compared with limits.
    /// </remarks>
    public string? NoVerdict { get; }

    /// <summary>Gets the counts of the pairs.</summary>
    internal UsageHistory Pairs { get; }

    /// <summary>Gets the counts of the holders with all their owners.</summary>
    internal UsageHistory Holders { get; }

    /// <summary>Gets the counts of the owners with all their holders.</summary>
    internal UsageHistory Owners { get; }

    /// <summary>Gets whether the owners of most handles of the last session are known.</summary>
    internal bool HasOwners { get; }
}
