namespace HandlePool.Evidence;

/// <summary>Represents a line in which the driver shows a call, a buffer, or an entry of its logs, as it is printed. Immutable.</summary>
/// <remarks>What the line does not say is null; so are the zeros that the driver prints for a process or a thread that it does not know.</remarks>
/// <param name="Kind">What the line shows.</param>
/// <param name="Path">The file.</param>
/// <param name="Line">The line in the file, from 1.</param>
internal sealed record CallRecord(CallRecordKind Kind, string Path, long Line)
{
    /// <summary>Gets the id of the call; null for buffers of the Rust driver.</summary>
    internal long? Id { get; init; }

    /// <summary>Gets the process in whose part of the text the line is.</summary>
    internal int? HostId { get; init; }

    /// <summary>Gets the thread in whose part of the text the line is.</summary>
    internal int? HostThread { get; init; }

    /// <summary>Gets whether that thread takes calls to its process; true where the text does not tell.</summary>
    internal bool IsOfPool { get; init; } = true;

    internal string? Context { get; init; }

    internal int? FromId { get; init; }

    internal int? FromThread { get; init; }

    internal int? ToId { get; init; }

    internal int? ToThread { get; init; }

    internal HandleTransactionKind? CallKind { get; init; }

    internal long? Code { get; init; }

    internal long? Flags { get; init; }

    /// <summary>Gets the age of a call in milliseconds.</summary>
    internal long? Age { get; init; }

    internal long? Node { get; init; }

    internal long? Handle { get; init; }

    /// <summary>Gets the size of the data in bytes.</summary>
    internal long? Size { get; init; }

    /// <summary>Gets the size of the list of objects in the data, in bytes.</summary>
    internal long? OffsetsSize { get; init; }

    /// <summary>Gets the place of a buffer of the Rust driver in the memory of its process, in bytes, which identifies it; null for all others.</summary>
    internal long? Offset { get; init; }

    /// <summary>Gets whether the call of a buffer is over, so that only its receiver keeps it.</summary>
    internal bool IsDelivered { get; init; }

    /// <summary>Gets the number of what the driver returned to the caller of a failed call; 0 for success.</summary>
    internal long? Return { get; init; }

    /// <summary>Gets the error number, above 0; 0 for none.</summary>
    internal long? Error { get; init; }

    /// <summary>Gets the line of the driver's source that found the error.</summary>
    internal long? DriverLine { get; init; }

    /// <summary>Gets whether the driver was still writing the entry.</summary>
    internal bool IsIncomplete { get; init; }
}

/// <summary>Identifies what a line of the driver shows of a call.</summary>
internal enum CallRecordKind
{
    /// <summary>A call on the stack of the thread that made it.</summary>
    Outgoing,

    /// <summary>A call on the stack of the thread that serves it.</summary>
    Incoming,

    /// <summary>A call in the queue of a process, of a thread or of a node.</summary>
    Pending,

    /// <summary>A buffer that a process has received.</summary>
    Buffer,

    /// <summary>An entry of the log of the latest calls.</summary>
    Logged,

    /// <summary>An entry of the log of failed calls.</summary>
    Failed,
}
