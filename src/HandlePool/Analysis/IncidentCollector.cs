using System.Globalization;
using HandlePool.Evidence;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Collects the incidents of a session's evidence: lines of one event are one incident.</summary>
/// <remarks>
/// A kill is in the log, in the event log and in the record of the exit, and the warnings before it name only uids. Facts of one uid, or of
/// one process, within <see cref="HandleEvidence.Window"/> are therefore one event. A fact without a time is of the event of its process, or else the
/// first of its uid.
/// </remarks>
internal static class IncidentCollector
{
    private const int MostEvidence = 50;
    private const int MostClasses = 5;
    private const int MostSenders = 3;
    private const int MostGrowth = 10;

    internal static IReadOnlyList<IncidentRecord> Collect(HandleSession session, CancellationToken cancellationToken)
    {
        Dictionary<HandleEvidenceKind, List<HandleEvidence>> facts = [];
        foreach (HandleEvidence fact in session.Evidence.WithCancellation(cancellationToken))
        {
            if (!facts.TryGetValue(fact.Kind, out List<HandleEvidence>? known))
                facts.Add(fact.Kind, known = []);
            known.Add(fact);
        }

        Context context = new(session, Of);
        List<(HandleIncidentKind Kind, List<HandleEvidence> Parts)> events =
        [
            .. Events([.. Of(HandleEvidenceKind.Kill), .. Of(HandleEvidenceKind.Exit).Where(fact => fact.IsForBinders), .. Of(HandleEvidenceKind.SenderLimit),
                .. Of(HandleEvidenceKind.ProxyLimit)], Context.UidOf, context.HolderOf).Select(parts => (HandleIncidentKind.Kill, parts)),
            .. Events(Of(HandleEvidenceKind.ReferenceTableOverflow), _ => null, _ => default).Select(parts => (HandleIncidentKind.ReferenceTableOverflow, parts)),
        ];
        List<(HandleIncidentKind Kind, List<HandleEvidence> Parts, HandleEvidence[] Growth)> all = [.. events.Select(each => (each.Kind, each.Parts, Array.Empty<HandleEvidence>())),
            .. OfMaps([.. Events(Of(HandleEvidenceKind.ProxyMapOverflow), _ => null, _ => default)], Of(HandleEvidenceKind.ProxyMapGrowth))];

        // A warning says less than what ended a process, even if it came before.
        return [.. all.OrderByDescending(each => EndsVictim(each.Kind, each.Parts)).ThenBy(each => TimeOf(each.Parts) ?? DateTimeOffset.MaxValue).ThenBy(each => each.Kind)
            .Take(IncidentFinder.MaxIncidents).WithCancellation(cancellationToken)
            .Select(each => each.Kind == HandleIncidentKind.Kill ? OfSender(each.Parts, context) : OfProcess(each.Kind, each.Parts, each.Growth, context))];

        IReadOnlyList<HandleEvidence> Of(HandleEvidenceKind kind) => facts.TryGetValue(kind, out List<HandleEvidence>? known) ? known : [];
    }

    private static bool EndsVictim(HandleIncidentKind kind, List<HandleEvidence> parts) => kind switch
    {
        HandleIncidentKind.Kill => parts.Exists(IsKill),
        HandleIncidentKind.ProxyMapGrowth => false,
        _ => true,
    };

    private static bool IsKill(HandleEvidence part) => part.Kind is HandleEvidenceKind.Kill or HandleEvidenceKind.Exit;

    private static DateTimeOffset? TimeOf(IEnumerable<HandleEvidence> parts) => parts.Min(part => part.Time);

