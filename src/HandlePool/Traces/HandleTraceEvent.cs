using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Traces;

/// <summary>Represents an event of a trace that tells of a handle: an object in a transaction, or a count of proxies. Immutable.</summary>
public sealed class HandleTraceEvent
{
    internal HandleTraceEvent(in TraceRecord record, string path, string command)
    {
        Kind = record.Kind switch
        {
            TraceRecordKind.NodeToReference => HandleTraceEventKind.NodeToReference,
            TraceRecordKind.ReferenceToReference => HandleTraceEventKind.ReferenceToReference,
            TraceRecordKind.ReferenceToNode => HandleTraceEventKind.ReferenceToNode,
            _ => HandleTraceEventKind.ProxyCount,
        };
        Path = path;
        Line = record.Line;
        Time = record.Time >= 0 ? TimeSpan.FromTicks(record.Time) : null;
        ThreadId = record.Thread;
        ThreadName = command;
        ProcessId = record.Process > 0 ? record.Process : null;
        if (Kind == HandleTraceEventKind.ProxyCount)
        {
            Count = record.Handle;
            return;
        }

        TransactionId = record.Transaction;
        NodeId = record.Node;
        if (record.HasDestination)
        {
            IsReply = record.IsReply;
            IsOneWay = !record.IsReply && (record.Flags & 1) != 0;
            DestinationProcessId = record.DestinationProcess;
            DestinationThreadId = record.DestinationThread > 0 ? record.DestinationThread : null;
            Code = record.HasCall ? record.Code : null;
        }

        if (record.HasSource)
            (SourceReferenceId, SourceHandle) = (record.SourceReference, record.SourceHandle);
        if (record.HasReference)
            (ReferenceId, Handle) = (record.Reference, record.Handle);
    }

    /// <summary>Gets the kind of the event.</summary>
    public HandleTraceEventKind Kind { get; }

    /// <summary>Gets the file that it was read from.</summary>
    public string Path { get; }

    /// <summary>Gets the line in the file, from 1.</summary>
    public long Line { get; }

    /// <summary>Gets the time by the clock of the trace, usually since the boot; null if the clock counts no seconds.</summary>
    public TimeSpan? Time { get; }

    /// <summary>Gets the thread that sent the object.</summary>
    public int ThreadId { get; }

    /// <summary>Gets the name of the thread, at most 15 bytes in the kernel.</summary>
    public string ThreadName { get; }

    /// <summary>Gets the name of the thread in a form that is safe to display or, without one, its id.</summary>
    public string Thread => ThreadName.Length > 0 ? VisibleText.Name(ThreadName) : ThreadId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gets the pid of that thread, for a count that of the proxies; null if the trace does not tell it.</summary>
    public int? ProcessId { get; }

    /// <summary>Gets the id of the transaction; null for a count.</summary>
    /// <remarks>Ids have 32 bits. The driver prints those beyond 2^31 as negative numbers: -2147483646 is 2147483650.</remarks>
    public long? TransactionId { get; }

    /// <summary>Gets whether the object was sent in a reply.</summary>
    public bool IsReply { get; }

    /// <summary>Gets whether the object was sent in a one-way call.</summary>
    public bool IsOneWay { get; }

    /// <summary>Gets the code of the call, for a reply that of the call that it answers; null if the trace does not tell it.</summary>
    public uint? Code { get; }

    /// <summary>Gets the pid of the receiver; null if the trace does not have the transaction.</summary>
    public int? DestinationProcessId { get; }

    /// <summary>Gets the thread of the receiver that waits for the object; null if any may take it.</summary>
    public int? DestinationThreadId { get; }

    /// <summary>Gets the id of the node; null for a count.</summary>
    public long? NodeId { get; }

    /// <summary>Gets the id of the sender's reference; null if the sender owns the node.</summary>
    public long? SourceReferenceId { get; }

    /// <summary>Gets the sender's handle; null if the sender owns the node.</summary>
    public int? SourceHandle { get; }

    /// <summary>Gets the id of the receiver's reference; null if the receiver owns the node.</summary>
    public long? ReferenceId { get; }

    /// <summary>Gets the receiver's handle, which the driver chose or found; null if the receiver owns the node.</summary>
    public int? Handle { get; }

    /// <summary>Gets the number of proxies of a process; null for other events.</summary>
    public int? Count { get; }

    /// <inheritdoc/>
    public override string ToString() => VisibleText.Of(string.Create(CultureInfo.InvariantCulture, $"{Path}:{Line}: {Kind}"));
}

/// <summary>Identifies what an event of a trace tells.</summary>
public enum HandleTraceEventKind
{
    /// <summary>A node of the sender becomes a reference of the receiver: <c>binder_transaction_node_to_ref</c>.</summary>
    NodeToReference,

    /// <summary>A reference of the sender becomes one of the receiver: <c>binder_transaction_ref_to_ref</c>.</summary>
    ReferenceToReference,

    /// <summary>A reference of the sender returns to the owner of its node: <c>binder_transaction_ref_to_node</c>.</summary>
    ReferenceToNode,

    /// <summary>The number of proxies of a process: the counter <c>binder_proxies</c> of Android's tracing.</summary>
    ProxyCount,
}
