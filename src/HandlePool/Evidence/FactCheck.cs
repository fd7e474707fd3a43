using HandlePool.Tables;
using static System.FormattableString;

namespace HandlePool.Evidence;

/// <summary>Tells of the facts of a log who wrote them, and of which process they are.</summary>
/// <remarks>
/// Any app can write a line that reads like one of the system or of another process. A log tells the pid of the writer, and some logs its uid: what
/// a process of another uid wrote counts for nothing. What a process says of itself counts.
/// </remarks>
/// <param name="lives">The processes that had a pid.</param>
/// <param name="names">The names that the lists and records of the report give each pid.</param>
/// <param name="facts">All facts.</param>
internal sealed class FactCheck(ProcessLives lives, ILookup<int, string> names, IReadOnlyList<HandleEvidence> facts)
{
    // When processes told of their own tables, and what lists tell of those that run.
    private readonly ILookup<HashedId, DateTimeOffset?> _own = facts.Where(fact => fact is { Kind: HandleEvidenceKind.ReferenceTableOverflow, Pid: not null } && fact.Writer.Pid == fact.Pid)
        .ToLookup(fact => (HashedId)fact.Pid!.Value, fact => fact.Time);

    private readonly ILookup<HashedId, HandleEvidence> _listed = facts.Where(fact => fact is { Kind: HandleEvidenceKind.Process, IsListed: true, Pid: not null }).ToLookup(fact => (HashedId)fact.Pid!.Value);

    private const int Root = 0;
    private const int Debugger = 1_045;
    private const int TombstoneServer = 1_058;

    /// <summary>Returns a fact as it counts: itself, with its process, or one that says that it counts for nothing.</summary>
    internal HandleEvidence Check(HandleEvidence fact)
    {
        if (fact.Writer.Pid is not null)
            fact.IsOfEarlierRun = lives.FindRestartAfter(fact.Writer, fact.Time, fact.End) is not null;
        if (fact.Writer.Pid is { } writer && FindFalse(fact, writer) is var (uid, expected, place, server))
        {
            return new HandleEvidence(HandleEvidenceKind.Untrusted, fact.Path, fact.Line, fact.Text)
            {
                Clock = fact.Clock,
                Time = fact.Time,
                Pid = writer,
                Uid = uid,
                Name = names[writer].FirstOrDefault(),
                Claim = new FalseClaim(expected, place) { Server = server },
            };
        }

        // Where a process was killed is no place at which its pid could have been that of another.
        if (fact.Kind is HandleEvidenceKind.Process or HandleEvidenceKind.Exit || (fact.HolderPid ?? fact.Pid) is not { } pid)
            return fact;
        if (fact.Kind != HandleEvidenceKind.Kill)
            fact.Earlier = FindEarlier(fact, pid);
        fact.Unsure = FindUnsure(fact);
        fact.ProcessUid = FindUid(fact, pid) is var (found, _) && (fact.User is null || AndroidUid.UserOf(found) == fact.User) ? found : null;
        return fact;
    }

    /// <summary>Returns the uid of the writer of a line that only another process writes, and the uid of that; null if it may have written it.</summary>
    private (int? Uid, int Expected, EvidencePlace Place, int? Server)? FindFalse(HandleEvidence fact, int writer)
    {
        bool isOfOther = fact.Pid is { } about && about != writer;
        bool isOfSystem = IsOfSystem(fact, isOfOther);
        bool isOfTombstone = fact.Kind is HandleEvidenceKind.ReferenceTableOverflow or HandleEvidenceKind.ReferenceCount && isOfOther;

        // What prints tombstones does nothing else, so that no list has it.
        bool isOfNobody = fact.Kind == HandleEvidenceKind.ReferenceTableOverflow && fact.Pid is null && names.Contains(writer);
        int? expected = isOfSystem ? AndroidUid.System
            : isOfNobody ? Debugger
            : fact.Kind == HandleEvidenceKind.ProxyLimit ? fact.HolderUid
            : isOfTombstone ? FindUid(fact, fact.Pid)?.Uid
            : null;
        if (expected is not { } owner)
            return null;
        (int Uid, EvidencePlace Place)? known = fact.Writer.Uid is { } told ? (told, new EvidencePlace(fact.Path, fact.Line)) : FindUid(fact, writer);
        if (isOfSystem && known is null or { Uid: AndroidUid.System } && lives.FindServer(fact.Writer, fact.Time) is { } server)
            return (known?.Uid, owner, new EvidencePlace(server.Path, server.Line), server.Pid);
        return known is not var (uid, place) || uid == owner || (isOfSystem && ProcessLives.IsOfSystem(uid)) || (isOfNobody && !AndroidUid.IsOfApp(uid))

            // A tombstone is printed by a process of the same uid, or by one of the system's.
            || (isOfTombstone && uid is Root or AndroidUid.System or Debugger or TombstoneServer)
            ? null : (uid, owner, place, null);
    }

