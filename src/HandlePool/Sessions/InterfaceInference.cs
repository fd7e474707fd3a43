using System.Globalization;
using System.Runtime.InteropServices;
using HandlePool.Evidence;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Joins what a report says of interfaces with the handles of its dump. O(handles + facts).</summary>
/// <remarks>
/// <para>Histograms count the live proxies of a Java process, of all owners together: each has a handle of its own. What the other handles of the
/// process cannot hold must be among those of a pair.</para>
/// <para>A service is held by the service manager from its registration on. An object of AIDL has one descriptor, so that services of one
/// server with different descriptors are different nodes; an object of HIDL is registered under its parents, too.</para>
/// <para>docs/evidence.md has these rules with their reasons.</para>
/// </remarks>
internal static class InterfaceInference
{
    /// <summary>The number of handles of which an interface is guessed. Of fewer, nothing is likely.</summary>
    internal const int FewestGuessed = 20;

    internal static InterfaceKnowledge Infer(HandleSession session)
    {
        if (!session.Evidence.Any(fact => fact.Kind is HandleEvidenceKind.InterfaceCount or HandleEvidenceKind.Service or HandleEvidenceKind.ServiceClients or HandleEvidenceKind.ReferenceCount))
            return InterfaceKnowledge.None;
        InterfaceKnowledge knowledge = new();
        string? cut = IncompleteState.GapsOf(session).Count > 0 ? "the dump was cut off" : null;
        foreach ((HandleProcess holder, InterfaceHistogram? histogram, Dictionary<int, PastCount> past) in FindHistograms(session, cut))
            Join(knowledge, session, holder, histogram, past);
        if (cut is null)
            new ServiceInference(session).Join(knowledge);
        new ReferenceTableInference(session).Join(knowledge);
        return knowledge;
    }

    /// <summary>Returns for each process the histogram that is of the dump's time or may be, and what earlier ones say of the uids that sent to it.</summary>
    private static IEnumerable<(HandleProcess Holder, InterfaceHistogram? Histogram, Dictionary<int, PastCount> Past)> FindHistograms(HandleSession session, string? cut)
    {
        Dictionary<(HashedId Pid, bool IsEarlier, string? Name), List<LoggedHistogram>> logged = [];
        Dictionary<HashedId, string> names = [];
        List<HandleEvidence> listed = [];
        foreach (HandleEvidence fact in session.Evidence)
        {
            if (fact is { Kind: HandleEvidenceKind.Process or HandleEvidenceKind.ProxyMapOverflow, Pid: { } named, Name: { Length: > 0 } name })
                names.TryAdd(named, name);
            else if (fact is { Kind: HandleEvidenceKind.UidCount, HolderPid: { } holding } && logged.TryGetValue(KeyOf(fact, holding), out List<LoggedHistogram>? before))
                before[^1].TryAddSender(fact);
            if (fact.Kind != HandleEvidenceKind.InterfaceCount)
                continue;
            if (fact.Pid is not { } pid)
            {
                listed.Add(fact);
                continue;
            }

            // A pid may have been that of another process before.
            if (!logged.TryGetValue(KeyOf(fact, pid), out List<LoggedHistogram>? histograms))
                logged.Add(KeyOf(fact, pid), histograms = []);

            // A process prints its interfaces by rank.
            if (histograms.Count == 0 || !histograms[^1].MayGoOn(fact))
                histograms.Add(new LoggedHistogram());
            histograms[^1].Interfaces.Add(fact);
        }

        ILookup<string, HandleProcess> byName = session.GetProcesses().Where(process => process is { Name: not null, Context: HandleSession.DefaultContext, OpenNumber: 1 }).ToLookup(process => process.Name!);
        Dictionary<HandleProcess, (List<LoggedHistogram> Own, List<LoggedHistogram> Earlier)> byHolder = [];
        HandleProcess? system = listed.Count > 0 && byName[BinderProxyParser.SystemServer].Take(2).ToArray() is [{ } server] ? server : null;
        if (system is not null)
            byHolder.Add(system, ([], []));
        foreach (((HashedId pid, bool isEarlier, string? earlier), List<LoggedHistogram> histograms) in logged)
        {
            LoggedHistogram first = histograms[0];
            HandleProcess? holder = isEarlier ? null : session.FindProcess(first.First.Pid!.Value, HandleSession.DefaultContext);
            bool isOwn = holder is not null;

            // After a crash, the process runs with another pid.
            if (!isOwn && (earlier ?? (first.First.Earlier is { IsReplaced: true } ? null : names.GetValueOrDefault(pid))) is { } name && byName[name].Take(2).ToArray() is [{ } successor])
                holder = successor;
            if (holder is null)
                continue;
            if (!byHolder.TryGetValue(holder, out (List<LoggedHistogram> Own, List<LoggedHistogram> Earlier) known))
                byHolder.Add(holder, known = ([], []));
            (isOwn ? known.Own : known.Earlier).AddRange(histograms);
        }

        foreach ((HandleProcess holder, (List<LoggedHistogram> own, List<LoggedHistogram> before)) in byHolder)
        {
            LoggedHistogram? nearest = own.MinBy(histogram => Distance(session, histogram) ?? TimeSpan.MaxValue);
            TimeSpan? distance = nearest is null ? null : Distance(session, nearest);
            InterfaceHistogram? joined = holder == system ? new(listed, "in the same report", cut ?? DoubtOf(holder))
                : nearest is null ? null
                : distance is null ? new(nearest.Interfaces, "at an unknown time", "the time between the dump and the count is unknown")
                : distance <= HandleEvidence.Window ? new(nearest.Interfaces, Moment(session.Time!.Value - nearest.First.Time!.Value), cut ?? DoubtOf(holder))
                : null;
            yield return (holder, joined, PastOf(session, own.Where(histogram => Distance(session, histogram) > HandleEvidence.Window).Concat(before)));
        }

        static (HashedId, bool, string?) KeyOf(HandleEvidence fact, int pid) => (pid, fact.Earlier is not null, fact.Earlier?.Name);
    }

