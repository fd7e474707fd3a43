namespace HandlePool.Tables;

/// <summary>Describes something that happened in a handle table or its pool.</summary>
internal readonly record struct TableEvent(
    TableEventKind Kind,
    string Message,
    int? FromCapacity = null,
    int? ToCapacity = null,
    int? Handle = null);

/// <summary>Identifies the events of a handle table.</summary>
internal enum TableEventKind
{
    Grow,
    Shrink,
    ResizeDiscarded,
    Mismatch,
    PoolExhausted,
    AllocationFailed,
    BitmapDisabled,
    NotificationRequested,
    NotificationQueued,
    NotificationReceived,
    NotificationCompleted,
    NotificationCleared,
    NotificationDropped,
}
