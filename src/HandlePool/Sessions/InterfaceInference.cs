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
    internal static InterfaceKnowledge Infer(HandleSession session)
    {
        if (!session.Evidence.Any(fact => fact.Kind is HandleEvidenceKind.InterfaceCount or HandleEvidenceKind.Service or HandleEvidenceKind.ServiceClients))
            return InterfaceKnowledge.None;
        InterfaceKnowledge knowledge = new();
        string? cut = IncompleteState.GapsOf(session).Count > 0 ? "the dump was cut off" : null;
        foreach ((HandleProcess holder, InterfaceHistogram histogram) in FindHistograms(session, cut))
            Join(knowledge, session, holder, histogram);
        if (cut is null)
            new ServiceInference(session).Join(knowledge);
        return knowledge;
    }

    /// <summary>Returns the histograms that are of the dump's time or may be: for each process one.</summary>
    private static IEnumerable<(HandleProcess Holder, InterfaceHistogram Histogram)> FindHistograms(HandleSession session, string? cut)
    {
        Dictionary<HashedId, List<List<HandleEvidence>>> logged = [];
        List<HandleEvidence> listed = [];
        foreach (HandleEvidence fact in session.Evidence)
        {
            if (fact.Kind != HandleEvidenceKind.InterfaceCount)
                continue;
            if (fact.Pid is not { } pid)
            {
                listed.Add(fact);
                continue;
            }

            if (!logged.TryGetValue(pid, out List<List<HandleEvidence>>? histograms))
                logged.Add(pid, histograms = []);

            // A process prints its interfaces by rank.
            if (histograms.Count == 0 || fact.Rank <= histograms[^1][^1].Rank || (fact.Time - histograms[^1][^1].Time)?.Duration() > HandleEvidence.Window)
                histograms.Add([]);
            histograms[^1].Add(fact);
        }

        HandleProcess? system = null;
        if (listed.Count > 0 && session.GetProcesses().Where(process => process is { Name: BinderProxyParser.SystemServer, Context: HandleSession.DefaultContext, OpenNumber: 1 })
            .Take(2).ToArray() is [{ } only])
        {
            system = only;
            yield return (system, new InterfaceHistogram(listed, "in the same report", cut ?? DoubtOf(system)));
        }

        foreach ((HashedId pid, List<List<HandleEvidence>> histograms) in logged)
        {
            int id = histograms[0][0].Pid!.Value;
            if (id == system?.Id || session.FindProcess(id, HandleSession.DefaultContext) is not { } holder)
                continue;
            List<HandleEvidence> nearest = histograms.MinBy(histogram => Distance(session, histogram) ?? TimeSpan.MaxValue)!;
            TimeSpan? distance = Distance(session, nearest);
            if (distance <= HandleEvidence.Window)
                yield return (holder, new InterfaceHistogram(nearest, Moment(session.Time!.Value - nearest[0].Time!.Value), cut ?? DoubtOf(holder)));
            else if (distance is null)
                yield return (holder, new InterfaceHistogram(nearest, "at an unknown time", "the time between the dump and the count is unknown"));
        }
    }

    private static TimeSpan? Distance(HandleSession session, List<HandleEvidence> histogram) => (session.Time - histogram[0].Time)?.Duration();

    private static string Moment(TimeSpan before)
    {
        long seconds = (long)Math.Round(before.TotalSeconds);
        return seconds == 0 ? "at the time of the dump" : $"{Phrase.Count(Math.Abs(seconds), "second")} {(seconds > 0 ? "before" : "after")} the time of the dump";
    }

    private static string? DoubtOf(HandleProcess holder) => holder.CountSource == HandleCountSource.State ? null : "the dump does not show all handles of the process";

    /// <summary>Says what a histogram forces of each pair of its process, and of all its handles.</summary>
    private static void Join(InterfaceKnowledge knowledge, HandleSession session, HandleProcess holder, InterfaceHistogram histogram)
    {
        knowledge.Add(holder, histogram);
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
        int[] sizes = [.. pairs.Values.Select(pair => pair.Nodes.Count).Order()];
        PairWords words = new(holder, histogram, references.Length, manager is not null);
        knowledge.Add(InterfaceScope.AllOf(holder), [.. InOrder(histogram.Bound(references.Length, references.Length, manager, includesManager: true), references.Length, words.OfAll)], []);
        foreach ((InterfaceScope scope, (HandleProcess? owner, List<HandleNode> nodes, bool hasManager)) in pairs)
        {
            if (owner is { IsUnidentified: true })
                continue;
            List<HandleInterface> statements = InOrder(histogram.Bound(references.Length, nodes.Count, manager, hasManager).Where(bound => bound.Count > bound.Elsewhere), nodes.Count,
                bound => words.OfPair(bound, nodes.Count, owner, scope.IsDead, hasManager));
            if (statements.Count == 0 && histogram.FindAlike(nodes.Count) is var (name, count, fact)
                && InterfaceHistogram.Alike.CountOf(sizes, count) == 1)
                statements.Add(words.Alike(name, count, fact, nodes.Count, owner, scope.IsDead));
            knowledge.Add(scope, statements, nodes);
        }
    }

    private static List<HandleInterface> InOrder(IEnumerable<InterfaceBound> bounds, int of, Func<InterfaceBound, string> reason) =>
        [.. bounds.OrderByDescending(bound => bound.AtLeast).ThenBy(bound => bound.Name, StringComparer.Ordinal)
            .Select(bound => new HandleInterface(bound.Name, bound.Fact is null ? InterfaceCertainty.Certain : InterfaceCertainty.Bounded, bound.AtLeast, bound.AtMost, of, reason(bound),
                bound.Fact is { } fact ? [fact] : []))];

    /// <summary>Writes the arithmetic of a histogram.</summary>
    private sealed class PairWords(HandleProcess holder, InterfaceHistogram histogram, int handles, bool hasManager)
    {
        private const string Drift = " Each handle that was taken or dropped in between can shift this by one.";

        internal string OfAll(InterfaceBound bound) => bound.Fact is null
            ? "Handle 0 is the service manager's."
            : $"{Counted(bound.Name, bound.Count)}, each with a handle of its own.{Drift}";

        internal string OfPair(InterfaceBound bound, int of, HandleProcess? owner, bool isDead, bool includesManager)
        {
            string only = hasManager && !includesManager ? "Besides handle 0, only" : "Only";
            return string.Create(CultureInfo.CurrentCulture,
                $"{Counted(bound.Name, bound.Count)}. {only} {bound.Elsewhere} of its {handles} handles are not{Owner(owner, isDead)}, so that at least {bound.Count} - {bound.Elsewhere} = {bound.AtLeast} of the {of} that are must be of it.{Drift}");
        }

        internal HandleInterface Alike(string name, long count, HandleEvidence fact, int of, HandleProcess? owner, bool isDead)
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