    /// <summary>Returns what the latest histogram that tells it says of each uid: the interface of more than half of what it had sent then.</summary>
    private static Dictionary<int, PastCount> PastOf(HandleSession session, IEnumerable<LoggedHistogram> histograms)
    {
        Dictionary<int, PastCount> past = [];
        foreach (LoggedHistogram histogram in histograms.Where(histogram => Distance(session, histogram) is not null).OrderBy(histogram => Distance(session, histogram)))
        {
            if (histogram.Largest is not { Count: { } count } largest)
                continue;
            HandleEvidence[] senders = [.. histogram.Senders.DistinctBy(sender => sender.Uid)];
            long all = senders.Sum(sender => sender.Count!.Value);
            foreach (HandleEvidence sender in senders)
            {
                // What the others sent can be of it; the rest must be among those of this uid.
                long least = Math.Min(sender.Count!.Value, count - (all - sender.Count.Value));
                if (least > sender.Count / 2)
                    past.TryAdd(sender.Uid!.Value, new PastCount(largest, sender, all, least));
            }
        }

        return past;
    }

    private static TimeSpan? Distance(HandleSession session, LoggedHistogram histogram) => (session.Time - histogram.First.Time)?.Duration();

    /// <summary>Returns how long before or after the dump a count is, as a clause.</summary>
    internal static string Moment(TimeSpan before)
    {
        string side = before > TimeSpan.Zero ? "before" : "after";
        if (before.Duration() > HandleEvidence.Window)
            return $"{(before.Duration().TotalHours < 2 ? Phrase.Count((long)Math.Round(before.Duration().TotalMinutes), "minute") : Phrase.Count((long)Math.Round(before.Duration().TotalHours), "hour"))} {side} the dump";
        long seconds = (long)Math.Round(before.TotalSeconds);
        return seconds == 0 ? "at the time of the dump" : $"{Phrase.Count(Math.Abs(seconds), "second")} {side} the time of the dump";
    }

    private static string? DoubtOf(HandleProcess holder) => holder.CountSource == HandleCountSource.State ? null : "the dump does not show all handles of the process";

