namespace HandlePool;

/// <summary>Everything about a session but its handle tables, from one moment.</summary>
/// <param name="Living">The living processes, in ascending order of Id, then of context.</param>
/// <param name="Exited">Those that have exited, in the order of their exits.</param>
/// <param name="Nodes">The nodes in ascending order of id, and whether they were dead.</param>
/// <param name="Contexts">The contexts in order of name, and their managers' nodes.</param>
/// <param name="HighestProcessId">The highest Id that any process has had.</param>
/// <param name="HighestNodeId">The highest id that any node has had: what is beyond it was created later.</param>
/// <param name="Events">The newest events.</param>
/// <param name="EventsRecorded">How many events there have been.</param>
internal sealed record SessionMoment(
    HandleProcess[] Living,
    HandleProcess[] Exited,
    (HandleNode Node, bool IsDead)[] Nodes,
    (string Name, HandleNode? Manager)[] Contexts,
    int HighestProcessId,
    long HighestNodeId,
    HandleEvent[] Events,
    long EventsRecorded);
