using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Finds the references that are counted under keys: those of all keys in one pass over the tables of a session.</summary>
internal sealed class ReferenceSearch
{
    private readonly Dictionary<ReferenceScope, LazyReferences> _found = [];
    private readonly Dictionary<OwnerKey, LazyReferences> _byOwner = [];
    private readonly Dictionary<HandleProcess, Dictionary<OwnerKey, LazyReferences>> _byPair = [];

    /// <summary>Searches a session. O(handles of the processes that may hold some, and scopes).</summary>
    /// <param name="session">The session.</param>
    /// <param name="scopes">The scopes, with the numbers of references that were counted in them; 0 if the number is not certain.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal ReferenceSearch(HandleSession session, IEnumerable<(ReferenceScope Scope, int Count)> scopes, CancellationToken cancellationToken)
    {
        foreach ((ReferenceScope scope, int count) in scopes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_found.ContainsKey(scope))
                Add(scope, new LazyReferences(count));
        }

        TableEntry[] entries = [];
        foreach (HandleProcess process in session.GetProcesses())
        {
            cancellationToken.ThrowIfCancellationRequested();
            HandleProcess holder = process.FirstOpen;
            LazyReferences? all = _found.GetValueOrDefault(ReferenceScope.AllOf(holder)), dead = _found.GetValueOrDefault(ReferenceScope.DeadOf(holder));
            Dictionary<OwnerKey, LazyReferences>? pairs = _byPair.GetValueOrDefault(holder);
            if (all is null && dead is null && pairs is null && _byOwner.Count == 0)
                continue;
            ReadOnlySpan<TableEntry> references = process.Table.CopyTo(ref entries);
            all?.Add(process, references);
            if (dead is not null || pairs is not null || _byOwner.Count > 0)
                AddRuns(process, references, dead, pairs);
        }
    }

    /// <summary>Gets the references of a scope that was searched for.</summary>
    internal LazyReferences this[in ReferenceScope scope] => _found[scope];

    private void Add(in ReferenceScope scope, LazyReferences snapshot)
    {
        _found.Add(scope, snapshot);
        OwnerKey owner = new(scope.Key.Owner, scope.Key.IsDead);
        if (scope.By == HandleUsageGrouping.Owner)
        {
            _byOwner.Add(owner, snapshot);
        }
        else if (scope.By == HandleUsageGrouping.Pair)
        {
            if (!_byPair.TryGetValue(scope.Key.Holder!, out Dictionary<OwnerKey, LazyReferences>? pairs))
                _byPair.Add(scope.Key.Holder!, pairs = []);
            pairs.Add(owner, snapshot);
        }
    }

    /// <summary>Adds references by their owners. Neighbors often have one.</summary>
    private void AddRuns(HandleProcess process, ReadOnlySpan<TableEntry> references, LazyReferences? dead, Dictionary<OwnerKey, LazyReferences>? pairs)
    {
        for (int first = 0, end; first < references.Length; first = end)
        {
            HandleNode node = (HandleNode)references[first].Node;
            HandleProcess? owner = node.Owner;
            bool isDead = node.IsDead;
            for (end = first + 1; end < references.Length; end++)
            {
                HandleNode next = (HandleNode)references[end].Node;
                if ((object?)next.Owner != owner || next.IsDead != isDead)
                    break;
            }

            ReadOnlySpan<TableEntry> run = references[first..end];
            if (isDead)
                dead?.Add(process, run);
            OwnerKey key = new(owner?.FirstOpen, isDead);
            if (pairs is not null && pairs.TryGetValue(key, out LazyReferences? ofPair))
                ofPair.Add(process, run);
            if (_byOwner.Count > 0 && _byOwner.TryGetValue(key, out LazyReferences? ofOwner))
                ofOwner.Add(process, run);
        }
    }
}

/// <summary>Represents the references that are counted under a key.</summary>
/// <param name="By">The grouping: by pair, holder or owner.</param>
/// <param name="Key">The key. By holder, a dead one stands for the references to dead nodes.</param>
internal readonly record struct ReferenceScope(HandleUsageGrouping By, UsageKey Key)
{
    internal static ReferenceScope AllOf(HandleProcess holder) => new(HandleUsageGrouping.Holder, new UsageKey(holder.Context, holder, null, false));

    internal static ReferenceScope DeadOf(HandleProcess holder) => new(HandleUsageGrouping.Holder, new UsageKey(holder.Context, holder, null, true));
}