    /// <summary>Returns the crashes of processes that hold too many proxies, each with the growth before it, and the growth that no crash ended.</summary>
    private static IEnumerable<(HandleIncidentKind Kind, List<HandleEvidence> Parts, HandleEvidence[] Growth)> OfMaps(List<HandleEvidence>[] crashes, IReadOnlyList<HandleEvidence> growth)
    {
        ILookup<(int? Pid, bool IsEarlier, string? Name), HandleEvidence> logged = InOrder(growth).ToLookup(KeyOf);
        ILookup<(int? Pid, bool IsEarlier, string? Name), List<HandleEvidence>> crashed = crashes.OrderBy(parts => TimeOf(parts) ?? DateTimeOffset.MaxValue).ToLookup(parts => KeyOf(parts[0]));
        foreach (var process in crashed.Select(each => each.Key).Concat(logged.Select(each => each.Key)).Distinct())
        {
            // What is logged after a crash is of another process with this pid.
            Queue<HandleEvidence> left = new(logged[process]);
            foreach (List<HandleEvidence> parts in crashed[process])
            {
                List<HandleEvidence> before = [];
                while (left.TryPeek(out HandleEvidence? next) && !(next.Time > TimeOf(parts)))
                    before.Add(left.Dequeue());
                yield return (HandleIncidentKind.ProxyMapOverflow, parts, [.. before]);
            }

            if (left.Count > 0)
                yield return (HandleIncidentKind.ProxyMapGrowth, [.. left], []);
        }

        static (int?, bool, string?) KeyOf(HandleEvidence fact) => (fact.Pid, fact.Earlier is not null, fact.Earlier?.Name);
    }

    /// <summary>Returns whether two facts may be of one event by their times.</summary>
    private static bool IsNear(HandleEvidence one, HandleEvidence other) =>
        one.Time is not { } first || other.Time is not { } second || (first - second).Duration() <= HandleEvidence.Window;

    /// <summary>Returns whether a fact is of a process that has its pid now, or of one that has ended.</summary>
    private static bool IsOfProcess(HandleEvidence fact, EarlierProcess? earlier) => (fact.Earlier is null) == (earlier is null) && fact.Earlier?.Name == earlier?.Name;

    /// <summary>Groups the facts of events: those of one uid, or else of one process, and of one holder, that are near in time.</summary>
    private static IEnumerable<List<HandleEvidence>> Events(IReadOnlyList<HandleEvidence> facts, Func<HandleEvidence, int?> uidOf, Func<HandleEvidence, HolderKey> holderOf)
    {
        foreach (var group in facts.GroupBy(fact => (Of: uidOf(fact) is { } uid ? (true, uid) : (false, fact.Pid), Other: holderOf(fact) is { IsOther: true } other ? other.Pid : null)))
        {
            List<List<HandleEvidence>> events = [];
            HolderKey? writer = null;
            foreach (HandleEvidence fact in group.Where(fact => fact.Time is not null).OrderBy(fact => fact.Time))
            {
                // The system has another pid after each start. What no log says is of either.
                HolderKey holder = holderOf(fact);
                if (events.Count == 0 || fact.Time - events[^1][^1].Time > HandleEvidence.Window || (holder.Pid is not null && writer is not null && holder != writer))
                {
                    events.Add([]);
                    writer = null;
                }

                writer ??= holder.Pid is null ? null : holder;
                events[^1].Add(fact);
            }

            // The same process is killed once.
            Dictionary<HashedId, List<HandleEvidence>> byPid = [];
            foreach (List<HandleEvidence> each in events)
            {
                foreach (HandleEvidence fact in each)
                {
                    if (fact.Pid is { } pid)
                        byPid[pid] = each;
                }
            }

            foreach (HandleEvidence fact in group.Where(fact => fact.Time is null))
            {
                List<HandleEvidence>? known = fact.Pid is { } pid && byPid.TryGetValue(pid, out List<HandleEvidence>? ofPid) ? ofPid : null;
                if (known is null || !MayShare(known, fact))
                    known = events.Find(each => MayShare(each, fact));
                if (known is null)
                    events.Add(known = []);
                known.Add(fact);
            }

            foreach (List<HandleEvidence> each in events)
                yield return each;
        }

        bool MayShare(List<HandleEvidence> known, HandleEvidence fact) =>
            holderOf(fact) is not { Pid: not null } holder || known.Select(holderOf).FirstOrDefault(other => other.Pid is not null, holder) == holder;
    }