    /// <summary>Says what a histogram forces of each pair of its process, and of all its handles, and what earlier ones make likely.</summary>
    private static void Join(InterfaceKnowledge knowledge, HandleSession session, HandleProcess holder, InterfaceHistogram? histogram, Dictionary<int, PastCount> past)
    {
        HandleReference[] references = [.. session.GetOpens(holder).SelectMany(open => open.GetReferences())];
        Dictionary<InterfaceScope, (HandleProcess? Owner, List<HandleNode> Nodes, bool HasManager)> pairs = [];
        foreach (HandleReference reference in references)
        {
            ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, InterfaceScope.Of(holder, reference.Node.Owner?.FirstOpen, reference.IsDead), out _);
            pair.Nodes ??= [];
            pair.Owner = reference.Node.Owner?.FirstOpen;
            pair.HasManager |= reference.Handle == 0;
            pair.Nodes.Add(reference.Node);
        }

        string? manager = pairs.Values.Any(pair => pair.HasManager) ? InterfaceKnowledge.ManagerOf(HandleSession.DefaultContext) : null;
        PairStatements? present = histogram is null ? null : new(holder, histogram, references.Length, manager, [.. pairs.Values.Select(pair => pair.Nodes.Count).Order()]);
        if (histogram is not null)
        {
            knowledge.Add(holder, histogram);
            knowledge.Add(InterfaceScope.AllOf(holder), present!.OfAll(), []);
        }

