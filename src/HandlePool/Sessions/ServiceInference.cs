using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Joins the lists of services of a report with the nodes that the service managers of its dump hold.</summary>
internal sealed class ServiceInference
{
    // One interface of a server may be that of many services.
    private const int MostFacts = 4;

    private readonly HandleSession _session;
    private readonly Dictionary<(string Context, HashedId Server), Dictionary<string, List<HandleEvidence>>> _byServer = [];
    private readonly Dictionary<string, HandleEvidence> _listed = [];
    private readonly List<(string Context, HashedId Server, string Interface, HandleEvidence Fact)> _clients = [];

    internal ServiceInference(HandleSession session)
    {
        _session = session;
        HandleEvidence[] details = [.. session.Evidence.Where(fact => fact is { Kind: HandleEvidenceKind.ServiceClients, Name: not null })];
        ILookup<string, HandleEvidence> hosts = details.Where(fact => fact.Pid is not null).ToLookup(fact => fact.Name!);
        ILookup<string, HandleEvidence> clients = details.Where(fact => fact.Clients.Count > 0).ToLookup(fact => fact.Name!);
        foreach (IGrouping<string, HandleEvidence> service in session.Evidence
            .Where(fact => fact is { Kind: HandleEvidenceKind.Service, IsHardware: false, Interface: not null, Name: not null }).GroupBy(fact => fact.Name!))
        {
            // What was registered again meanwhile, or is said differently, is not one object.
            HandleEvidence first = service.First();
            string name = first.Interface!;
            if (service.Any(fact => fact.Interface != name))
                continue;
            _listed.TryAdd(name, first);
            if (hosts[service.Key].DistinctBy(fact => fact.Pid).Take(2).ToArray() is not [{ Pid: { } host } line])
                continue;
            Add(HandleSession.DefaultContext, host, name, first);
            Add(HandleSession.DefaultContext, host, name, line);
            if (clients[service.Key].Take(2).ToArray() is [{ } list])
                _clients.Add((HandleSession.DefaultContext, host, name, list));
        }

        foreach (HandleEvidence service in session.Evidence)
        {
            // What is passed through is loaded by its client, and not registered.
            if (service is not { Kind: HandleEvidenceKind.Service, IsHardware: true, Pid: { } server, Interface: { } name } || service.Text.Contains("passthrough", StringComparison.Ordinal))
                continue;
            Add(InterfaceKnowledge.HidlContext, server, name, service);
            if (service.Clients.Count > 0)
                _clients.Add((InterfaceKnowledge.HidlContext, server, name, service));
        }
    }