    /// <summary>Returns the incident of a uid that sent too many binder objects.</summary>
    private static IncidentRecord OfSender(List<HandleEvidence> parts, Context context)
    {
        HandleEvidence[] kills = [.. parts.Where(IsKill)];
        int? uid = parts.Select(Context.UidOf).FirstOrDefault(each => each is not null);
        HandleEvidence? warning = parts.Find(part => part.HolderUid is not null);
        bool isSystem = kills.Length > 0 || warning is null || context.IsOfSystemServer(warning);
        int? holderId = warning?.HolderPid ?? (isSystem ? kills.Select(kill => kill.Writer.Pid).FirstOrDefault(writer => writer is not null) ?? context.SystemServer : null);
        string? holderName = isSystem ? ProcessRoles.SystemServer : holderId is { } named ? context.NameOf(warning!, named) : null;
        bool isOfEarlierRun = parts.Exists(part => part.IsOfEarlierRun);
        bool hasEnded = isOfEarlierRun || warning?.Earlier is not null || (isSystem && context.SystemServer is { } server && holderId != server);
        HandleEvidence[] counted = uid is { } sent
            ? [.. context.CountsOf(sent).Where(fact => (fact.HolderPid is { } counting ? counting == holderId : isSystem && !hasEnded) && (warning is null && isOfEarlierRun ? fact.IsOfEarlierRun : IsOfProcess(fact, warning?.Earlier))
                && context.IsCountedNear(fact, parts[0]))]
            : [];
        (int Pid, string? Name)[] victims = [.. kills.Where(kill => kill.Pid is not null).Select(kill => (kill.Pid!.Value, kill.Name)).DistinctBy(victim => victim.Value)];
        string sender = uid is { } sending ? IncidentRecord.Describe(sending, context.PackagesOf(sending)) : "an unknown uid";
        return new IncidentRecord(kills.Length > 0 ? HandleIncidentKind.Kill : HandleIncidentKind.ProxyLimit,
            !isSystem ? "libbinder tells a process when it holds more binder proxies of one uid than this."
            : kills.Length > 0 ? "The activity manager kills the processes of a uid when the system server holds more binder proxies of it than this."
            : "libbinder tells the system server when it holds more binder proxies of one uid than this, and the activity manager then kills the processes of the uid.",
            (isSystem ? HandleLimit.SystemHighWatermark : HandleLimit.BinderHighWatermark).Handles)
        {
            Time = TimeOf(parts),
            Victim = kills.Length == 0 ? null : victims.Length == 0 ? sender : Phrase.List(victims, victim => Describe(victim.Pid, victim.Name)),
            ProcessIds = [.. victims.Select(victim => victim.Pid)],
            ProcessNames = [.. victims.Select(victim => victim.Name).OfType<string>().Distinct()],
            ProcessUid = kills.Length == 0 ? null : uid,
            User = kills.Select(kill => kill.User).FirstOrDefault(user => user is not null),
            HasHolderEnded = hasEnded,
            Holder = holderId is { } holder ? Describe(holder, holderName)
                : holderName ?? (warning?.HolderUid is { } holding ? IncidentRecord.Describe(holding, context.PackagesOf(holding)) : null),
            HolderId = holderId,
            HolderName = holderName,
            Sender = uid is null ? null : sender,
            SenderUid = uid,
            Count = parts.Concat(counted).Max(part => part.Count),
            Evidence = [.. InOrder(parts).Concat(InOrder(counted)).Concat(context.LargestInterfacesOf(holderId, isSystem && !hasEnded, parts[0], warning?.Earlier)).Take(MostEvidence)],
            Line = kills.FirstOrDefault() ?? parts[0],
        };
    }

