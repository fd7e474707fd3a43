using HandlePool.Tables;

namespace HandlePool;

/// <summary>Represents what a report says of the interfaces of a session's nodes, as of its dump. Only the importer changes it.</summary>
internal sealed class InterfaceKnowledge
{
    private const string AidlManager = "android.os.IServiceManager";
    private const string HidlManager = "android.hidl.manager@1.0::IServiceManager";

    /// <summary>The context of HIDL: an object has the interfaces of its parents there, too.</summary>
    internal const string HidlContext = "hwbinder";

    private readonly Dictionary<HashedId, InterfaceHistogram> _histograms = [];
    private readonly Dictionary<InterfaceScope, HandleList<HandleInterface>> _scopes = [];
    private readonly Dictionary<HashedId, List<HandleList<HandleInterface>>> _nodes = [];

    /// <summary>Gets an empty list.</summary>
    internal static HandleList<HandleInterface> NoStatements { get; } = new([]);

    /// <summary>Gets what is known without a report.</summary>
    internal static InterfaceKnowledge None { get; } = new();

    /// <summary>Gets whether a report says something.</summary>
    internal bool IsEmpty => _histograms.Count == 0 && _scopes.Count == 0;

    /// <summary>Returns the interface of the manager of a context; null if it is not one of Android's.</summary>
    internal static string? ManagerOf(string context) => context switch
    {
        HandleSession.DefaultContext or "vndbinder" => AidlManager,
        HidlContext => HidlManager,
        _ => null,
    };

    /// <summary>Sets the histogram of a process.</summary>
    internal void Add(HandleProcess holder, InterfaceHistogram histogram) => _histograms.Add(holder.Id, histogram);

    /// <summary>Adds statements about handles, the strongest first, which are also statements about each of their nodes.</summary>
    internal void Add(InterfaceScope scope, IReadOnlyList<HandleInterface> statements, IEnumerable<HandleNode> nodes)
    {
        if (statements.Count == 0)
            return;
        HandleList<HandleInterface> list = new([.. statements]);
        _scopes[scope] = _scopes.TryGetValue(scope, out HandleList<HandleInterface>? others) ? new HandleList<HandleInterface>(InOrder(others.Concat(list))) : list;
        foreach (HandleNode node in nodes)
            Add(node, list);
    }

    /// <summary>Adds statements about a node.</summary>
    internal void Add(HandleNode node, HandleList<HandleInterface> statements)
    {
        if (!_nodes.TryGetValue(node.Id, out List<HandleList<HandleInterface>>? known))
            _nodes.Add(node.Id, known = []);
        known.Add(statements);
    }

    /// <summary>Returns the histogram of a process; null if there is none.</summary>
    internal InterfaceHistogram? FindHistogram(HandleProcess holder) =>
        holder.Context == HandleSession.DefaultContext ? _histograms.GetValueOrDefault(holder.Id) : null;

    /// <summary>Returns the statements about handles; empty if there are none.</summary>
    internal HandleList<HandleInterface> Find(InterfaceScope scope) => _scopes.GetValueOrDefault(scope, NoStatements);

    /// <summary>Returns the statements about a node, the strongest first; empty if there are none.</summary>
    internal HandleList<HandleInterface> Find(HandleNode node)
    {
        HandleInterface? manager = node.Owner?.BinderContext is { } context && context.ManagerNode == node && ManagerOf(context.Name) is { } name
            ? OfManager(name)
            : null;
        List<HandleList<HandleInterface>> known = _nodes.GetValueOrDefault(node.Id, []);
        return manager is null && known.Count == 0 ? NoStatements
            : manager is null && known.Count == 1 ? known[0]
            : new HandleList<HandleInterface>(InOrder(known.SelectMany(each => each).Concat(manager is null ? [] : [manager])));
    }

    /// <summary>Returns the interface of a node, if a statement says so of it or of all members of its group.</summary>
    internal string? NameOf(HandleNode node)
    {
        if (node.Owner?.BinderContext is { } context && context.ManagerNode == node && ManagerOf(context.Name) is { } manager)
            return manager;

        // If all members of a group have one interface, nothing else is known of it.
        return _nodes.TryGetValue(node.Id, out List<HandleList<HandleInterface>>? known) ? known.Find(statements => statements[0].IsOfAll)?[0].Name : null;
    }

    private static HandleInterface[] InOrder(IEnumerable<HandleInterface> statements) =>
        [.. statements.OrderByDescending(statement => statement.Certainty).ThenByDescending(statement => (double)statement.AtLeast / statement.Of)];

    private static HandleInterface OfManager(string name) => new(name, InterfaceCertainty.Certain, 1, 1, 1,
        "It is the node of the service manager, which all processes of the context hold by handle 0.", []);
}

/// <summary>Identifies handles that a statement is about: those that one process holds of the nodes of another, or all that it holds.</summary>
/// <param name="Context">The context.</param>
/// <param name="Holder">The pid of the holder.</param>
/// <param name="Owner">The pid of the owner, <see cref="Unknown"/> or <see cref="All"/>.</param>
/// <param name="IsDead">Whether the nodes are dead.</param>
internal readonly record struct InterfaceScope(string Context, HashedId Holder, HashedId Owner, bool IsDead)
{
    internal const long Unknown = -1;
    internal const long All = -2;

    /// <summary>Returns the scope of the handles that a process holds of the nodes of another, which is null if it is unknown.</summary>
    internal static InterfaceScope Of(HandleProcess holder, HandleProcess? owner, bool isDead) => new(holder.Context, holder.Id, owner?.Id ?? Unknown, isDead);

    /// <summary>Returns the scope of all handles of a process.</summary>
    internal static InterfaceScope AllOf(HandleProcess holder) => new(holder.Context, holder.Id, All, IsDead: false);
}