    /// <summary>Adds what is forced of the nodes that each service manager holds, and the nodes that lists of clients fit.</summary>
    internal void Join(InterfaceKnowledge knowledge)
    {
        foreach (string context in (string[])[HandleSession.DefaultContext, InterfaceKnowledge.HidlContext])
        {
            HandleProcess? manager = _session.GetProcesses().FirstOrDefault(process => process.Context == context && process.IsOfManager)?.FirstOpen;
            if (manager is null || manager.CountSource != HandleCountSource.State)
                continue;
            HandleReference[] references = [.. _session.GetOpens(manager).SelectMany(open => open.GetReferences())];
            ILookup<HashedId, HandleNode> byServer = references.Where(reference => reference is { IsDead: false, Owner.IsUnidentified: false })
                .ToLookup(reference => (HashedId)reference.Owner!.Id, reference => reference.Node);
            if (context == HandleSession.DefaultContext && _listed.Count <= references.Length)
            {
                knowledge.Add(InterfaceScope.AllOf(manager),
                    [.. _listed.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => OfList(each.Key, each.Value, manager, references.Length))], []);
            }

            foreach (IGrouping<HashedId, HandleNode> nodes in byServer)
            {
                if (_byServer.TryGetValue((context, nodes.Key), out Dictionary<string, List<HandleEvidence>>? interfaces))
                    Join(knowledge, manager, nodes.First().Owner!.FirstOpen, [.. nodes], interfaces);
            }

            JoinClients(knowledge, context, byServer);
        }
    }

    private static HandleInterface OfList(string name, HandleEvidence service, HandleProcess manager, int handles) => new(name, InterfaceCertainty.Bounded, 1, handles, handles,
        $"Service {VisibleText.Name(service.Name!)} has this interface, and {InterfaceInference.Describe(manager)} holds each service.", [service]);

    /// <summary>Says what services force of the nodes of their server that the manager holds: each is one of these.</summary>
    private static void Join(InterfaceKnowledge knowledge, HandleProcess manager, HandleProcess server, HandleNode[] nodes, Dictionary<string, List<HandleEvidence>> interfaces)
    {
        bool isHidl = manager.Context == InterfaceKnowledge.HidlContext;
        bool isContradicted = !isHidl && interfaces.Count > nodes.Length;
        string held = $"{InterfaceInference.Describe(manager)} holds {Phrase.Count(nodes.Length, "node")} of {InterfaceInference.Describe(server)}";
        string reason = isContradicted
            ? $"{held}, fewer than the {interfaces.Count} interfaces of its services in the report. Nothing is forced: the services have changed in between."
            : isHidl ? $"{held}, which offers this interface. An object has the interfaces of its parents, too."
            : $"{held}, which offers services of {Phrase.Count(interfaces.Count, "interface")}, each of them another node.";
        InterfaceCertainty certainty = isContradicted ? InterfaceCertainty.Guess : InterfaceCertainty.Bounded;
        int least = isContradicted ? 0 : 1;
        int most = isContradicted ? 1 : isHidl ? nodes.Length : nodes.Length - interfaces.Count + 1;

        // Of the versions of an interface of HIDL, the last is the object's own.
        IEnumerable<string> names = isHidl ? interfaces.Keys.OrderDescending(StringComparer.Ordinal) : interfaces.Keys.Order(StringComparer.Ordinal);
        knowledge.Add(InterfaceScope.Of(manager, server, isDead: false),
            [.. names.Select(name => new HandleInterface(name, certainty, least, most, nodes.Length, reason, interfaces[name]))], nodes);
    }

    /// <summary>Adds a guess for each node that the clients of one service hold, and nobody else.</summary>
    private void JoinClients(InterfaceKnowledge knowledge, string context, ILookup<HashedId, HandleNode> byServer)
    {
        (HashedId Server, string Interface, HandleEvidence Fact)[] services = [.. _clients
            .Where(each => each.Context == context && byServer.Contains(each.Server)).Select(each => (each.Server, each.Interface, each.Fact))];
        if (services.Length == 0)
            return;
        Dictionary<HashedId, SortedSet<int>> holders = services.Select(each => each.Server).Distinct().SelectMany(server => byServer[server])
            .DistinctBy(node => node.Id).ToDictionary(node => (HashedId)node.Id, _ => new SortedSet<int>());
        HashSet<HashedId> running = [];
        foreach (HandleProcess process in _session.GetProcesses().Where(process => process.Context == context))
        {
            running.Add(process.Id);
            foreach (HandleReference reference in process.GetReferences())
            {
                if (holders.TryGetValue(reference.Node.Id, out SortedSet<int>? known))
                    known.Add(process.Id);
            }
        }

        foreach (IGrouping<HashedId, (HashedId Server, string Interface, HandleEvidence Fact)> ofServer in services.GroupBy(each => each.Server))
        {
            ILookup<string, HandleNode> byHolders = byServer[ofServer.Key].DistinctBy(node => node.Id).ToLookup(node => string.Join(',', holders[node.Id]));
            foreach (var ofClients in ofServer.GroupBy(each => string.Join(',', each.Fact.Clients.Where(pid => running.Contains(pid)).Distinct().Order())))
            {
                // Several services of the same clients could each be the node.
                if (ofClients.Key.Length == 0 || byHolders[ofClients.Key].Take(2).ToArray() is not [{ } node] || knowledge.NameOf(node) is not null
                    || ofClients.DistinctBy(each => each.Interface).Take(2).ToArray() is not [var (_, name, fact)])
                    continue;
                knowledge.Add(node, new HandleList<HandleInterface>([new HandleInterface(name, InterfaceCertainty.Guess, 0, 1, 1,
                    $"It is the only service of {InterfaceInference.Describe(node.Owner!)} whose clients are the holders of this node. Nothing is forced: clients come and go.", [fact])]));
            }
        }
    }

    private void Add(string context, int server, string name, HandleEvidence fact)
    {
        if (!_byServer.TryGetValue((context, server), out Dictionary<string, List<HandleEvidence>>? interfaces))
            _byServer.Add((context, server), interfaces = []);
        if (!interfaces.TryGetValue(name, out List<HandleEvidence>? facts))
            interfaces.Add(name, facts = []);
        if (facts.Count < MostFacts && !facts.Contains(fact))
            facts.Add(fact);
    }
}
