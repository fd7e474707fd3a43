namespace HandlePool.Tables;

/// <summary>Represents what a dump says of the notifications of a process: neither cookies nor, of what is queued, handles.</summary>
/// <param name="queue">The queue of the process, which is still empty.</param>
internal sealed class ImportedNotifications(NotificationQueue queue)
{
    private const int FirstPartSize = 4;
    private const int LargestPartSize = 256;

    // In parts that are never copied: a dump may have as many as references.
    private readonly List<(int Handle, TableNode Node)[]> _deaths = [];
    private int _inLastPart;
    private readonly List<(ImportedWork Work, bool IsForThread)> _work = [];

    internal void AddDeath(int handle, TableNode node)
    {
        if (_deaths.Count == 0 || _inLastPart == _deaths[^1].Length)
        {
            _deaths.Add(new (int, TableNode)[_deaths.Count == 0 ? FirstPartSize : Math.Min(2 * _deaths[^1].Length, LargestPartSize)]);
            _inLastPart = 0;
        }

        _deaths[^1][_inLastPart++] = (handle, node);
    }

    internal void AddWork(ImportedWork work, bool isForThread) => _work.Add((work, isForThread));

    /// <summary>Fills the queue.</summary>
    /// <remarks>
    /// A dump tells how many notifications of dead nodes are queued, and not which: they are taken to be those of the lowest handles.
    /// Of the others it tells whether any is delivered and not completed: then all are taken to be. No driver queues a freeze for a thread.
    /// </remarks>
    /// <returns>The notifications that are set on references.</returns>
    internal List<Notification> Restore()
    {
        IEnumerable<(int Handle, TableNode Node)> deaths = _deaths.SelectMany((part, index) => index < _deaths.Count - 1 ? part : part[.._inLastPart]);
        List<Notification> set = [.. deaths.Select(death => new DeathNotification(queue, death.Node, death.Handle, null) { IsDead = death.Node.IsDead })];
        set.RemoveAll(notification => !queue.TryRestore(notification));
        Queue<DeathNotification> dead = new(set.OfType<DeathNotification>().Where(death => death.IsDead).OrderBy(death => death.Handle));
        foreach ((ImportedWork work, bool isForThread) in _work)
        {
            if (work == ImportedWork.Error)
                queue.QueueError();
            else if (Find(work, dead) is { } notification)
                queue.RestoreMessage(notification, isForThread && notification.Kind == HandleNotificationKind.Death);
        }

        if (_work.Exists(item => item.Work == ImportedWork.DeliveredFreeze))
            queue.RestoreDelivered(new FreezeNotification(queue, null, null, null) { IsPending = true });
        bool isAnyDelivered = _work.Exists(item => item.Work == ImportedWork.DeliveredDeath);
        if (isAnyDelivered && dead.Count == 0)
            queue.RestoreDelivered(new DeathNotification(queue, null, null, null) { IsDead = true });
        foreach (DeathNotification death in dead)
        {
            death.IsDone = !isAnyDelivered;
            if (isAnyDelivered)
                queue.RestoreDelivered(death);
        }

        return set;
    }

    private Notification? Find(ImportedWork work, Queue<DeathNotification> dead) => work switch
    {
        ImportedWork.Death => dead.TryDequeue(out DeathNotification? next) ? next : new DeathNotification(queue, null, null, null) { IsDead = true },
        ImportedWork.ClearedAndDeath => new DeathNotification(queue, null, null, null) { IsDead = true, IsCleared = true },
        ImportedWork.ClearedDeath => new DeathNotification(queue, null, null, null) { IsCleared = true },
        ImportedWork.Freeze => new FreezeNotification(queue, null, null, null),
        ImportedWork.ClearedFreeze => new FreezeNotification(queue, null, null, null) { IsClearing = true },
        _ => null,
    };
}

/// <summary>Identifies a line of a dump about work.</summary>
internal enum ImportedWork
{
    /// <summary><c>has dead binder</c>.</summary>
    Death,

    /// <summary><c>has cleared dead binder</c>.</summary>
    ClearedAndDeath,

    /// <summary><c>has cleared death notification</c>.</summary>
    ClearedDeath,

    /// <summary><c>has frozen binder</c>.</summary>
    Freeze,

    /// <summary><c>has cleared freeze notification</c>.</summary>
    ClearedFreeze,

    /// <summary><c>has delivered dead binder</c>.</summary>
    DeliveredDeath,

    /// <summary><c>has delivered freeze binder</c>.</summary>
    DeliveredFreeze,

    /// <summary><c>transaction error</c> with the number of BR_ERROR.</summary>
    Error,
}
