namespace HandlePool.Tables;

/// <summary>Keeps the notifications of one process, and what its threads have to read about them.</summary>
/// <remarks>Not thread-safe: the lock of the <see cref="NotificationRegistry"/> must be held.</remarks>
/// <param name="owner">The process.</param>
/// <param name="rules">The rules of the driver.</param>
internal sealed class NotificationQueue(ITableOwner owner, NotificationRules rules)
{
    private readonly Dictionary<HashedId, DeathNotification> _deaths = [];
    private readonly Dictionary<HashedId, FreezeNotification> _freezes = [];

    // Freeze notifications that still have a cookie, if cookies are unique.
    private readonly Dictionary<HashedId, FreezeNotification> _byCookie = [];

    // The read loop takes what is queued for its own thread first.
    private readonly LinkedList<Notification> _threadMessages = [];
    private readonly LinkedList<Notification> _messages = [];
    private readonly List<Notification> _delivered = [];

    internal ITableOwner Owner { get; } = owner;

    /// <summary>Gets what is queued for the thread that gave the command.</summary>
    internal IReadOnlyCollection<Notification> ThreadMessages => _threadMessages;

    /// <summary>
    /// Gets the number of <see cref="ThreadMessages"/> that the thread reads before BR_ERROR; null if that is not queued. The drivers
    /// queue it once at most.
    /// </summary>
    internal int? ErrorAfter { get; private set; }

    /// <summary>Gets what is queued for any thread of the process.</summary>
    internal IReadOnlyCollection<Notification> Messages => _messages;

    /// <summary>Gets what the holder has read and not completed yet, in the order of delivery.</summary>
    internal IReadOnlyList<Notification> Delivered => _delivered;

    /// <summary>Gets those that are set on references.</summary>
    internal IEnumerable<Notification> Set => _deaths.Values.Concat<Notification>(_freezes.Values);

    /// <summary>Gets the freeze notifications that have ended before the messages of their cookies were read.</summary>
    internal IEnumerable<Notification> Ended => _messages.Where(message => !IsCurrent(message)).Distinct();

    /// <summary>Gets all notifications, including those that are cleared but not confirmed yet.</summary>
    internal IEnumerable<Notification> All =>
        Set.Concat(_byCookie.Values).Concat(_delivered).Concat(_threadMessages).Concat(_messages).Where(IsCurrent).Distinct();

    internal Notification? Find(HandleNotificationKind kind, int handle) =>
        kind == HandleNotificationKind.Death ? _deaths.GetValueOrDefault(handle) : _freezes.GetValueOrDefault(handle);

    /// <summary>Returns whether a cookie is taken, if cookies of freeze notifications are unique.</summary>
    internal bool HasFreeze(ulong cookie) => _byCookie.ContainsKey(cookie);

    /// <summary>Sets a death notification on a reference that has none.</summary>
    internal DeathNotification AddDeath(TableNode node, int handle, ulong? cookie)
    {
        DeathNotification death = new(this, node, handle, cookie);
        _deaths.Add(handle, death);
        return death;
    }

    /// <summary>Sets a freeze notification on a reference that has none.</summary>
    /// <exception cref="HandleException"><c>CookieInUse</c>.</exception>
    internal FreezeNotification AddFreeze(TableNode node, int handle, ulong cookie)
    {
        if (!rules.HasUniqueFreezeCookies || !_byCookie.TryGetValue(cookie, out FreezeNotification? freeze))
        {
            freeze = new FreezeNotification(this, node, handle, cookie);
            if (rules.HasUniqueFreezeCookies)
                _byCookie.Add(cookie, freeze);
        }
        else if (freeze.Node != node || !freeze.IsClearing)
        {
            throw TableErrors.CookieInUse(Owner, freeze);
        }
        else
        {
            if (freeze.IsPending)
                freeze.PendingDuplicates++;
            else
                freeze.ClearedDuplicates++;
            _delivered.Remove(freeze);
            (freeze.Told, freeze.IsPending, freeze.IsClearing, freeze.Handle) = (null, false, false, handle);
        }

        _freezes.Add(handle, freeze);
        return freeze;
    }

    /// <summary>Queues a message for any thread of the process.</summary>
    internal void Queue(Notification notification) => Queue(notification, _messages);

    /// <summary>Queues BR_ERROR for the thread that gave the command, unless it is queued.</summary>
    /// <returns>Whether it was queued.</returns>
    internal bool QueueError()
    {
        if (ErrorAfter is not null)
            return false;
        ErrorAfter = _threadMessages.Count;
        return true;
    }

