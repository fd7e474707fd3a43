using HandlePool.Evidence;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Finds the processes of a dump that an incident is about.</summary>
internal sealed class IncidentMatching
{
    private readonly ILookup<HashedId, HandleProcess> _byId;
    private readonly ILookup<HashedId, HandleProcess> _byUid;
    private readonly ILookup<string, HandleProcess> _byName;

    internal IncidentMatching(HandleSession session)
    {
        // Android counts the proxies of this context.
        HandleProcess[] processes = [.. session.GetProcesses().Where(process => process.Context == HandleSession.DefaultContext)];
        _byId = processes.ToLookup(process => (HashedId)process.Id);
        _byUid = processes.Where(process => process.Uid is not null).ToLookup(process => (HashedId)process.Uid!.Value);
        _byName = processes.Where(process => process.Name is not null).ToLookup(process => process.Name!);
    }

    /// <summary>Returns the processes whose handles the incident is about: the victims, those that have come in their place, or the sender's.</summary>
    internal HandleProcess[] SubjectsOf(IncidentRecord record)
    {
        // The same pid or name may be of another uid: of a later process, or of another user.
        IEnumerable<int> ids = record.HasHolderEnded && !record.IsOfSender ? [] : record.ProcessIds;
        HandleProcess[] named = [.. ids.SelectMany(id => _byId[id]).Where(process => MayBe(process, record)).Concat(record.ProcessNames.SelectMany(name => _byName[name]))
            .Where(process => process.Uid is not { } own || (record.SubjectUid is { } subject ? own == subject : record.User is not { } user || AndroidUid.UserOf(own) == user)).Distinct()];
        if (record.SubjectUid is not { } uid)
            return named;

        // A sender is all processes of a uid. A process that held too much is one of these, and another package's is not that.
        HandleProcess[] ofUid = [.. _byUid[uid]];
        return record.IsOfSender ? [.. named.Union(ofUid)]
            : named.Length == 0 && record.ProcessNames.Count == 0 && ofUid.Length == 1 ? ofUid
            : named;
    }

    /// <summary>Returns whether a process with the pid of an incident may be that which it is about, and not one that was given its pid later.</summary>
    private static bool MayBe(HandleProcess process, IncidentRecord record) => process.Name is not { } name || record.ProcessNames.Count == 0
        || (process.Uid is not null && process.Uid == record.SubjectUid) || record.ProcessNames.Any(known => ProcessNames.AreAlike(known, name));

    /// <summary>Returns the values of an index of usages that the incident is about.</summary>
    /// <param name="record">The incident.</param>
    /// <param name="byOwner">The values by owner.</param>
    /// <param name="byHolder">The values by holder.</param>
    /// <param name="usageOf">Returns the usage of a value.</param>
    internal IEnumerable<T> Find<T>(IncidentRecord record, ILookup<HandleProcess, T> byOwner, ILookup<HandleProcess, T> byHolder, Func<T, HandleUsage> usageOf) =>
        SubjectsOf(record).SelectMany(victim => record.IsOfSender ? byOwner[victim] : record.IsOfReferences ? byHolder[victim].Concat(byOwner[victim]) : byHolder[victim])
            .Where(value => record.IsAbout(usageOf(value)));
}
