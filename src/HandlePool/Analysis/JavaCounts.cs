using HandlePool.Tables;
using HandlePool.Text;
using static HandlePool.Analysis.LeakWords;

namespace HandlePool.Analysis;

/// <summary>Compares the binder objects that Java processes count themselves with the driver's counts: of a framework's leak Java has as many.</summary>
/// <remarks>
/// The memory report counts the objects of the Java runtime: a handle that a Java object holds has one or more of its proxies, and a node that a Java
/// object is behind one or more of its local binders, as collected objects may still be counted. So what is more in the driver is of native code;
/// the reverse is not forced. These processes use one context.
/// </remarks>
internal sealed class JavaCounts
{
    // From this share on, most handles are likely to have an object in Java.
    private const double MostShare = 0.8;

    // Null where a report tells different numbers.
    private readonly Dictionary<(HandleEvidenceKind, HashedId), HandleEvidence?> _facts = [];

    internal JavaCounts(HandleSession session)
    {
        foreach (HandleEvidence fact in session.Evidence)
        {
            if (fact is not { Kind: HandleEvidenceKind.LocalBinders or HandleEvidenceKind.ProxyBinders or HandleEvidenceKind.DeathRecipients, Earlier: null, Pid: { } pid, Count: not null })
                continue;
            if (!_facts.TryAdd((fact.Kind, pid), fact) && _facts[(fact.Kind, pid)]?.Count != fact.Count)
                _facts[(fact.Kind, pid)] = null;
        }
    }

    /// <summary>Returns the line of the memory report that counts objects of a process; null if there is none, or if it tells different numbers.</summary>
    internal HandleEvidence? Find(HandleEvidenceKind kind, HandleProcess? process) =>
        process?.Context == HandleSession.DefaultContext ? _facts.GetValueOrDefault((kind, process.Id)) : null;

    /// <summary>Returns what the memory reports of its processes say of a usage, as sentences.</summary>
    internal IEnumerable<string> Describe(HandleUsage usage)
    {
        if (usage.Holder is { } holder && DescribeHandles(holder, usage.Handles) is { } handles)
            yield return handles;
        if (usage is { Owner: { IsDead: false } owner, IsDead: false } && DescribeNodes(owner) is { } nodes)
            yield return nodes;
    }

    /// <summary>Compares the proxies of a holder with its handles, or with some of them.</summary>
    internal string? DescribeHandles(HandleProcess holder, int handles)
    {
        if (Find(HandleEvidenceKind.ProxyBinders, holder) is not { Count: { } proxies } fact)
            return null;
        int all = holder.HandleCount;
        string counted = $"{Subject(holder)} has {Phrase.Count(proxies, "proxy", "proxies")} in Java for {Count(all, "handle")} ({Source(fact)})";
        return 2 * (handles - proxies) >= handles && handles > 0 ? $"{counted}: at least {N(handles - proxies)} of the {N(handles)} are held by native code alone."
            : MostShare * proxies > all ? $"{counted}. These contradict each other: objects wait to be collected, or the counts are of different times."
            : proxies >= MostShare * all ? $"{counted}, which suggests that Java code holds them."
            : $"{counted}, which does not tell whether Java or native code holds them.";
    }

    /// <summary>Compares the local binders of an owner with its nodes.</summary>
    internal string? DescribeNodes(HandleProcess owner)
    {
        if (Find(HandleEvidenceKind.LocalBinders, owner) is not { Count: { } locals } fact)
            return null;
        int nodes = owner.NodeCount;
        string counted = $"{Subject(owner)} has {Phrase.Count(locals, "local binder")} in Java for {Count(nodes, "node")} ({Source(fact)})";
        return nodes > 0 && 2 * (nodes - locals) >= nodes ? $"{counted}: at least {N(nodes - locals)} of these are objects of native code."
            : locals >= MostShare * nodes ? $"{counted}, which suggests that they are objects of Java code."
            : $"{counted}, which does not tell whether they are of Java or of native code.";
    }

    private static string Source(HandleEvidence fact) => VisibleText.Of(fact.ShortSource);
}
