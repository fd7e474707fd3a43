using System.Numerics;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Finds the references that are counted under keys: those of all keys in one pass over the tables of a session.</summary>
internal sealed class ReferenceSearch
{
    private readonly Dictionary<ReferenceScope, LazyReferences> _found = [];
    private readonly Dictionary<OwnerKey, LazyReferences> _byOwner = [];

    // Of those opens that are not the first themselves.
    private readonly Dictionary<HandleProcess, HandleProcess> _firstOpens = [];
    private readonly Dictionary<HandleProcess, Dictionary<OwnerKey, LazyReferences>> _byPair = [];

    /// <summary>Searches a session. O(handles of the processes that may hold some, and scopes).</summary>
    /// <param name="session">The session.</param>
    /// <param name="scopes">The scopes.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    internal ReferenceSearch(HandleSession session, IEnumerable<ReferenceScope> scopes, CancellationToken cancellationToken)
    {
        foreach (ReferenceScope scope in scopes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_found.ContainsKey(scope))
                Add(scope, new LazyReferences());
        }

        // Which open of a device is the first is known under the session's lock.
        foreach (HandleProcess process in session.GetProcesses(includeDead: true).WithCancellation(cancellationToken))
        {
            if (process.FirstOpen is var first && first != (object)process)
                _firstOpens.Add(process, first);
        }

        HandleProcess[] holders = Array.FindAll(session.GetProcesses(), process => _byOwner.Count > 0 || MayHold(FirstOpenOf(process)!));
        foreach (Finding[] findings in TableSweep.Read(holders, areLocked => new Reader(this, areLocked), static (reader, holder) => reader.Read(holder), cancellationToken))
        {
            foreach (Finding finding in findings)
                finding.Scope.Add(finding.Holder, finding.References);
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

    private bool MayHold(HandleProcess holder) =>
        _found.ContainsKey(ReferenceScope.AllOf(holder)) || _found.ContainsKey(ReferenceScope.DeadOf(holder)) || _byPair.ContainsKey(holder);

    private HandleProcess? FirstOpenOf(HandleProcess? process) => process is not null && _firstOpens.TryGetValue(process, out HandleProcess? first) ? first : process;

    /// <summary>Finds the references of processes, one after the other.</summary>
    private sealed class Reader(ReferenceSearch search, bool areLocked)
    {
        private readonly TableSnapshot _snapshot = new(areLocked);

        // Those of one process, by the list of the scope that they are for. The lists are used again and again.
        private readonly Dictionary<LazyReferences, List<TableEntry>> _parts = [];

        internal Finding[] Read(HandleProcess process)
        {
            HandleProcess holder = search.FirstOpenOf(process)!;
            LazyReferences? all = search._found.GetValueOrDefault(ReferenceScope.AllOf(holder)), dead = search._found.GetValueOrDefault(ReferenceScope.DeadOf(holder));
            Dictionary<OwnerKey, LazyReferences>? pairs = search._byPair.GetValueOrDefault(holder);
            ReadOnlySpan<TableEntry> references = _snapshot.Of(process);
            if (all is not null)
                Add(all, references);
            if (dead is not null || pairs is not null || search._byOwner.Count > 0)
                AddRuns(references, dead, pairs);
            List<Finding> findings = [];
            foreach ((LazyReferences scope, List<TableEntry> part) in _parts)
            {
                if (part.Count > 0)
                    findings.Add(new Finding(scope, process, [.. part]));
                part.Clear();
            }

            return [.. findings];
        }

        /// <summary>Adds references by their owners. Neighbors often have one.</summary>
        private void AddRuns(ReadOnlySpan<TableEntry> references, LazyReferences? dead, Dictionary<OwnerKey, LazyReferences>? pairs)
        {
            int first = 0;
            HandleNode? previous = null;
            for (int index = 0; index < references.Length; index += OwnerRuns.MostAtOnce)
            {
                ReadOnlySpan<TableEntry> some = references.Slice(index, Math.Min(OwnerRuns.MostAtOnce, references.Length - index));
                for (uint starts = OwnerRuns.StartsOf(some, previous); starts != 0; starts &= starts - 1)
                {
                    int start = index + BitOperations.TrailingZeroCount(starts);
                    AddRun(references[first..start], dead, pairs);
                    first = start;
                }

                previous = OwnerRuns.NodeOf(some[^1]);
            }

            AddRun(references[first..], dead, pairs);
        }

        private void AddRun(ReadOnlySpan<TableEntry> run, LazyReferences? dead, Dictionary<OwnerKey, LazyReferences>? pairs)
        {
            if (run.IsEmpty)
                return;
            HandleNode node = OwnerRuns.NodeOf(run[0]);
            if (node.IsDead && dead is not null)
                Add(dead, run);
            OwnerKey key = new(search.FirstOpenOf(node.Owner), node.IsDead);
            if (pairs is not null && pairs.TryGetValue(key, out LazyReferences? ofPair))
                Add(ofPair, run);
            if (search._byOwner.Count > 0 && search._byOwner.TryGetValue(key, out LazyReferences? ofOwner))
                Add(ofOwner, run);
        }

        private void Add(LazyReferences scope, ReadOnlySpan<TableEntry> references)
        {
            if (!_parts.TryGetValue(scope, out List<TableEntry>? part))
                _parts.Add(scope, part = []);
            part.AddRange(references);
        }
    }

    /// <summary>Represents what was found of one process.</summary>
    /// <param name="Scope">The references of the scope that they are for.</param>
    /// <param name="Holder">The process.</param>
    /// <param name="References">The references.</param>
    private readonly record struct Finding(LazyReferences Scope, HandleProcess Holder, TableEntry[] References);
}

/// <summary>Represents the references that are counted under a key.</summary>
/// <param name="By">The grouping: by pair, holder or owner.</param>
/// <param name="Key">The key. By holder, a dead one stands for the references to dead nodes.</param>
internal readonly record struct ReferenceScope(HandleUsageGrouping By, UsageKey Key)
{
    internal static ReferenceScope AllOf(HandleProcess holder) => new(HandleUsageGrouping.Holder, new UsageKey(holder.Context, holder, null, false));

    internal static ReferenceScope DeadOf(HandleProcess holder) => new(HandleUsageGrouping.Holder, new UsageKey(holder.Context, holder, null, true));
}
