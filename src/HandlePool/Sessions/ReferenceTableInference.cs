using System.Globalization;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Guesses the interface of the handles that filled a table of JNI references: its summary names the class of most of them.</summary>
/// <remarks>
/// An object that AIDL generated is of class <c>INTERFACE$Stub</c> in the process that offers it, and its proxy of <c>INTERFACE$Stub$Proxy</c> in the one that
/// holds it. A full table ends its process, so that what the dump shows has come since, or is that of the process before. O(handles + facts).
/// </remarks>
internal sealed class ReferenceTableInference
{
    private const string Stub = "$Stub";
    private const string Proxy = "$Stub$Proxy";

    private readonly HandleSession _session;
    private readonly Dictionary<HandleProcess, (HandleEvidence Largest, string Interface, bool IsOfOwner)> _tables = [];

    internal ReferenceTableInference(HandleSession session)
    {
        _session = session;
        ILookup<string, HandleProcess> byName = session.GetProcesses().Where(process => process is { Name: not null, Context: HandleSession.DefaultContext, OpenNumber: 1 }).ToLookup(process => process.Name!);
        Dictionary<HashedId, string> names = [];
        foreach (HandleEvidence fact in session.Evidence)
        {
            if (fact is { Kind: HandleEvidenceKind.Process, Pid: { } known, Name: { Length: > 0 } name })
                names.TryAdd(known, name);
        }

        // Of the tables of a process, the last one is the nearest to the dump.
        foreach (IGrouping<(int?, string?), HandleEvidence> table in session.Evidence.Where(fact => fact is { Kind: HandleEvidenceKind.ReferenceCount, Count: not null, Name: not null })
            .GroupBy(fact => (fact.Pid, fact.Earlier?.Name)).OrderBy(table => table.Max(fact => fact.Time)))
        {
            DateTimeOffset? last = table.Max(fact => fact.Time);
            HandleEvidence[] classes = [.. table.Where(fact => last is null || last - fact.Time <= HandleEvidence.Window).OrderByDescending(fact => fact.Count)];
            if (classes[0] is not { Pid: { } pid, Count: { } most, Name: { } type } largest || InterfaceOf(type) is not { } offered || classes.Sum(fact => (double)fact.Count!.Value) >= 2.0 * most)
                continue;
            HandleProcess? process = largest.Earlier is null ? session.FindProcess(pid, HandleSession.DefaultContext) : null;
            string? named = largest.Earlier?.Name ?? (largest.Earlier is { IsReplaced: true } ? null : names.GetValueOrDefault(pid));
            if (process is null && named is not null && byName[named].Take(2).ToArray() is [{ } successor])
                process = successor;
            if (process is not null)
                _tables[process.FirstOpen] = (largest, offered, !type.EndsWith(Proxy, StringComparison.Ordinal));
        }
    }

    /// <summary>Adds a guess for the pair that has more than half of the nodes or of the handles of the process, if nothing else is known of it.</summary>
    internal void Join(InterfaceKnowledge knowledge)
    {
        if (_tables.Count == 0)
            return;
        Dictionary<(HandleProcess Holder, HandleProcess Owner), List<HandleNode>> pairs = [];
        foreach (HandleProcess holder in _session.GetProcesses().Where(process => process.Context == HandleSession.DefaultContext))
        {
            foreach (HandleReference reference in holder.GetReferences())
            {
                if (reference.IsDead || reference.Node.Owner?.FirstOpen is not { IsUnidentified: false } owner || !(IsOf(owner, isOfOwner: true) || IsOf(holder.FirstOpen, isOfOwner: false)))
                    continue;
                if (!pairs.TryGetValue((holder.FirstOpen, owner), out List<HandleNode>? nodes))
                    pairs.Add((holder.FirstOpen, owner), nodes = []);
                nodes.Add(reference.Node);
            }
        }

        foreach (((HandleProcess holder, HandleProcess owner), List<HandleNode> nodes) in pairs)
        {
            InterfaceScope scope = InterfaceScope.Of(holder, owner, isDead: false);
            if (nodes.Count < InterfaceInference.FewestGuessed || knowledge.Find(scope).Count > 0)
                continue;
            (HandleProcess process, int all, string noun) = IsOf(owner, isOfOwner: true) ? (owner, owner.NodeCount, "node") : (holder, holder.HandleCount, "handle");
            if (2 * nodes.Count > all)
                knowledge.Add(scope, [ToGuess(process, nodes.Count, all, noun)], nodes);
        }
    }

    /// <summary>Returns the interface of a class that AIDL generated; null for all others.</summary>
    private static string? InterfaceOf(string type)
    {
        string end = type.EndsWith(Proxy, StringComparison.Ordinal) ? Proxy : Stub;
        return type.Length > end.Length && type.EndsWith(end, StringComparison.Ordinal) ? type[..^end.Length] : null;
    }

    private bool IsOf(HandleProcess process, bool isOfOwner) => _tables.TryGetValue(process, out var table) && table.IsOfOwner == isOfOwner;

    private HandleInterface ToGuess(HandleProcess process, int of, int all, string noun)
    {
        (HandleEvidence largest, string name, _) = _tables[process];
        string moment = _session.Time is { } time && largest.Time is { } counted ? InterfaceInference.Moment(time - counted) : "at an unknown time";
        string whose = largest.Pid == process.Id ? InterfaceInference.Describe(process) : string.Create(CultureInfo.InvariantCulture, $"{process} ({largest.Pid})");
        return new HandleInterface(name, InterfaceCertainty.Guess, 0, of, of, string.Create(CultureInfo.CurrentCulture,
            $"Most references of the table of {whose} that was full {moment}, {largest.Count}, were of {VisibleText.Name(largest.Name!)}, and these are {of} of its {Phrase.Count(all, noun)}. Nothing is forced: what has come since may be of another."),
            [largest]);
    }
}