    /// <summary>Returns the incident of a process that holds too much.</summary>
    private static IncidentRecord OfProcess(HandleIncidentKind kind, List<HandleEvidence> parts, HandleEvidence[] growth, Context context)
    {
        bool isOfTable = kind == HandleIncidentKind.ReferenceTableOverflow;
        int? pid = parts[0].Pid;
        string? name = (pid is { } known ? context.NameOf(parts[0], known) : null) ?? (isOfTable ? null : parts.Find(part => part.Name is not null)?.Name);
        string holder = pid is { } id ? Describe(id, name) : name is null ? "an unknown process" : VisibleText.Name(name);
        (string rule, int limit) = kind switch
        {
            HandleIncidentKind.ProxyMapOverflow => ("A Java process crashes when it holds more binder proxies than this.", MapLimit(parts)),
            HandleIncidentKind.ProxyMapGrowth => ("A Java process logs the number of its binder proxies as they become many, and crashes when they are more than this.", MapLimit(parts)),
            _ => ($"The Java runtime ends a process whose table of {parts[0].Name ?? "global"} JNI references is full.",
                (int)Math.Min(int.MaxValue, parts[0].Limit ?? HandleLimit.JniReferences.Handles)),
        };
        IEnumerable<HandleEvidence> largest = !isOfTable ? context.LargestInterfacesOf(pid, pid == context.SystemServer && parts[0].Earlier is null, parts[^1], parts[0].Earlier)
            : pid is { } table ? context.ClassesOf(table).Where(fact => IsNear(fact, parts[0]) && IsOfProcess(fact, parts[0].Earlier)).Take(MostClasses)
            : [];
        HandleEvidence[] senders = isOfTable || pid is null ? [] : context.LargestSendersTo(pid.Value, parts[^1]);
        long? count = parts.Max(part => part.Count);
        HandleEvidence? sender = FindMain(senders, count);
        HandleEvidence[] counts = [.. growth.Concat(parts).Where(fact => !isOfTable && fact is { Time: not null, Count: not null })];
        TimeSpan passed = counts.Length > 1 ? counts[^1].Time!.Value - counts[0].Time!.Value : default;
        return new IncidentRecord(kind, rule, limit)
        {
            Time = TimeOf(parts),
            Victim = EndsVictim(kind, parts) ? holder : null,
            ProcessIds = pid is { } one ? [one] : [],
            ProcessNames = name is null ? [] : [name],
            HasHolderEnded = parts[0].Earlier is not null,
            ProcessUid = parts.Select(Context.UidOf).FirstOrDefault(uid => uid is not null),
            Holder = holder,
            HolderId = pid,
            HolderName = name,
            Sender = sender is { Uid: { } sending } ? IncidentRecord.Describe(sending, context.PackagesOf(sending)) : null,
            SenderUid = sender?.Uid,
            Count = count,
            Evidence = [.. FirstAndLast(growth).Concat(InOrder(parts)).Concat(sender is null ? senders.Take(MostSenders) : [sender]).Concat(largest).Take(MostEvidence)],
            Line = parts[0],
            Since = passed > TimeSpan.Zero && counts[0].Kind == HandleEvidenceKind.ProxyMapGrowth ? counts[0].Time : null,
            PerHour = passed > TimeSpan.Zero && counts[0].Kind == HandleEvidenceKind.ProxyMapGrowth && counts[^1].Count > counts[0].Count
                ? (counts[^1].Count - counts[0].Count) / passed.TotalHours : null,
        };
    }

    /// <summary>Returns the count of the uid that sent more than half of the proxies; null if none did, or if counts contradict each other.</summary>
    /// <param name="senders">The counts of uids, the largest first.</param>
    /// <param name="count">The number of all proxies.</param>
    private static HandleEvidence? FindMain(HandleEvidence[] senders, long? count) =>
        senders is [{ Count: { } most } first, ..] && most > count / 2 && !(senders.Length > 1 && senders[1].Count > count / 2) ? first : null;

    /// <summary>Returns the facts at both ends of a list in which the middle says little.</summary>
    private static IEnumerable<HandleEvidence> FirstAndLast(HandleEvidence[] facts) =>
        facts.Length <= 2 * MostGrowth ? facts : facts.Take(MostGrowth).Concat(facts.TakeLast(MostGrowth));

    private static int MapLimit(List<HandleEvidence> parts) =>
        parts.Max(part => part.Count) > HandleLimit.JavaProxiesNewer.Handles ? HandleLimit.JavaProxiesNewer.Handles : HandleLimit.JavaProxies.Handles;

    private static IEnumerable<HandleEvidence> InOrder(IEnumerable<HandleEvidence> facts) => facts.OrderBy(fact => fact.Time ?? DateTimeOffset.MaxValue);