    /// <summary>Returns why a fact may not be true that only another process than its own writes; null if its writer is known.</summary>
    private UnsureWriter? FindUnsure(HandleEvidence fact)
    {
        if (fact.Writer.Pid is not { } writer)
            return null;
        bool isOfOther = fact.Pid is { } about && about != writer;
        if (IsOfSystem(fact, isOfOther))
            return lives.FindUnsureServer(fact.Writer, fact.Time) is var (server, shown) ? new(writer, server.Pid, new EvidencePlace(server.Path, server.Line), shown) : null;
        bool isUnknown = fact.Writer.Uid is null && FindUid(fact, writer) is null;
        if (fact.Kind == HandleEvidenceKind.ProxyLimit && isUnknown && fact.HolderUid == AndroidUid.System)
            return lives.FindServer(fact.Writer, fact.Time) is { Pid: not null } listed ? new(writer, listed.Pid, new EvidencePlace(listed.Path, listed.Line), Shown: null) : null;
        if (!(fact.Kind is HandleEvidenceKind.ReferenceTableOverflow or HandleEvidenceKind.ReferenceCount && isOfOther && isUnknown) || _own[fact.Pid!.Value].Any(time => IsNear(time, fact.Time)))
            return null;

        // A process of the pid that a list has is that which it is about, unless another line says otherwise.
        HandleEvidence? running = fact.Earlier is null && !fact.IsOfEarlierRun ? _listed[fact.Pid!.Value].FirstOrDefault() : null;
        return new(writer, fact.Pid, running is null ? null : new EvidencePlace(running.Path, running.Line), Shown: null) { IsOfTombstone = true };
    }

    private static bool IsNear(DateTimeOffset? one, DateTimeOffset? other) => !((one - other)?.Duration() > HandleEvidence.Window);

    /// <summary>Returns whether only the activity manager writes a line.</summary>
    private static bool IsOfSystem(HandleEvidence fact, bool isOfOther) =>
        fact.Kind is HandleEvidenceKind.Kill or HandleEvidenceKind.SenderLimit || (fact.Kind == HandleEvidenceKind.ProxyMapOverflow && isOfOther);

    /// <summary>Returns the uid of the process that had a pid when a fact was logged, and the line that tells it; null if it is unknown.</summary>
    private (int Uid, EvidencePlace Place)? FindUid(HandleEvidence fact, int? pid) => fact.Writer.IsOfEarlierBoot ? null : lives.FindUid(pid, fact.Time);

    private EarlierProcess? FindEarlier(HandleEvidence fact, int pid)
    {
        if (fact.Writer.Pid is { } writer)
        {
            return lives.FindRestartAfter(fact.Writer, fact.Time, fact.End) is { } place ? new EarlierProcess(fact.Writer.IsOfEarlierBoot ? null : lives.NameAt(pid, fact.Time), place, IsReplaced: true)
                : lives.FindEarlier(pid, fact.Time, writer == pid ? fact.Writer.Uid : null);
        }

        // A memory report is of the time of the lists, and names its process.
        bool isOfMemory = fact.Kind is HandleEvidenceKind.LocalBinders or HandleEvidenceKind.ProxyBinders or HandleEvidenceKind.DeathRecipients;
        return isOfMemory && fact.Name is { } name && names.Contains(pid) && !names[pid].Any(known => ProcessNames.MayBeOfOne(known, name))
            ? new EarlierProcess(name, new EvidencePlace(fact.Path, fact.Line), IsReplaced: true) : null;
    }
}

/// <summary>Represents why a line may not be true: nothing tells who wrote it, or what made its writer one that writes such lines.</summary>
/// <param name="Writer">The process that wrote it.</param>
/// <param name="Of">The system server, where the line is one of its own, or else the process of a tombstone.</param>
/// <param name="Listed">The line of a list that has that process; null if none has.</param>
/// <param name="Shown">The line of an unknown writer by which the system started again since; null if that does not matter.</param>
internal sealed record UnsureWriter(int Writer, int? Of, EvidencePlace? Listed, EvidencePlace? Shown)
{
    internal bool IsOfTombstone { get; init; }

    /// <summary>Returns the sentence that says it.</summary>
    public override string ToString() => IsOfTombstone
        ? Invariant($"Nothing tells what process {Writer} was, which wrote it of process {Of}{(Listed is null ? "" : $", and {Listed} shows that this one still runs")}.")
        : Shown is null ? Invariant($"Nothing tells what process {Writer} was, which wrote it, and {Listed} shows another as the system server, {Of}.")
        : Invariant($"Process {Writer} wrote it, and {Listed} shows another as the system server, {Of}: that the system started again since rests on {Shown}, and nothing tells who wrote that.");
}

/// <summary>Represents why a line counts for nothing.</summary>
/// <param name="Uid">The uid of the process that would have written it.</param>
/// <param name="Place">The line that tells the uid of the process that did.</param>
internal sealed record FalseClaim(int Uid, EvidencePlace Place)
{
    /// <summary>Gets the pid of the system server, where the line is one of its own; null otherwise.</summary>
    internal int? Server { get; init; }
}
