using System.Numerics;
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
        int first = 0;
        HandleNode? previous = null;
        for (int index = 0; index < references.Length; index += OwnerRuns.MostAtOnce)
        {
            ReadOnlySpan<TableEntry> some = references.Slice(index, Math.Min(OwnerRuns.MostAtOnce, references.Length - index));
            for (uint starts = OwnerRuns.StartsOf(some, previous); starts != 0; starts &= starts - 1)
            {
                int start = index + BitOperations.TrailingZeroCount(starts);
                AddRun(process, references[first..start], dead, pairs);
                first = start;
            }

            previous = (HandleNode)some[^1].Node;
        }

        AddRun(process, references[first..], dead, pairs);
    }

    private void AddRun(HandleProcess process, ReadOnlySpan<TableEntry> run, LazyReferences? dead, Dictionary<OwnerKey, LazyReferences>? pairs)
    {
        if (run.IsEmpty)
            return;
        HandleNode node = (HandleNode)run[0].Node;
        if (node.IsDead)
            dead?.Add(process, run);
        OwnerKey key = new(node.Owner?.FirstOpen, node.IsDead);
        if (pairs is not null && pairs.TryGetValue(key, out LazyReferences? ofPair))
            ofPair.Add(process, run);
        if (_byOwner.Count > 0 && _byOwner.TryGetValue(key, out LazyReferences? ofOwner))
            ofOwner.Add(process, run);
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
