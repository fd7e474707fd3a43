using System.Diagnostics;
using HandlePool.Text;

namespace HandlePool.Tables;

/// <summary>Keeps the death and freeze notifications of all processes of a session.</summary>
/// <remarks>
/// Thread-safe. Its one lock is the last to be taken: it is taken with the lock of a table or of the session held, and none but that of
/// the events is taken under it. So the exit of an owner reaches the queue of each holder without the lock of the holder's table.
/// </remarks>
internal sealed class NotificationRegistry(NotificationRules rules)
{
    private readonly object _lock = new();

    // What is set on references to living nodes. A node that nobody asks about costs nothing.
    private readonly Dictionary<TableNode, HashSet<Notification>> _byNode = [];
    private List<ImportedNotifications>? _imported;

    internal NotificationQueue CreateQueue(ITableOwner owner) => new(owner, rules);

    /// <summary>Sets a notification on a reference. The lock of the holder's table must be held.</summary>
    /// <exception cref="HandleException"><c>NotificationExists</c> or <c>CookieInUse</c>. Nothing has changed then.</exception>
    internal NotificationEntry Request(NotificationQueue queue, in TableEntry reference, HandleNotificationKind kind, ulong cookie)
    {
        TableNode node = reference.Node;
        lock (_lock)
        {
            RestoreLocked();
            if (queue.Find(kind, reference.Handle) is { } existing)
                throw TableErrors.NotificationExists(queue.Owner, existing);

            // A node dies before its notifications are taken off it, so that none is missed.
            bool isDead = node.IsDead;
            Notification notification;
            if (kind == HandleNotificationKind.Death)
            {
                notification = queue.AddDeath(node, reference.Handle, cookie);
                Record(TableEventKind.NotificationRequested, notification, "was requested");
                if (isDead)
                    DieLocked(notification);
            }
            else
            {
                FreezeNotification freeze = queue.AddFreeze(node, reference.Handle, cookie);
                freeze.IsFrozen = !isDead && (node.IsOwnerFrozen || (rules.CountsFreezing && node.IsOwnerFreezing));
                notification = freeze;
                Record(TableEventKind.NotificationRequested, notification, "was requested");
                if (!isDead || rules.TellsDeadOwners)
                    queue.Queue(freeze);
            }

            if (!isDead)
                AttachLocked(notification);
            return NotificationEntry.Of(notification);
        }
    }

    /// <summary>Clears the notification of a reference. The lock of the holder's table must be held.</summary>
    /// <exception cref="HandleException"><c>NotificationNotFound</c>: there is none, or it has another cookie. Nothing has changed then.</exception>
    internal NotificationEntry Clear(NotificationQueue queue, int handle, HandleNotificationKind kind, ulong cookie)
    {
        lock (_lock)
        {
            RestoreLocked();
            if (queue.Find(kind, handle) is not { } notification)
                throw TableErrors.NotificationNotSet(queue.Owner, handle, kind);
            if (!notification.Has(cookie))
                throw TableErrors.NotificationCookieDiffers(queue.Owner, notification, cookie);
            DetachLocked(notification);
            Record(TableEventKind.NotificationCleared, notification, "was cleared");
            queue.Clear(notification);
            return NotificationEntry.Of(notification) with { Handle = handle };
        }
    }

    /// <summary>Completes the first delivered notification of a cookie.</summary>
    /// <exception cref="HandleException"><c>NotificationNotFound</c>. Nothing has changed then.</exception>
    internal NotificationEntry Complete(NotificationQueue queue, HandleNotificationKind kind, ulong cookie)
    {
        lock (_lock)
        {
            RestoreLocked();
            Notification notification = queue.Complete(kind, cookie) ?? throw TableErrors.NotificationNotDelivered(queue.Owner, kind, cookie);
            Record(TableEventKind.NotificationCompleted, notification, "was completed");
            return NotificationEntry.Of(notification);
        }
    }

    /// <summary>Takes the next messages of a process off its queue.</summary>
    internal List<NotificationMessage> Receive(NotificationQueue queue, int most)
    {
        List<NotificationMessage> read = [];
        lock (_lock)
        {
            RestoreLocked();
            while (read.Count < most && queue.Receive() is var (code, about))
            {
                bool? isFrozen = code == HandleReturnCode.BR_FROZEN_BINDER && about is FreezeNotification { Node: not null } freeze ? freeze.IsFrozen : null;
                read.Add(new NotificationMessage(code, about?.Cookie, isFrozen));
                if (about is null)
                    queue.Owner.Record(new TableEvent(TableEventKind.NotificationReceived, $"{code} was received."));
                else
                    Record(TableEventKind.NotificationReceived, about, $"was received as {code}");
            }
        }

        return read;
    }

    /// <summary>Tells the thread that requested a death notification that there is no memory for it.</summary>
    internal void QueueError(NotificationQueue queue)
    {
        lock (_lock)
        {
            RestoreLocked();
            if (queue.QueueError())
                queue.Owner.Record(new TableEvent(TableEventKind.NotificationQueued, "BR_ERROR was queued: there was no memory for a death notification."));
        }
    }

