using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents something that happened in a session. Immutable.</summary>
public sealed class HandleEvent
{
    internal HandleEvent(long sequence, DateTimeOffset time, HandleProcess process, HandleEventKind kind, string message,
        int? fromCapacity, int? toCapacity, int? handle)
    {
        Sequence = sequence;
        Time = time;
        Process = process;
        Kind = kind;
        Message = message;
        FromCapacity = fromCapacity;
        ToCapacity = toCapacity;
        Handle = handle;
    }

    /// <summary>
    /// Gets the number in the session, from 1 without gaps. If the first listed number is not 1, older events have been dropped.
    /// </summary>
    public long Sequence { get; }

    /// <summary>Gets the time at which it happened, in local time.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>Gets the process whose table or pool it concerns.</summary>
    public HandleProcess Process { get; }

    /// <summary>Gets the kind of event.</summary>
    public HandleEventKind Kind { get; }

    /// <summary>
    /// Gets the capacity before, in IDs, or null if the event does not concern a capacity. For a discarded resizer, the capacity
    /// at its request.
    /// </summary>
    public int? FromCapacity { get; }

    /// <summary>Gets the capacity after, or the one that was wanted, in IDs; null if the event does not concern a capacity.</summary>
    public int? ToCapacity { get; }

    /// <summary>Gets the handle, or null if the event does not concern one.</summary>
    public int? Handle { get; }

    /// <summary>Gets a sentence that describes what happened.</summary>
    public string Message { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Sequence} {Process}: {VisibleText.Of(Message)}";
}
