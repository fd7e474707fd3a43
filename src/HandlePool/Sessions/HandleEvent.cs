using HandlePool.Names;

namespace HandlePool;

/// <summary>Something that happened in a session. Immutable.</summary>
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

    /// <summary>Its number in the session, from 1, without gaps: a gap in what is listed shows that older events were dropped.</summary>
    public long Sequence { get; }

    /// <summary>When it happened, in local time.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>The process whose table or pool it is about.</summary>
    public HandleProcess Process { get; }

    /// <summary>What it is about.</summary>
    public HandleEventKind Kind { get; }

    /// <summary>The capacity in IDs before, where the event is about a capacity; for a discarded resizer, that when it was requested.</summary>
    public int? FromCapacity { get; }

    /// <summary>The capacity in IDs after, or the one that was wanted, where the event is about a capacity.</summary>
    public int? ToCapacity { get; }

    /// <summary>The handle, where the event is about one.</summary>
    public int? Handle { get; }

    /// <summary>What happened, in a sentence.</summary>
    public string Message { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Sequence} {Process}: {VisibleText.Of(Message)}";
}