    /// <summary>Tells the notification that its node's owner is dead.</summary>
    internal void Die(Notification notification)
    {
        switch (notification)
        {
            case DeathNotification death:
                death.IsDead = true;
                Queue(death);
                break;
            case FreezeNotification freeze:
                CountAsThawed(freeze);
                break;
        }
    }

    /// <summary>Lets a notification's owner count as thawed without queuing a message, if its state is read on delivery.</summary>
    internal void CountAsThawed(FreezeNotification freeze) => freeze.IsFrozen &= !rules.ReadsOwner;

    /// <summary>Tells the notification that its node's owner is frozen or thawed.</summary>
    /// <returns>Whether a message was queued.</returns>
    internal bool Freeze(FreezeNotification freeze, bool isFrozen)
    {
        freeze.IsChanged |= freeze.IsPending && freeze.IsFrozen != isFrozen;
        freeze.IsFrozen = isFrozen;
        if (freeze.IsLeaked || (!rules.QueuesEachMessage && (freeze.IsPending || freeze.Messages > 0)))
            return false;
        Queue(freeze);
        return true;
    }

    /// <summary>Removes a notification from its reference.</summary>
    internal void Clear(Notification notification)
    {
        RemoveHandle(notification);
        if (notification is DeathNotification death)
        {
            death.IsCleared = true;
            if (death.IsConfirmation)
                Queue(death, _threadMessages);
        }
        else if (notification is FreezeNotification freeze)
        {
            freeze.IsClearing = true;
            if (!freeze.IsPending && (rules.QueuesEachMessage || freeze.Messages == 0))
                Queue(freeze);
        }
    }

    /// <summary>Completes the first delivered notification of a cookie.</summary>
    /// <returns>Null if there is none.</returns>
    internal Notification? Complete(HandleNotificationKind kind, ulong cookie)
    {
        if (kind == HandleNotificationKind.Freeze && _byCookie.TryGetValue(cookie, out FreezeNotification? duplicated) && duplicated.PendingDuplicates > 0)
        {
            duplicated.PendingDuplicates--;
            duplicated.ClearedDuplicates++;
            Queue(duplicated);
            return duplicated;
        }

        int index = _delivered.FindIndex(delivered => delivered.Kind == kind && delivered.Has(cookie));
        if (index < 0)
            return null;
        Notification notification = _delivered[index];
        _delivered.RemoveAt(index);
        if (notification is DeathNotification death)
        {
            death.IsDone = true;
            if (death.IsConfirmation)
                Queue(death, _threadMessages);
        }
        else if (notification is FreezeNotification freeze)
        {
            bool hasNews = rules.QueuesEachMessage ? freeze.Told != freeze.IsFrozen : freeze.IsChanged;
            (freeze.IsPending, freeze.IsChanged) = (false, false);
            if (freeze.IsClearing || hasNews)
                Queue(freeze);
        }

        return notification;
    }

    /// <summary>Returns the next message, and what it is about, if it tells; null if there is nothing to read.</summary>
    internal (HandleReturnCode Code, Notification? About)? Receive()
    {
        if (ErrorAfter is 0)
        {
            ErrorAfter = null;
            return (HandleReturnCode.BR_ERROR, null);
        }

        while ((_threadMessages.First ?? _messages.First) is { } next)
        {
            if (next.List == _threadMessages)
                ErrorAfter--;
            next.List!.Remove(next);
            next.Value.Messages--;
            (HandleReturnCode, Notification?)? read = next.Value is DeathNotification death ? Deliver(death) : Deliver((FreezeNotification)next.Value);
            if (read is not null)
                return read;
        }

        return null;
    }

    /// <summary>Takes everything off a reference that is dropped.</summary>
    /// <returns>What is gone as a result.</returns>
    internal IEnumerable<Notification> Drop(int handle)
    {
        if (_deaths.TryGetValue(handle, out DeathNotification? death))
        {
            RemoveHandle(death);
            Remove(death);
            yield return death;
        }

        if (!_freezes.TryGetValue(handle, out FreezeNotification? freeze))
            yield break;
        RemoveHandle(freeze);
        freeze.IsLeaked = rules.LeaksFreezeListeners;
        if (!freeze.IsLeaked)
        {
            // Where a message has only the cookie, it is not found by its notification and stays.
            if (rules.HasUniqueFreezeCookies && freeze.Cookie is { } cookie)
            {
                _delivered.Remove(freeze);
                _byCookie.Remove(cookie);
            }
            else
            {
                Remove(freeze);
            }
        }

        yield return freeze;
    }

