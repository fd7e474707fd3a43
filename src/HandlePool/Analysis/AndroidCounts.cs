using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Finds the numbers of proxies that Android itself counted for each holder and sending uid, in the evidence of a bug report.</summary>
/// <remarks>
/// The activity manager's counts of the system server are of the time of the report. Counts in a log are of the time of their line, and
/// only the last of a holder and uid within <see cref="HandleEvidence.Window"/> of the dump is taken, if no other process had the holder's pid then.
/// </remarks>
internal sealed class AndroidCounts
{
    // The activity manager tells no pid.
    private const int SystemServer = -1;

    // Null where a report tells different numbers.
    private readonly Dictionary<(HashedId Holder, HashedId Uid), long?> _counts = [];

    internal AndroidCounts(HandleSession session)
    {
        Dictionary<(HashedId Holder, HashedId Uid), HandleEvidence> logged = [];
        foreach (HandleEvidence fact in session.Evidence)
        {
            if (fact is not { Kind: HandleEvidenceKind.UidCount, Earlier: null, Uid: { } uid, Count: { } count })
                continue;
            (HashedId, HashedId) key = (fact.HolderPid ?? SystemServer, uid);
            if (fact.HolderPid is null)
                _counts[key] = _counts.TryGetValue(key, out long? known) && known != count ? null : count;
            else if (fact.Time is { } time && (session.Time - time)?.Duration() <= HandleEvidence.Window && !(logged.GetValueOrDefault(key)?.Time > time))
                logged[key] = fact;
        }

        foreach (((HashedId, HashedId) key, HandleEvidence fact) in logged)
            _counts[key] = fact.Count;
    }

    /// <summary>Returns the count of a holder and a uid; null if there is none.</summary>
    internal long? Find(UsageKey key)
    {
        if (key.Context != HandleSession.DefaultContext || key is not { Holder: { } holder, Uid: { } uid })
            return null;
        if (ProcessRoles.IsSystemServer(holder) && _counts.TryGetValue((SystemServer, uid), out long? counted))
            return counted;
        return _counts.GetValueOrDefault((holder.Id, uid));
    }
}
