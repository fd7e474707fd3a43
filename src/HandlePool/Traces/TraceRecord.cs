namespace HandlePool.Traces;

/// <summary>Represents a kept event, or the bounds of a loss of events, without the texts.</summary>
internal struct TraceRecord
{
    // More ids are not taken while one transaction is sent.
    private const uint MostMeanwhile = 1 << 24;

    internal TraceRecordKind Kind;

    /// <summary>Whether the transaction is a reply. <see cref="Code"/> and <see cref="TargetNode"/> are then those of the call that it answers.</summary>
    internal bool IsReply;

    /// <summary>Whether <see cref="DestinationProcess"/> and the fields of the call are known.</summary>
    internal bool HasDestination;

    /// <summary>Whether <see cref="Code"/> and <see cref="TargetNode"/> are known.</summary>
    internal bool HasCall;

    internal int File;
    internal long Time;
    internal long Line;
    internal int Thread;

    /// <summary>The pid of the thread that sent the object; 0 if it is unknown.</summary>
    internal int Process;

    internal int Command;
    internal uint Transaction;
    internal uint Node;
    internal uint SourceReference;
    internal int SourceHandle;
    internal uint Reference;
    internal int Handle;
    internal uint TargetNode;
    internal int DestinationProcess;
    internal int DestinationThread;
    internal uint Flags;
    internal uint Code;

    /// <summary>Gets whether an object becomes a reference of the receiver.</summary>
    internal readonly bool HasReference => Kind is TraceRecordKind.NodeToReference or TraceRecordKind.ReferenceToReference;

    /// <summary>Gets whether the object is a handle of the sender.</summary>
    internal readonly bool HasSource => Kind is TraceRecordKind.ReferenceToNode or TraceRecordKind.ReferenceToReference;

    /// <summary>Gets whether the reference is newer than the transaction, so that it was created by it or by one that ran at the same time.</summary>
    /// <remarks>
    /// Transactions, nodes and references take their ids from one counter, and a transaction takes its own first. The counter has 32 bits: a reference
    /// with a much higher id is from before it began again.
    /// </remarks>
    internal readonly bool IsNewer => IsAfterTransaction(Reference);

    /// <summary>Gets the place in the order of ids: of a new reference its id, otherwise that of the transaction, or of what it sends if that is newer.</summary>
    /// <remarks>
    /// The driver gives a reference its id and its handle under one lock. The lines of two threads are written after it, and may be in
    /// another order.
    /// </remarks>
    internal readonly uint Order => HasReference && IsNewer ? Reference : HasSource && IsAfterTransaction(SourceReference) ? SourceReference : Transaction;

    private readonly bool IsAfterTransaction(uint reference) => unchecked(reference - Transaction) is > 0 and <= MostMeanwhile;
}

/// <summary>Identifies what a record is.</summary>
internal enum TraceRecordKind : byte
{
    NodeToReference,
    ReferenceToReference,
    ReferenceToNode,

    /// <summary>A count of proxies; Process has the pid, and Handle the count.</summary>
    ProxyCount,

    /// <summary>From Transaction on, events may be missing.</summary>
    LossBegin,

    /// <summary>From Transaction on, no more events are missing.</summary>
    LossEnd,

    /// <summary>From Transaction on, events of the end may be missing.</summary>
    End,
}

/// <summary>Keeps records in blocks, so that a million of them need no single array.</summary>
internal sealed class TraceRecords
{
    private const int BlockBits = 12;
    private const int BlockSize = 1 << BlockBits;

    private readonly List<TraceRecord[]> _blocks = [];

    internal int Count { get; private set; }

    internal ref TraceRecord this[int index] => ref _blocks[index >> BlockBits][index & (BlockSize - 1)];

    internal void Add(in TraceRecord record)
    {
        if (Count == _blocks.Count << BlockBits)
            _blocks.Add(new TraceRecord[BlockSize]);
        Count++;
        this[Count - 1] = record;
    }
}
