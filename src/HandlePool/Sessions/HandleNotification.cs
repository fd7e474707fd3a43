namespace HandlePool;

/// <summary>Represents a snapshot of a notification that a process has requested. Immutable.</summary>
public sealed class HandleNotification
{
    internal HandleNotification(
        HandleProcess process, int? handle, HandleNode? node, HandleNotificationKind kind, ulong? cookie, HandleNotificationState state)
    {
        Process = process;
        Handle = handle;
        Node = node;
        Kind = kind;
        Cookie = cookie;
        State = state;
    }

    /// <summary>Gets the process that is told.</summary>
    public HandleProcess Process { get; }

    /// <summary>Gets the handle that it is set on; null once it is cleared or the handle is dropped.</summary>
    public int? Handle { get; }

    /// <summary>Gets the node whose owner it is about; null if a dump does not tell.</summary>
    public HandleNode? Node { get; }

    /// <summary>Gets the kind.</summary>
    public HandleNotificationKind Kind { get; }

    /// <summary>Gets the cookie that identifies it to the process; null if it comes from a dump, which has no cookies.</summary>
    public ulong? Cookie { get; }

    /// <summary>Gets how far it has come.</summary>
    public HandleNotificationState State { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {Kind} {Cookie}";
}