        foreach ((InterfaceScope scope, (HandleProcess? owner, List<HandleNode> nodes, bool hasManager)) in pairs)
        {
            if (owner is { IsUnidentified: true })
                continue;
            List<HandleInterface> statements = present?.OfPair(owner, nodes.Count, scope.IsDead, hasManager) ?? [];
            if (statements.Count == 0 && nodes.Count >= FewestGuessed && owner is { IsDead: false, Uid: { } uid } && past.TryGetValue(uid, out PastCount? known))
                statements.Add(known.ToGuess(holder, nodes.Count, session.Time!.Value));
            knowledge.Add(scope, statements, nodes);
        }
    }

    private static List<HandleInterface> InOrder(IEnumerable<InterfaceBound> bounds, int of, Func<InterfaceBound, string> reason) =>
        [.. bounds.OrderByDescending(bound => bound.AtLeast).ThenBy(bound => bound.Name, StringComparer.Ordinal)
            .Select(bound => new HandleInterface(bound.Name, bound.Fact is null ? InterfaceCertainty.Certain : InterfaceCertainty.Bounded, bound.AtLeast, bound.AtMost, of, reason(bound),
                bound.Fact is { } fact ? [fact] : []))];

    /// <summary>Represents a histogram that a process logged, with the counts of the uids that sent to it, which follow.</summary>
    private sealed class LoggedHistogram
    {
        /// <summary>Gets the lines of interfaces.</summary>
        internal List<HandleEvidence> Interfaces { get; } = [];

        /// <summary>Gets the counts of uids.</summary>
        internal List<HandleEvidence> Senders { get; } = [];

        internal HandleEvidence First => Interfaces[0];

        /// <summary>Gets the largest interface with a name; null if there is none. No process has 2^31 handles.</summary>
        internal HandleEvidence? Largest => Interfaces.Where(fact => fact is { Name: { Length: > 0 } name, Count: <= int.MaxValue } && name[0] != '<').MaxBy(fact => fact.Count);

        internal bool MayGoOn(HandleEvidence fact) => fact.Rank > Interfaces[^1].Rank && !((fact.Time - Interfaces[^1].Time)?.Duration() > HandleEvidence.Window);

        internal void TryAddSender(HandleEvidence fact)
        {
            if (fact is { Uid: not null, Count: <= int.MaxValue } && (fact.Time - First.Time)?.Duration() <= HandleEvidence.Window)
                Senders.Add(fact);
        }
    }

    /// <summary>Represents what a process counted long before the dump: the interface of more than half of the proxies that a uid had sent.</summary>
    private sealed record PastCount(HandleEvidence Interface, HandleEvidence Sender, long All, long AtLeast)
    {
        /// <summary>Returns the guess that what the uid has sent since is of the same interface.</summary>
        internal HandleInterface ToGuess(HandleProcess holder, int of, DateTimeOffset time) => new(Interface.Name!, InterfaceCertainty.Guess, 0, of, of, string.Create(CultureInfo.CurrentCulture,
            $"{(Interface.Pid == holder.Id ? Describe(holder) : $"{holder} ({Interface.Pid})")} had {Phrase.Count(Interface.Count!.Value, "live proxy", "live proxies")} of {VisibleText.Name(Interface.Name!)} {Moment(time - Interface.Time!.Value)}, when {Sender.Count} of its {All} were sent by uid {AndroidUid.Format(Sender.Uid!.Value)}: {Interface.Count} - ({All} - {Sender.Count}) = {AtLeast} of these or more were of it. What has come since may be of another."),
            [Interface, Sender]);
    }

    /// <summary>Says what a histogram forces of the handles of its process, with the arithmetic.</summary>
    /// <param name="holder">The process.</param>
    /// <param name="histogram">The histogram.</param>
    /// <param name="handles">The number of its handles.</param>
    /// <param name="manager">The interface of the service manager, if it has a handle of it.</param>
    /// <param name="sizes">The numbers of handles of all its pairs, in ascending order.</param>
    private sealed class PairStatements(HandleProcess holder, InterfaceHistogram histogram, int handles, string? manager, int[] sizes)
    {
        private const string Drift = " Each handle that was taken or dropped in between can shift this by one.";

        /// <summary>Returns what is forced of all handles.</summary>
        internal List<HandleInterface> OfAll() => InOrder(histogram.Bound(handles, handles, manager, includesManager: true), handles, WordsOfAll);

        /// <summary>Returns what is forced of the handles of one owner, or else the interface of as many proxies.</summary>
        internal List<HandleInterface> OfPair(HandleProcess? owner, int of, bool isDead, bool includesManager)
        {
            List<HandleInterface> statements = InOrder(histogram.Bound(handles, of, manager, includesManager).Where(bound => bound.Count > bound.Elsewhere), of,
                bound => WordsOfPair(bound, of, owner, isDead, includesManager));
            if (statements.Count == 0 && histogram.FindAlike(of) is var (name, count, fact) && InterfaceHistogram.Alike.CountOf(sizes, count) == 1)
                statements.Add(Alike(name, count, fact, of, owner, isDead));
            return statements;
        }

        private string WordsOfAll(InterfaceBound bound) => bound.Fact is null
            ? "Handle 0 is the service manager's."
            : $"{Counted(bound.Name, bound.Count)}, each with a handle of its own.{Drift}";

        private string WordsOfPair(InterfaceBound bound, int of, HandleProcess? owner, bool isDead, bool includesManager)
        {
            string only = manager is not null && !includesManager ? "Besides handle 0, only" : "Only";
            return string.Create(CultureInfo.CurrentCulture,
                $"{Counted(bound.Name, bound.Count)}. {only} {bound.Elsewhere} of its {handles} handles are not{Owner(owner, isDead)}, so that at least {bound.Count} - {bound.Elsewhere} = {bound.AtLeast} of the {of} that are must be of it.{Drift}");
        }

        private HandleInterface Alike(string name, long count, HandleEvidence fact, int of, HandleProcess? owner, bool isDead)
        {
            string why = histogram.DoubtOf(handles) is { } doubt ? $"Nothing is forced: {doubt}." : "Nothing is forced: other handles can be those.";
            return new(name, InterfaceCertainty.Guess, 0, of, of, string.Create(CultureInfo.CurrentCulture,
                $"{Counted(name, count)}, about as many as its {of} handles{Owner(owner, isDead)}. {why}"), [fact]);
        }

        private string Counted(string name, long count) =>
            $"{Describe(holder)} has {Phrase.Count(count, "live proxy", "live proxies")} of {VisibleText.Name(name)}, counted {histogram.Moment}";

        private static string Owner(HandleProcess? owner, bool isDead) => (owner, isDead) switch
        {
            (null, true) => " of dead nodes",
            (null, false) => " of unknown owners",
            (_, true) => $" of dead nodes of {Describe(owner)}",
            _ => $" of {Describe(owner)}",
        };
    }

    /// <summary>Describes a process in a sentence.</summary>
    internal static string Describe(HandleProcess process) => process.Name is null ? $"process {process.Id}" : $"{process} ({process.Id})";
}