    /// <summary>Forgets everything when the process exits.</summary>
    internal void Exit()
    {
        _deaths.Clear();
        _freezes.Clear();
        _byCookie.Clear();
        ErrorAfter = null;
        _threadMessages.Clear();
        _messages.Clear();
        _delivered.Clear();
    }

    /// <summary>Adds a recorded notification.</summary>
    /// <returns>False if its reference has one of the kind, or another one has its cookie.</returns>
    internal bool TryRestore(Notification notification)
    {
        if (notification is FreezeNotification { Cookie: { } cookie } named && rules.HasUniqueFreezeCookies && !_byCookie.TryAdd(cookie, named))
            return false;
        return notification.Handle is not { } handle
            || (notification is DeathNotification death ? _deaths.TryAdd(handle, death) : _freezes.TryAdd(handle, (FreezeNotification)notification));
    }

    /// <summary>Restores BR_ERROR after the messages of the thread.</summary>
    internal void RestoreError(int? errorAfter) => ErrorAfter = errorAfter;

    /// <summary>Adds a recorded message, or a delivery that is not completed.</summary>
    internal void RestoreMessage(Notification notification, bool isForThread) => Queue(notification, isForThread ? _threadMessages : _messages);

    /// <inheritdoc cref="RestoreMessage"/>
    internal void RestoreDelivered(Notification notification)
    {
        _delivered.Add(notification);
        if (notification is FreezeNotification freeze)
            freeze.IsPending = true;
    }

    /// <summary>Returns the notification that a queued message is about now; the one that it was about if there is none.</summary>
    internal Notification AboutMessage(Notification message) =>
        IsCurrent(message) ? message : _byCookie.GetValueOrDefault((HashedId)(message.Cookie ?? 0)) ?? message;

    private (HandleReturnCode, Notification?)? Deliver(DeathNotification death)
    {
        if (death.IsConfirmation)
            return (HandleReturnCode.BR_CLEAR_DEATH_NOTIFICATION_DONE, death);
        _delivered.Add(death);
        return (HandleReturnCode.BR_DEAD_BINDER, death);
    }

    private (HandleReturnCode, Notification?)? Deliver(FreezeNotification freeze)
    {
        // A message has only the cookie, which may be another notification's by now, or nobody's.
        freeze = (FreezeNotification)AboutMessage(freeze);
        if (!IsCurrent(freeze))
            return null;
        if (freeze.ClearedDuplicates > 0)
        {
            freeze.ClearedDuplicates--;
            return (HandleReturnCode.BR_CLEAR_FREEZE_NOTIFICATION_DONE, freeze);
        }

        if (freeze.IsPending)
            return null;
        if (freeze.IsClearing)
        {
            if (freeze.PendingDuplicates > 0)
            {
                // Completing the duplicate completes this one, which is all that is left.
                freeze.PendingDuplicates--;
                freeze.IsPending = true;
                _delivered.Add(freeze);
            }
            else if (freeze.Cookie is { } ended)
            {
                _byCookie.Remove(ended);
            }

            return (HandleReturnCode.BR_CLEAR_FREEZE_NOTIFICATION_DONE, freeze);
        }

        if (rules.QueuesEachMessage && freeze.Told == freeze.IsFrozen)
            return null;
        (freeze.IsPending, freeze.Told) = (true, freeze.IsFrozen);
        _delivered.Add(freeze);
        return (HandleReturnCode.BR_FROZEN_BINDER, freeze);
    }

    private static void Queue(Notification notification, LinkedList<Notification> messages)
    {
        notification.NewestMessage = messages.AddLast(notification);
        notification.Messages++;
    }

    private void RemoveHandle(Notification notification)
    {
        if (notification.Handle is not { } handle)
            return;
        if (notification.Kind == HandleNotificationKind.Death)
            _deaths.Remove(handle);
        else
            _freezes.Remove(handle);
        notification.Handle = null;
    }

    /// <summary>Removes a notification from what is queued and delivered.</summary>
    private void Remove(Notification notification)
    {
        if (notification.Messages == 1)
            notification.NewestMessage!.List!.Remove(notification.NewestMessage);
        else
            RemoveMessages(notification);
        notification.Messages = 0;
        _delivered.Remove(notification);
    }

    private void RemoveMessages(Notification notification)
    {
        for (; notification.Messages > 0; notification.Messages--)
            _messages.Remove(notification);
    }

    /// <summary>Returns whether a queued message is about something that still exists.</summary>
    private bool IsCurrent(Notification notification) => notification is not FreezeNotification { Cookie: { } cookie } freeze
        || !rules.HasUniqueFreezeCookies || _byCookie.GetValueOrDefault((HashedId)cookie) == freeze;
}