    private static string Describe(int pid, string? name) =>
        name is null ? string.Create(CultureInfo.InvariantCulture, $"pid {pid}") : string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Name(name)} ({pid})");

    /// <summary>Represents the process that held too much, which is that which wrote a line.</summary>
    /// <param name="IsOther">Whether it is another than the system server.</param>
    /// <param name="Pid">Its pid; null if no line tells it.</param>
    /// <param name="IsOfEarlierRun">Whether it ran before the system started last.</param>
    private readonly record struct HolderKey(bool IsOther, int? Pid, bool IsOfEarlierRun);

    /// <summary>Finds names, uids and counts in the facts of a report.</summary>
    private sealed class Context
    {
        // The interfaces of a process are looked at once for each incident.
        private const int MostInterfaces = 200;
        private const int MostNames = 5;

        private readonly HandleSession _session;
        private readonly ILookup<HashedId, HandleEvidence> _processes;
        private readonly ILookup<HashedId, string> _packages;
        private readonly ILookup<HashedId, string> _named;
        private readonly ILookup<HashedId, HandleEvidence> _counts;
        private readonly ILookup<HashedId, HandleEvidence> _countsByHolder;
        private readonly HandleEvidence[] _countsOfSystem;
        private readonly ILookup<HashedId, HandleEvidence> _classes;
        private readonly ILookup<HashedId, HandleEvidence> _interfaces;
        private readonly HandleEvidence[] _interfacesOfSystem;

        internal Context(HandleSession session, Func<HandleEvidenceKind, IReadOnlyList<HandleEvidence>> of)
        {
            IReadOnlyList<HandleEvidence> processes = of(HandleEvidenceKind.Process), counts = of(HandleEvidenceKind.UidCount);
            _session = session;
            _processes = ByPid(processes);
            _packages = of(HandleEvidenceKind.Package).Concat(counts).Where(fact => fact.Uid is not null)
                .SelectMany(fact => fact.Packages, (fact, name) => (Uid: AndroidUid.WithoutUser(fact.Uid!.Value), name))
                .ToLookup(each => (HashedId)each.Uid, each => each.name);

            // An app's process is mostly named after its package, with more behind a colon if it has several. Those of the system are not.
            _named = of(HandleEvidenceKind.Kill).Concat(of(HandleEvidenceKind.Exit)).Concat(processes)
                .Select(fact => (Uid: UidOf(fact), Name: WholeNameOf(fact)))
                .Where(each => each is { Uid: { } uid, Name.Length: > 0 } && AndroidUid.IsOfApp(uid))
                .ToLookup(each => (HashedId)AndroidUid.WithoutUser(each.Uid!.Value), each => each.Name!.Split(':')[0]);
            _counts = counts.Where(fact => fact.Uid is not null).ToLookup(fact => (HashedId)fact.Uid!.Value);
            _countsByHolder = counts.Where(fact => fact is { HolderPid: not null, Uid: not null }).ToLookup(fact => (HashedId)fact.HolderPid!.Value);
            _countsOfSystem = [.. counts.Where(fact => fact is { HolderPid: null, HolderUid: AndroidUid.System, Uid: not null })];
            IReadOnlyList<HandleEvidence> interfaces = of(HandleEvidenceKind.InterfaceCount);
            _classes = ByPid(of(HandleEvidenceKind.ReferenceCount));
            _interfaces = ByPid(interfaces.OrderByDescending(fact => fact.Count));
            _interfacesOfSystem = [.. interfaces.Where(fact => fact is { Pid: null, Uid: AndroidUid.System }).OrderByDescending(fact => fact.Count).Take(MostInterfaces)];
            SystemServer = session.GetProcesses().FirstOrDefault(process => process.Name == ProcessRoles.SystemServer && ProcessLives.IsOfSystem(process.Uid))?.Id
                ?? processes.FirstOrDefault(fact => fact.Name == ProcessRoles.SystemServer && ProcessLives.IsOfSystem(fact.Uid))?.Pid;
        }

        /// <summary>Gets the pid of the system server; null if it is unknown.</summary>
        internal int? SystemServer { get; }

        /// <summary>Returns whether a warning is of the system server, with whose uid other processes run, too.</summary>
        internal bool IsOfSystemServer(HandleEvidence warning)
        {
            if (warning.HolderUid is not AndroidUid.System || warning.HolderPid is not { } pid || (pid == SystemServer && warning.Earlier is null))
                return warning.HolderUid is null or AndroidUid.System;

            // After a restart of the system, its pid is another now. Its own limit is higher than that of others.
            return NameOf(warning, pid) is { } name ? name == ProcessRoles.SystemServer : warning.Count is null || warning.Count >= HandleLimit.SystemHighWatermark.Handles;
        }

        /// <summary>Returns the process that held too much: the system server for what it does and for its warnings, or that which warns.</summary>
        internal HolderKey HolderOf(HandleEvidence fact) =>
            fact.Kind == HandleEvidenceKind.ProxyLimit ? new(!IsOfSystemServer(fact), fact.HolderPid, fact.IsOfEarlierRun)
            : new(IsOther: false, fact.HolderPid ?? fact.Writer.Pid, fact.IsOfEarlierRun);

        internal static int? UidOf(HandleEvidence fact) => fact.Uid ?? fact.ProcessUid;

        /// <summary>Returns the name of the process that a fact is of, which need not be the one that has its pid now.</summary>
        internal string? NameOf(HandleEvidence fact, int pid) => fact.Earlier?.Name ?? (fact.Earlier is { IsReplaced: true } ? null
            : _session.FindProcess(pid, HandleSession.DefaultContext)?.Name ?? _processes[pid].Select(process => process.Name).FirstOrDefault(name => name is not null));

        /// <summary>Returns all packages of a uid, which may be shared, or else what its processes are named after; null if none is known.</summary>
        internal string? PackagesOf(int uid)
        {
            HashedId key = AndroidUid.WithoutUser(uid);
            string[] packages = [.. _packages[key].Distinct()];
            if (packages.Length == 0)
                packages = [.. _named[key].Distinct().Take(MostNames)];
            return packages.Length == 0 ? null : Phrase.List(packages, VisibleText.Name);
        }

        internal IEnumerable<HandleEvidence> CountsOf(int uid) => _counts[uid];

        /// <summary>Returns whether a count is of the time of an event. One that no log has is of that of the report; lines of a log without times go together.</summary>
        internal bool IsCountedNear(HandleEvidence count, HandleEvidence moment)
        {
            bool isOfLog = count.Writer.Pid is not null;
            if (isOfLog && count.Time is null)
                return moment.Time is null || _session.Time is null;
            return moment.Time is { } time && (isOfLog ? count.Time : _session.Time) is { } counted && (counted - time).Duration() <= HandleEvidence.Window;
        }

        /// <summary>Returns the counts of the uids that sent most to a process at a time, the largest first, each uid once.</summary>
        internal HandleEvidence[] LargestSendersTo(int holder, HandleEvidence moment) =>
            [.. _countsByHolder[holder].Concat(holder == SystemServer ? _countsOfSystem : []).Where(fact => IsOfProcess(fact, moment.Earlier) && IsCountedNear(fact, moment))
                .OrderByDescending(fact => fact.Count).DistinctBy(fact => fact.Uid).Take(MostSenders)];

        internal IEnumerable<HandleEvidence> ClassesOf(int pid) => _classes[pid];

        internal IEnumerable<HandleEvidence> LargestInterfacesOf(int? pid, bool isSystem, HandleEvidence moment, EarlierProcess? earlier)
        {
            IEnumerable<HandleEvidence> own = pid is { } known ? _interfaces[known].Where(fact => IsOfProcess(fact, earlier)).Take(MostInterfaces) : [];
            return (isSystem ? own.Concat(_interfacesOfSystem) : own).Where(fact => IsCountedNear(fact, moment)).OrderByDescending(fact => fact.Count).Take(MostClasses);
        }

        /// <summary>Returns the name of a process, if it is not the part that the kernel keeps; null otherwise.</summary>
        private string? WholeNameOf(HandleEvidence fact)
        {
            string? name = fact is { IsListed: true, Pid: { } pid } ? _session.FindProcess(pid, HandleSession.DefaultContext)?.Name ?? fact.Name : fact.Name;
            return fact.IsListed && name is not null && ProcessNames.MayBeCut(name) ? null : name;
        }

        private static ILookup<HashedId, HandleEvidence> ByPid(IEnumerable<HandleEvidence> facts) =>
            facts.Where(fact => fact.Pid is not null).ToLookup(fact => (HashedId)fact.Pid!.Value);
    }
}
