using HandlePool.Tables;

namespace HandlePool;

/// <summary>Represents a session at one moment.</summary>
/// <param name="Living">The living processes in ascending order of Id, then of context.</param>
/// <param name="Exited">The processes that have exited, in the order of their exits.</param>
/// <param name="Tables">The references and the pools of the living processes, then of the exited ones.</param>
/// <param name="Nodes">The nodes in ascending order of id, and whether each was dead.</param>
/// <param name="Contexts">The contexts in order of name, their managers' nodes, and the uids of their first managers.</param>
/// <param name="FreezeStates">The states of the living processes that are frozen or are being frozen.</param>
/// <param name="Notifications">The notifications of the living processes that have any.</param>
/// <param name="HighestProcessId">The highest Id that a process has had.</param>
/// <param name="HighestNodeId">The highest id that a node has had.</param>
/// <param name="Events">The newest events.</param>
/// <param name="EventsRecorded">The number of events recorded so far.</param>
internal sealed record SessionSnapshot(
    HandleProcess[] Living,
    HandleProcess[] Exited,
    (TableEntry[] References, PoolRecord Pool)[] Tables,
    (HandleNode Node, bool IsDead)[] Nodes,
    (string Name, HandleNode? Manager, int? ManagerUid)[] Contexts,
    Dictionary<HandleProcess, FreezeState> FreezeStates,
    Dictionary<HandleProcess, NotificationRecords> Notifications,
    int HighestProcessId,
    long HighestNodeId,
    HandleEvent[] Events,
    long EventsRecorded);
