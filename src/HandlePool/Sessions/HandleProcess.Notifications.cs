using HandlePool.Tables;

namespace HandlePool;

/// <content>Death and freeze notifications.</content>
public sealed partial class HandleProcess
{
    /// <summary>Requests to be told when the owner of a node dies, or is frozen or thawed.</summary>
    /// <remarks>
    /// <para>This is the driver's <c>BC_REQUEST_DEATH_NOTIFICATION</c> or <c>BC_REQUEST_FREEZE_NOTIFICATION</c>. A weak count on the
    /// handle is enough. The notification adds no count. O(1).</para>
    /// <para>If the owner is already dead, a death notification is queued at once.</para>
    /// </remarks>
    /// <param name="handle">A handle that this process holds. Handle 0 is that of the context manager only if it is held.</param>
    /// <param name="kind">The kind of notification.</param>
    /// <param name="cookie">
    /// A number that identifies the notification; by default the handle. Cookies of death notifications need not be unique.
    /// </param>
    /// <returns>The notification as it is now.</returns>
    /// <exception cref="HandleException">
    /// <c>HandleNotFound</c>, <c>NotificationExists</c>, <c>CookieInUse</c> or <c>ProcessDead</c>. Nothing has changed then.
    /// <c>AllocationFailed</c>, if a fault takes the memory away: for a death notification, the process then has BR_ERROR to read.
    /// </exception>
    public HandleNotification RequestNotification(long handle, HandleNotificationKind kind, ulong? cookie = null)
    {
        SessionOperation command = new(HandleOperationKind.RequestNotification, this) { Handle = handle, NotificationKind = kind, Cookie = cookie };
        return Do(command, () =>
        {
            // The drivers allocate before they look at the handle.
            if (Session.Fails(this, HandleOperationKind.FailNotification))
            {
                if (kind == HandleNotificationKind.Death)
                    Session.Notifications.QueueError(Table.GetNotifications());
                throw SessionErrors.NotificationAllocationFailed(this, kind);
            }

            return Table.RequestNotification(CheckHandle(handle), kind, cookie ?? (ulong)handle);
        });
    }

    /// <summary>Reads what is queued for the process, as its thread that waits in the driver does.</summary>
    /// <remarks>
    /// The thread is the one that gives the commands: the confirmations that they queue for it come first. A message that is about
    /// nothing new is dropped. A read of the driver ends after <c>BR_DEAD_BINDER</c> or <c>BR_FROZEN_BINDER</c>; this goes on as the
    /// thread does. O(messages).
    /// </remarks>
    /// <param name="most">The largest number of messages to read; by default all.</param>
    /// <returns>The messages in order; none if there is nothing to read.</returns>
    /// <exception cref="HandleException"><c>ProcessDead</c>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public HandleList<HandleReturn> ReceiveNotifications(int most = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        using OperationScope operation = Session.Observer?.Begin(new SessionOperation(HandleOperationKind.ReceiveNotification, this)
        {
            Count = most == int.MaxValue ? null : most,
        }) ?? default;
        if (_isDead)
            throw SessionErrors.ProcessDead(this);
        List<NotificationMessage> messages = Session.Notifications.Receive(Table.GetNotifications(), most);
        return operation.Succeed(new HandleList<HandleReturn>(
            messages.ConvertAll(message => new HandleReturn(this, message.Code, message.Cookie, message.IsFrozen))));
    }

    /// <summary>Completes the first notification of a cookie that was received and not completed yet.</summary>
    /// <remarks>
    /// This is the driver's <c>BC_DEAD_BINDER_DONE</c> or <c>BC_FREEZE_NOTIFICATION_DONE</c>. If the notification has been cleared,
    /// its confirmation is queued. O(notifications received and not completed).
    /// </remarks>
    /// <param name="kind">The kind of notification.</param>
    /// <param name="cookie">Its cookie.</param>
    /// <returns>The notification as it is now.</returns>
    /// <exception cref="HandleException"><c>NotificationNotFound</c> or <c>ProcessDead</c>. Nothing has changed then.</exception>
    public HandleNotification CompleteNotification(HandleNotificationKind kind, ulong cookie)
    {
        SessionOperation command = new(HandleOperationKind.CompleteNotification, this) { NotificationKind = kind, Cookie = cookie };
        return Do(command, () => Session.Notifications.Complete(Table.GetNotifications(), kind, cookie));
    }

    /// <summary>Clears the notification of a handle, which can have another one at once.</summary>
    /// <remarks>
    /// This is the driver's <c>BC_CLEAR_DEATH_NOTIFICATION</c> or <c>BC_CLEAR_FREEZE_NOTIFICATION</c>. A confirmation is queued: at
    /// once, or when what the process has yet to read or complete is completed. O(1).
    /// </remarks>
    /// <param name="handle">A handle that this process holds.</param>
    /// <param name="kind">The kind of notification.</param>
    /// <param name="cookie">The cookie that it was requested with; by default the handle.</param>
    /// <returns>The notification as it is now.</returns>
    /// <exception cref="HandleException">
    /// <c>HandleNotFound</c>, <c>NotificationNotFound</c> or <c>ProcessDead</c>. Nothing has changed then.
    /// </exception>
    public HandleNotification ClearNotification(long handle, HandleNotificationKind kind, ulong? cookie = null)
    {
        SessionOperation command = new(HandleOperationKind.ClearNotification, this) { Handle = handle, NotificationKind = kind, Cookie = cookie };
        return Do(command, () => Table.ClearNotification(CheckHandle(handle), kind, cookie ?? (ulong)handle));
    }

    /// <summary>Returns a snapshot of its notifications: those on its handles in ascending order, then those that are cleared.</summary>
    public HandleNotification[] GetNotifications() =>
        Array.ConvertAll(Session.Notifications.ToArray(Table.GetNotifications()), entry => ToNotification(entry));

    /// <summary>Returns the processes that would be told of its death, each once, in ascending order of Id.</summary>
    internal HandleProcess[] FindDeathRecipients() =>
        [.. Session.Notifications.FindRecipients(GetNodes()).Cast<HandleProcess>().Where(process => process != this).Distinct().OrderBy(process => process.Id)];

    /// <summary>Returns the notification that is set on a handle; null if none is.</summary>
    internal NotificationEntry? FindNotification(HandleNotificationKind kind, int handle) =>
        Session.Notifications.Find(Table.GetNotifications(), kind, handle);

    /// <summary>Returns whether a cookie is taken by a freeze notification, if these must be unique.</summary>
    internal bool HasFreezeNotification(ulong cookie) => Session.Notifications.HasFreeze(Table.GetNotifications(), cookie);

    private HandleNotification Do(in SessionOperation command, Func<NotificationEntry> run)
    {
        using OperationScope operation = Session.Observer?.Begin(command) ?? default;
        if (_isDead)
            throw SessionErrors.ProcessDead(this);
        try
        {
            return operation.Succeed(ToNotification(run()));
        }
        catch (HandleException refused)
        {
            DriverReplies.AnswerNotification(refused, this, command with { Cookie = command.Cookie ?? (ulong?)command.Handle });
            throw;
        }
    }

    private HandleNotification ToNotification(in NotificationEntry entry) =>
        new(this, entry.Handle, (HandleNode?)entry.Node, entry.Kind, entry.Cookie, entry.State);
}
