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

    /// <summary>Returns a record of the notifications of the process.</summary>
    internal NotificationRecords GetNotificationRecords()
    {
        lock (_lock)
            return _notifications is { } notifications ? _owner.Notifications.GetRecords(notifications) : NotificationRecords.None;
    }

    /// <summary>Returns a snapshot of all references, and of what a dump shows of their notifications; null if there has been none.</summary>
    internal TableEntry[] ToArray(out NotificationWork? work)
    {
        lock (_lock)
        {
            work = _notifications is { } notifications ? _owner.Notifications.GetWork(notifications) : null;
            return _map.ToArray();
        }
    }

    private NotificationQueue QueueLocked() => _notifications ??= _owner.Notifications.CreateQueue(_owner);
}