    /// <summary>Takes everything off a reference that is dropped. The lock of the holder's table must be held.</summary>
    internal void Drop(NotificationQueue queue, int handle)
    {
        lock (_lock)
        {
            RestoreLocked();
            foreach (Notification notification in queue.Drop(handle))
            {
                if (notification is not FreezeNotification { IsLeaked: true })
                    DetachLocked(notification);
                Record(TableEventKind.NotificationDropped, notification, $"was dropped with handle {handle}", handle);
            }
        }
    }

    /// <summary>Forgets the notifications of a holder that exits. The lock of its table must be held.</summary>
    internal void Exit(NotificationQueue queue)
    {
        lock (_lock)
        {
            RestoreLocked();
            foreach (Notification notification in queue.All)
                DetachLocked(notification);
            queue.Exit();
        }
    }

    /// <summary>Restores what was imported, before a node dies: of a node that was dead in the dump, the holders have been told already.</summary>
    internal void RestoreImported()
    {
        lock (_lock)
            RestoreLocked();
    }

    /// <summary>Tells the holders of nodes that these are dead, in this order. The nodes must already be dead, and what was imported restored.</summary>
    internal void Die(IEnumerable<TableNode> nodes)
    {
        lock (_lock)
        {
            foreach (TableNode node in nodes)
            {
                if (!_byNode.Remove(node, out HashSet<Notification>? notifications))
                    continue;
                foreach (Notification notification in notifications)
                    DieLocked(notification);
            }
        }
    }

    /// <summary>Tells the holders of nodes, in this order, that their owner is frozen or thawed.</summary>
    internal void Freeze(IEnumerable<TableNode> nodes, bool isFrozen)
    {
        lock (_lock)
        {
            foreach (FreezeNotification freeze in FreezesLocked(nodes))
            {
                if (freeze.Holder.Freeze(freeze, isFrozen))
                    Record(TableEventKind.NotificationQueued, freeze, "was queued as BR_FROZEN_BINDER");
            }
        }
    }

    /// <summary>Lets the owner of nodes count as thawed, of which nobody is told, because its freezing has begun or has failed.</summary>
    internal void CountAsThawed(IEnumerable<TableNode> nodes)
    {
        lock (_lock)
        {
            foreach (FreezeNotification freeze in FreezesLocked(nodes))
                freeze.Holder.CountAsThawed(freeze);
        }
    }

    /// <summary>Returns the notification that is set on a handle; null if none is.</summary>
    internal NotificationEntry? Find(NotificationQueue queue, HandleNotificationKind kind, int handle)
    {
        lock (_lock)
            return queue.Find(kind, handle) is { } notification ? NotificationEntry.Of(notification) : null;
    }

    /// <summary>Returns whether a process has a freeze notification of a cookie, even one that is being cleared.</summary>
    internal bool HasFreeze(NotificationQueue queue, ulong cookie)
    {
        lock (_lock)
            return queue.HasFreeze(cookie);
    }

    /// <summary>Returns the processes that would be told of the death of these nodes, each once for each of the nodes.</summary>
    internal List<ITableOwner> FindRecipients(IEnumerable<TableNode> nodes)
    {
        lock (_lock)
        {
            RestoreLocked();
            return [.. nodes.SelectMany(node => _byNode.GetValueOrDefault(node) ?? []).OfType<DeathNotification>().Select(death => death.Holder.Owner)];
        }
    }

    /// <summary>Returns a snapshot of the notifications of a process: those on references in the order of handles, then the others.</summary>
    internal NotificationEntry[] ToArray(NotificationQueue queue)
    {
        lock (_lock)
        {
            RestoreLocked();
            return [.. queue.All.OrderBy(notification => notification.Handle ?? int.MaxValue).ThenBy(notification => notification.Kind)
                .Select(NotificationEntry.Of)];
        }
    }

    /// <summary>Returns a snapshot of the handles with a death notification, and of the work that a process has to read or complete.</summary>
    internal NotificationWork GetWork(NotificationQueue queue)
    {
        lock (_lock)
        {
            RestoreLocked();
            return new NotificationWork(
                [.. queue.Set.Where(each => each.Kind == HandleNotificationKind.Death).Select(each => each.Handle!.Value)],
                [.. queue.ThreadMessages.Select(NotificationEntry.Of)], queue.ErrorAfter, [.. queue.Messages.Select(NotificationEntry.Of)],
                [.. queue.Delivered.Select(NotificationEntry.Of)]);
        }
    }

