using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Counts the handles of each holder by interface: as many as are of it at least.</summary>
/// <remarks>
/// The numbers of a holder are lower bounds that hold at once, so that their sum is not more than its handles. Where it is, the session
/// has changed since the dump, and only the nodes count whose own interface is known.
/// </remarks>
internal sealed class InterfaceTally(HandleSession session)
{
    private readonly Dictionary<HandleProcess, Holding> _holdings = [];

    /// <summary>Adds a reference of a process, which is counted or is only one of those that its holder has.</summary>
    internal void Add(HandleProcess process, in TableEntry reference, bool isIncluded)
    {
        HandleNode node = (HandleNode)reference.Node;
        HandleProcess holder = process.FirstOpen;
        if (!_holdings.TryGetValue(holder, out Holding? holding))
            _holdings.Add(holder, holding = new Holding());
        holding.Handles++;
        holding.HasManager |= reference.Handle == 0;
        if (!isIncluded)
            return;
        holding.Included++;
        holding.IncludesManager |= reference.Handle == 0;
        string? name = node.Interface;
        if (name is not null)
            holding.Known[name] = holding.Known.GetValueOrDefault(name) + 1;
        if (!session.Interfaces.IsEmpty && node.Owner?.FirstOpen is { } owner)
            holding.Owners.Add((owner, node.IsDead));
    }

    /// <summary>Returns the counts.</summary>
    /// <param name="counts">The counts of the handles by the interfaces of their nodes, without what is known only of groups.</param>
    /// <param name="all">The number of all handles.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal IEnumerable<HandleUsage> ToUsages(Dictionary<UsageKey, UsageCount> counts, long all, CancellationToken cancellationToken)
    {
        Dictionary<(string, HandleProcess), (UsageKey Key, UsageCount Count)> totals = [];
        foreach ((UsageKey key, UsageCount count) in counts.WithCancellation(cancellationToken))
        {
            UsageCount total = totals.GetValueOrDefault((key.Context, key.Holder!)).Count;
            total.Add(count);
            totals[(key.Context, key.Holder!)] = (key with { Interface = null }, total);
        }

        foreach ((UsageKey key, UsageCount total) in totals.Values)
        {
            int left = total.Handles;
            foreach (HandleInterface bound in _holdings.TryGetValue(key.Holder!, out Holding? holding) ? Bound(key.Holder!, holding, cancellationToken) : [])
            {
                left -= bound.AtLeast;
                yield return new HandleUsage(session, HandleUsageGrouping.Interface, key with { Interface = bound.Name },
                    new UsageCount { Source = total.Source, Handles = bound.AtLeast }, all, bound: bound);
            }

            if (left > 0)
                yield return new HandleUsage(session, HandleUsageGrouping.Interface, key, new UsageCount { Source = total.Source, Handles = left }, all);
        }
    }

    private IEnumerable<HandleInterface> Bound(HandleProcess holder, Holding holding, CancellationToken cancellationToken)
    {
        string? manager = holding.HasManager ? InterfaceKnowledge.ManagerOf(holder.Context) : null;
        if (holding.IncludesManager && manager is not null && !holding.Known.ContainsKey(manager))
            holding.Known[manager] = 1;
        Dictionary<string, HandleInterface> bounds = [];
        foreach ((string name, int known) in holding.Known.WithCancellation(cancellationToken))
        {
            bool isManagers = name == manager && known == 1 && holding.IncludesManager;
            bounds.Add(name, new HandleInterface(name, isManagers ? InterfaceCertainty.Certain : InterfaceCertainty.Bounded, known, holding.Included, holding.Included,
                isManagers ? "Handle 0 is the service manager's." : "The nodes of these handles are known to be of it.", []));
        }

        Dictionary<string, HandleInterface> forced = new(bounds);
        foreach (HandleInterface bound in FindBounds(holder, holding, manager, cancellationToken))
        {
            if (!forced.TryGetValue(bound.Name, out HandleInterface? known) || known.AtLeast < bound.AtLeast)
                forced[bound.Name] = bound;
        }

        Dictionary<string, HandleInterface> result = forced.Values.Sum(bound => (long)bound.AtLeast) <= holding.Included ? forced : bounds;

        // An object of HIDL has several interfaces, so that those of one interface leave room for all.
        int others = holder.Context == InterfaceKnowledge.HidlContext ? 0 : result.Values.Sum(bound => bound.AtLeast);
        return [.. result.Values.Select(bound => new HandleInterface(bound.Name, bound.Certainty, bound.AtLeast,
            Math.Min(bound.AtMost, holding.Included - Math.Max(0, others - bound.AtLeast)), holding.Included, bound.Reason, bound.Evidence))];
    }

    /// <summary>Returns what is forced of groups of the handles.</summary>
    private IEnumerable<HandleInterface> FindBounds(HandleProcess holder, Holding holding, string? manager, CancellationToken cancellationToken)
    {
        if (session.Interfaces.FindHistogram(holder) is { } histogram)
        {
            foreach (InterfaceBound bound in histogram.Bound(holding.Handles, holding.Included, manager, holding.IncludesManager).WithCancellation(cancellationToken))
            {
                if (bound.Fact is { } fact)
                {
                    yield return new HandleInterface(bound.Name, InterfaceCertainty.Bounded, bound.AtLeast, bound.AtMost, holding.Included,
                        $"There are {bound.Count} live proxies of it, counted {histogram.Moment}, and {bound.Elsewhere} handles that are not counted here can be such.", [fact]);
                }
            }
        }

        if (!holder.IsOfManager)
            yield break;

        // Each server's nodes are apart from those of the others.
        Dictionary<string, (int Count, HandleInterface First)> services = [];
        foreach ((HandleProcess owner, bool isDead) in holding.Owners)
        {
            foreach (HandleInterface statement in session.Interfaces.Find(InterfaceScope.Of(holder, owner, isDead)).WithCancellation(cancellationToken))
            {
                if (statement.Certainty == InterfaceCertainty.Bounded && holder.Context != InterfaceKnowledge.HidlContext)
                    services[statement.Name] = services.TryGetValue(statement.Name, out var known) ? (known.Count + statement.AtLeast, known.First) : (statement.AtLeast, statement);
            }
        }

        if (holding.Included == holding.Handles)
        {
            foreach (HandleInterface statement in session.Interfaces.Find(InterfaceScope.AllOf(holder)))
                services.TryAdd(statement.Name, (statement.AtLeast, statement));
        }

        foreach ((string name, (int count, HandleInterface first)) in services.WithCancellation(cancellationToken))
        {
            yield return new HandleInterface(name, InterfaceCertainty.Bounded, count, holding.Included, holding.Included,
                "The service manager holds the services of this interface.", first.Evidence);
        }
    }

    /// <summary>Represents the handles of one holder.</summary>
    private sealed class Holding
    {
        internal int Handles { get; set; }

        internal int Included { get; set; }

        internal bool HasManager { get; set; }

        internal bool IncludesManager { get; set; }

        /// <summary>Gets the numbers of handles whose nodes have known interfaces.</summary>
        internal Dictionary<string, int> Known { get; } = [];

        /// <summary>Gets the owners of the nodes.</summary>
        internal HashSet<(HandleProcess Owner, bool IsDead)> Owners { get; } = [];
    }
}
