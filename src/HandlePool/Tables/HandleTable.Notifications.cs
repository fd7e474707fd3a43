namespace HandlePool.Tables;

/// <content>The notifications that are set on the references of the table.</content>
internal sealed partial class HandleTable
{
    private NotificationQueue? _notifications;

    /// <summary>Sets a notification on a held handle.</summary>
    internal NotificationEntry RequestNotification(int handle, HandleNotificationKind kind, ulong cookie)
    {
        _lock.Enter();
        try
        {
            if (_owner.IsDead)
                throw _owner.ExitedError();
            return _owner.Notifications.Request(QueueLocked(), FindLocked(handle), kind, cookie);
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Clears the notification of a held handle.</summary>
    internal NotificationEntry ClearNotification(int handle, HandleNotificationKind kind, ulong cookie)
    {
        _lock.Enter();
        try
        {
            if (_owner.IsDead)
                throw _owner.ExitedError();
            FindLocked(handle);
            return _owner.Notifications.Clear(QueueLocked(), handle, kind, cookie);
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Gets the queue of the process, even if it is empty.</summary>
    /// <remarks>It may be used without the table's lock, like everything that does not name a handle.</remarks>
    internal NotificationQueue GetNotifications()
    {
        lock (_lock)
            return QueueLocked();
    }

    private NotificationQueue QueueLocked() => _notifications ??= _owner.Notifications.CreateQueue(_owner);
}