    /// <summary>Returns a record of the notifications of a process.</summary>
    internal NotificationRecords GetRecords(NotificationQueue queue)
    {
        lock (_lock)
        {
            RestoreLocked();

            // The order in which a restored queue has them too.
            List<Notification> items =
                [.. queue.All.OrderBy(item => item.Kind).ThenBy(item => item.Handle ?? int.MaxValue).ThenBy(item => item.Cookie ?? ulong.MaxValue)];
            int current = items.Count;
            items.AddRange(queue.Ended.Where(ended => queue.AboutMessage(ended) == ended));
            Dictionary<Notification, int> positions = new(items.Count);
            foreach (Notification item in items)
                positions.Add(item, positions.Count);
            List<NotificationRecord> records =
                [.. items.Select((item, position) => position < current ? NotificationRecord.Of(item) : NotificationRecord.Ended(item.Cookie))];
            return new NotificationRecords(records, Positions(queue.ThreadMessages), Positions(queue.Messages), Positions(queue.Delivered))
            {
                ErrorAfter = queue.ErrorAfter,
            };

            List<int> Positions(IEnumerable<Notification> notifications) =>
                [.. notifications.Select(each => positions[queue.AboutMessage(each)])];
        }
    }

    /// <summary>Restores the notifications of a process from their record.</summary>
    /// <param name="queue">The queue, which is still empty.</param>
    /// <param name="records">The record, which is consistent.</param>
    /// <param name="findNode">Finds a node by its id.</param>
    internal void Restore(NotificationQueue queue, NotificationRecords records, Func<long, TableNode?> findNode)
    {
        lock (_lock)
        {
            List<Notification> items = [.. records.Items.Select(item => item.Make(queue, item.Node is { } id ? findNode(id) : null))];
            for (int position = 0; position < items.Count; position++)
            {
                if (records.Items[position].IsEnded)
                    continue;
                bool isNew = queue.TryRestore(items[position]);
                Debug.Assert(isNew, "Two notifications have the same handle or cookie.");
                if (items[position] is { Handle: not null, Node.IsDead: false } or FreezeNotification { IsLeaked: true, Node.IsDead: false })
                    AttachLocked(items[position]);
            }

            foreach (int position in records.ThreadMessages)
                queue.RestoreMessage(items[position], isForThread: true);
            queue.RestoreError(records.ErrorAfter);
            foreach (int position in records.Messages)
                queue.RestoreMessage(items[position], isForThread: false);
            foreach (int position in records.Delivered)
                queue.RestoreDelivered(items[position]);
        }
    }

    /// <summary>Adds what a dump says of a process. It becomes notifications when any are used first, as few sessions use them.</summary>
    internal void Import(ImportedNotifications imported) => (_imported ??= []).Add(imported);

    private static void DieLocked(Notification notification)
    {
        notification.Holder.Die(notification);
        if (notification.Kind == HandleNotificationKind.Death)
            Record(TableEventKind.NotificationQueued, notification, "was queued as BR_DEAD_BINDER");
    }

    private IEnumerable<FreezeNotification> FreezesLocked(IEnumerable<TableNode> nodes)
    {
        RestoreLocked();
        return nodes.SelectMany(node => _byNode.GetValueOrDefault(node) ?? []).OfType<FreezeNotification>();
    }

    private void AttachLocked(Notification notification)
    {
        if (!_byNode.TryGetValue(notification.Node!, out HashSet<Notification>? notifications))
            _byNode.Add(notification.Node!, notifications = []);
        notifications.Add(notification);
    }

    private void DetachLocked(Notification notification)
    {
        if (notification.Node is not { } node || !_byNode.TryGetValue(node, out HashSet<Notification>? notifications))
            return;
        notifications.Remove(notification);
        if (notifications.Count == 0)
            _byNode.Remove(node);
    }

    private void RestoreLocked()
    {
        if (_imported is not { } imported)
            return;
        _imported = null;
        foreach (ImportedNotifications each in imported)
        {
            foreach (Notification notification in each.Restore().Where(notification => notification is { Node.IsDead: false }))
                AttachLocked(notification);
        }
    }

    private static void Record(TableEventKind kind, Notification notification, string what, int? handle = null) =>
        notification.Holder.Owner.Record(new TableEvent(kind, $"{TableErrors.Describe(notification)} {what}.", Handle: handle ?? notification.Handle));
}

/// <summary>Represents a notification as it was while the lock was held.</summary>
internal readonly record struct NotificationEntry(
    HandleNotificationKind Kind, int? Handle, TableNode? Node, ulong? Cookie, HandleNotificationState State)
{
    internal static NotificationEntry Of(Notification notification) =>
        new(notification.Kind, notification.Handle, notification.Node, notification.Cookie, notification.State);
}

/// <summary>Represents what a process has read.</summary>
internal readonly record struct NotificationMessage(HandleReturnCode Code, ulong? Cookie, bool? IsFrozen);

/// <summary>Represents what a dump shows of the notifications of a process.</summary>
/// <param name="Deaths">The handles with a death notification.</param>
/// <param name="ThreadMessages">What is queued for the thread that gave the command.</param>
/// <param name="ErrorAfter">The number of these that the thread reads before BR_ERROR; null if that is not queued.</param>
/// <param name="Messages">What is queued for any thread.</param>
/// <param name="Delivered">What the process has read and not completed yet.</param>
internal sealed record NotificationWork(
    HashSet<int> Deaths, NotificationEntry[] ThreadMessages, int? ErrorAfter, NotificationEntry[] Messages, NotificationEntry[] Delivered);
