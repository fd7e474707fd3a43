using HandlePool.Tables;

namespace HandlePool.SessionFiles;

/// <summary>A session file as it was read: each value is of its type and range; whether they fit together is not known yet.</summary>
internal sealed record SessionDocument(
    string Name,
    DateTimeOffset? Time,
    HandleSessionOptions Options,
    TimeSpan AllocationDelay,
    int HighestProcessId,
    long HighestNodeId,
    long EventsRecorded,
    List<ContextDocument> Contexts,
    List<ProcessDocument> Processes,
    List<NodeDocument> Nodes,
    List<FindingDocument> Findings,
    List<EventDocument> Events)
{
    /// <summary>What the first member, <c>format</c>, says.</summary>
    internal const string Format = "HandlePool.Session";

    /// <summary>The version that is written, and the only one that is read.</summary>
    internal const int Version = 1;
}

/// <summary>An item of <c>contexts</c>. Manager is the id of the manager's node.</summary>
internal readonly record struct ContextDocument(string Name, long? Manager);

/// <summary>An item of <c>processes</c>.</summary>
internal sealed record ProcessDocument(int Id, string Context, string? Name, bool IsDead, PoolRecord Pool, List<ReferenceDocument> References);

/// <summary>An item of a process's <c>references</c>: four numbers.</summary>
internal readonly record struct ReferenceDocument(int Handle, long Node, int Strong, int Weak);

/// <summary>An item of <c>nodes</c>. Owner is an index of <c>processes</c>.</summary>
internal readonly record struct NodeDocument(long Id, string? Name, int? Owner, bool IsDead);

/// <summary>An item of <c>findings</c>. Process is an index of <c>processes</c>.</summary>
internal sealed record FindingDocument(HandleFindingKind Kind, string Message, string Path, long Line, int? Process, long? Handle, long? Node);

/// <summary>An item of <c>events</c>. Process is an index of <c>processes</c>.</summary>
internal sealed record EventDocument(long Sequence, DateTimeOffset Time, int Process, HandleEventKind Kind, int? FromCapacity, int? ToCapacity,
    int? Handle, string Message);
