namespace HandlePool.Tables;

/// <summary>Represents a notification that a process has requested. The lock of the <see cref="NotificationRegistry"/> guards it.</summary>
/// <param name="holder">The queue of the process that requested it.</param>
/// <param name="node">The node; null if a dump does not tell.</param>
/// <param name="handle">The handle of the reference that it is set on.</param>
/// <param name="cookie">The holder's cookie; null if a dump does not tell, so that any cookie fits.</param>
internal abstract class Notification(NotificationQueue holder, TableNode? node, int? handle, ulong? cookie)
{
    internal abstract HandleNotificationKind Kind { get; }

    internal abstract HandleNotificationState State { get; }

    internal NotificationQueue Holder { get; } = holder;

    internal TableNode? Node { get; } = node;

    internal ulong? Cookie { get; } = cookie;

    /// <summary>Gets or sets the handle; null once it is cleared or its reference is dropped.</summary>
    internal int? Handle { get; set; } = handle;

    /// <summary>Gets or sets the number of its messages that are queued.</summary>
    internal int Messages { get; set; }

    /// <summary>Gets or sets the newest of its messages.</summary>
    internal LinkedListNode<Notification>? NewestMessage { get; set; }

    internal bool Has(ulong cookie) => Cookie is null || Cookie == cookie;
}

/// <summary>Represents a death notification: <c>binder_ref_death</c> or <c>NodeDeath</c> in the drivers.</summary>
internal sealed class DeathNotification(NotificationQueue holder, TableNode? node, int? handle, ulong? cookie)
    : Notification(holder, node, handle, cookie)
{
    internal override HandleNotificationKind Kind => HandleNotificationKind.Death;

    internal override HandleNotificationState State =>
        IsConfirmation ? HandleNotificationState.Cleared
        : IsCleared ? HandleNotificationState.Clearing
        : !IsDead ? HandleNotificationState.Requested
        : Messages > 0 ? HandleNotificationState.Queued
        : IsDone ? HandleNotificationState.Done
        : HandleNotificationState.Delivered;

    /// <summary>Gets or sets whether the holder has been told, or is about to be told, that the owner is dead.</summary>
    internal bool IsDead { get; set; }

    internal bool IsCleared { get; set; }

    internal bool IsDone { get; set; }

    /// <summary>Gets whether its message is that it is cleared, and not that the owner is dead.</summary>
    internal bool IsConfirmation => IsCleared && (!IsDead || IsDone);
}

/// <summary>Represents a freeze notification: <c>binder_ref_freeze</c> or <c>FreezeListener</c> in the drivers.</summary>
internal sealed class FreezeNotification(NotificationQueue holder, TableNode? node, int? handle, ulong? cookie)
    : Notification(holder, node, handle, cookie)
{
    internal override HandleNotificationKind Kind => HandleNotificationKind.Freeze;

    internal override HandleNotificationState State =>
        IsClearing ? IsPending ? HandleNotificationState.Clearing : HandleNotificationState.Cleared
        : IsLeaked ? HandleNotificationState.Leaked
        : IsPending ? HandleNotificationState.Delivered
        : Messages > 0 ? HandleNotificationState.Queued
        : HandleNotificationState.Requested;

    /// <summary>Gets or sets the state of the owner.</summary>
    internal bool IsFrozen { get; set; }

    /// <summary>Gets or sets what the holder was told last; null if nothing.</summary>
    internal bool? Told { get; set; }

    /// <summary>Gets or sets whether the holder has read a message and not completed it yet.</summary>
    internal bool IsPending { get; set; }

    /// <summary>Gets or sets whether the owner's state has changed while a message was pending, even if it has changed back.</summary>
    internal bool IsChanged { get; set; }

    internal bool IsClearing { get; set; }

    internal bool IsLeaked { get; set; }

    /// <summary>Gets or sets the number of cleared notifications of the same cookie that the holder must still complete.</summary>
    internal int PendingDuplicates { get; set; }

    /// <summary>Gets or sets the number of cleared notifications of the same cookie that are to be confirmed.</summary>
    internal int ClearedDuplicates { get; set; }
}
