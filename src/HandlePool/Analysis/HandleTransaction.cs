using HandlePool.Evidence;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Represents a call between processes that the driver shows: under way, not freed, or logged. Immutable.</summary>
/// <remarks><see cref="TransactionFinder"/> returns these. What the texts do not tell is null.</remarks>
public sealed class HandleTransaction : ISessionMember
{
    internal HandleTransaction(HandleSession session, CallRecord source)
    {
        Session = session;
        Path = source.Path;
        Line = source.Line;
    }

    /// <summary>Gets the id that the driver gave the call; null for buffers of the Rust driver.</summary>
    public long? Id { get; internal init; }

    /// <summary>Gets the kind.</summary>
    public HandleTransactionKind Kind { get; internal init; }

    /// <summary>Gets the state.</summary>
    public HandleTransactionState State { get; internal init; }

    /// <summary>Gets the sender, as <c>PID:THREAD (NAME)</c> or <c>PID:THREAD</c>.</summary>
    public string? From { get; internal init; }

    /// <summary>Gets the receiver, as <c>PID:THREAD (NAME)</c> or <c>PID:THREAD</c>; without a thread if none has taken the call.</summary>
    public string? To { get; internal init; }

    /// <summary>Gets the debug id of the node that is called; null for replies.</summary>
    public long? Node { get; internal init; }

    /// <summary>Gets the handle by which the sender called: the logged one, or that of its table now.</summary>
    public long? Handle { get; internal init; }

    /// <summary>Gets what has become of the handle of a logged call; null for others.</summary>
    public HandleUseState? HandleState { get; internal init; }

    /// <summary>Gets the code of the method. Interfaces number their methods from 1.</summary>
    public long? Code { get; internal init; }

    /// <summary>Gets the flags: 1 for a one-way call, 16 for one that may return files.</summary>
    public long? Flags { get; internal init; }

    /// <summary>Gets the time since it was made, where the driver prints it.</summary>
    public TimeSpan? Age { get; internal init; }

    /// <summary>Gets the size of the data in bytes.</summary>
    public long? Size { get; internal init; }

    /// <summary>Gets the size of the list of binder objects and files in the data, in bytes: 8 for each, on 64 bits.</summary>
    public long? OffsetsSize { get; internal init; }

    /// <summary>Gets the context.</summary>
    public string? Context { get; internal init; }

    /// <summary>Gets what the driver returned to the sender of a failed call, such as <c>BR_FAILED_REPLY</c>.</summary>
    public string? Return { get; internal init; }

    /// <summary>Gets the name of the error of a failed call, such as <c>EINVAL</c>; the number, if it has none.</summary>
    public string? Error { get; internal init; }

    /// <summary>Gets the line of the driver's source that found the error, in the kernel of the device.</summary>
    public long? DriverLine { get; internal init; }

    /// <summary>Gets the sentence that tells for whom the sender of a call waits, and for whom that one waits.</summary>
    public string? WaitsFor { get; internal init; }

    /// <summary>Gets whether the call is part of a circle of waits.</summary>
    public HandleWaitCycle Cycle { get; internal init; }

    /// <summary>Gets the number of threads that wait for the call: its sender, those who wait for the sender, and so on; 0 if none waits.</summary>
    public int WaitingThreads { get; internal init; }

    /// <summary>Gets the free space of the receiver for one-way calls, in bytes, for a buffer that is not freed, if there are statistics.</summary>
    public long? FreeAsyncSpace { get; internal init; }

    /// <summary>Gets what else is to be said of it.</summary>
    public string? Remark { get; internal init; }

    /// <summary>Gets the pid of the sender.</summary>
    public int? FromId { get; internal init; }

    /// <summary>Gets the thread of the sender.</summary>
    public int? FromThread { get; internal init; }

    /// <summary>Gets the name of the sender, if the report tells it.</summary>
    public string? FromName { get; internal init; }

    /// <summary>Gets the process of the sender, if the dump has it.</summary>
    public HandleProcess? FromProcess { get; internal init; }

    /// <summary>Gets the pid of the receiver.</summary>
    public int? ToId { get; internal init; }

    /// <summary>Gets the thread of the receiver.</summary>
    public int? ToThread { get; internal init; }

    /// <summary>Gets the name of the receiver, if the report tells it.</summary>
    public string? ToName { get; internal init; }

    /// <summary>Gets the process of the receiver, if the dump has it.</summary>
    public HandleProcess? ToProcess { get; internal init; }

    /// <summary>Gets the file and the line, as <c>FILE:LINE</c>: of the thread that serves the call or made it, or else of the log or the buffer.</summary>
    public string Source => $"{Path}:{Line}";

    /// <summary>Gets the file, or <c>ARCHIVE!ENTRY</c> for an entry of a zip archive.</summary>
    public string Path { get; }

    /// <summary>Gets the line in the file, from 1.</summary>
    public long Line { get; }

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets the session whose dump has it.</summary>
    internal HandleSession Session { get; }

    /// <summary>Gets whether it is under way.</summary>
    internal bool IsInFlight => State is HandleTransactionState.Pending or HandleTransactionState.Running or HandleTransactionState.Active;

    /// <inheritdoc/>
    public override string ToString() => VisibleText.Of($"{Kind} {Id}: {From} -> {To}, {State}");
}
