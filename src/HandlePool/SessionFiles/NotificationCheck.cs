using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.SessionFiles;

/// <summary>Checks that the notifications of a process in a session file are consistent: with each other, and with what the driver can have.</summary>
/// <param name="process">The process as it is in the file.</param>
/// <param name="place">Its JSON path.</param>
/// <param name="holder">The process, which has its references already.</param>
/// <param name="rules">The rules of the driver.</param>
/// <param name="highestNodeId">The highest id of a node so far.</param>
/// <param name="findNode">Finds a node by its id.</param>
/// <param name="wrong">Creates the error of a place.</param>
internal sealed class NotificationCheck(ProcessDocument process, string place, HandleProcess holder, NotificationRules rules,
    long highestNodeId, Func<long, HandleNode?> findNode, Func<string, string, HandleException> wrong)
{
    private readonly int[] _queued = new int[process.Notifications.Count];
    private readonly bool[] _isDelivered = new bool[process.Notifications.Count];
    private readonly Dictionary<(HandleNotificationKind, int), int> _handles = [];
    private readonly Dictionary<ulong, int> _cookies = [];

    /// <summary>Throws the error of the first value that is inconsistent.</summary>
    internal void Run()
    {
        List<NotificationDocument> notifications = process.Notifications;
        if (notifications.Count > 0 && holder.IsDead)
            throw wrong($"{place}.notifications[0]", "the process has exited, so it cannot have notifications.");
        CheckList(process.ThreadMessages, "threadMessages", isThread: true);
        CheckList(process.Messages, "messages");
        CheckList(process.Delivered, "delivered");
        for (int index = 0; index < notifications.Count; index++)
        {
            NotificationDocument notification = notifications[index];
            string at = $"{place}.notifications[{index}]";
            CheckMembers(notification, at);
            CheckNode(notification, at);
            CheckUnique(notification, index, at);
            if (notification.Kind == HandleNotificationKind.Death)
                CheckDeath(notification, index, at);
            else
                CheckFreeze(notification, index, at);
        }
    }

    /// <summary>Checks the indexes of a list, and that none is in two lists that cannot have it both.</summary>
    private void CheckList(List<int> indexes, string list, bool isThread = false)
    {
        bool isDelivery = indexes == process.Delivered;
        for (int position = 0; position < indexes.Count; position++)
        {
            int index = indexes[position];
            string at = $"{place}.{list}[{position}]";
            if (index >= _queued.Length)
                throw wrong(at, $"index {index} is out of range: the process has {Phrase.Count(_queued.Length, "notification")}.");
            bool isFreeze = process.Notifications[index].Kind == HandleNotificationKind.Freeze;
            if (isThread && isFreeze)
                throw wrong(at, $"notification {index} is of a freeze, which is queued for the process and not for a thread.");
            bool mayRepeat = isFreeze && rules.QueuesEachMessage;
            if (isDelivery ? _isDelivered[index] || (_queued[index] > 0 && !mayRepeat) : _queued[index] > 0 && !mayRepeat)
                throw wrong(at, $"notification {index} is already queued or delivered.");
            if (isDelivery)
                _isDelivered[index] = true;
            else
                _queued[index]++;
        }
    }

    /// <summary>Returns the name of a member that is set although only the other kind has it; null if there is none.</summary>
    private static string? OfOtherKind(in NotificationDocument notification) => notification.Kind == HandleNotificationKind.Freeze
        ? notification.IsDead ? "isDead" : notification.IsDone ? "isDone" : null
        : notification.IsFrozen ? "isFrozen"
        : notification.Told is not null ? "told"
        : notification.IsChanged ? "isChanged"
        : notification.IsLeaked ? "isLeaked"
        : notification.PendingDuplicates > 0 ? "pendingDuplicates"
        : notification.ClearedDuplicates > 0 ? "clearedDuplicates"
        : notification.IsEnded ? "isEnded" : null;

    private void CheckMembers(in NotificationDocument notification, string at)
    {
        if (OfOtherKind(notification) is { } member)
            throw wrong($"{at}.{member}", $"a {notification.Kind} has no {member}; write {(member == "told" ? "null" : member.EndsWith("Duplicates", StringComparison.Ordinal) ? "0" : "false")}.");
        if (notification.Handle is { } handle && (notification.IsCleared || notification.IsLeaked || notification.IsEnded))
            throw wrong($"{at}.handle", $"the notification is {(notification.IsCleared ? "cleared" : notification.IsLeaked ? "leaked" : "ended")}, so it is not set on handle {handle}; write null.");

        // A dump tells of some neither handle, node nor cookie.
        bool isUnknown = notification is { Node: null, Cookie: null };
        if (notification is { Handle: null, IsCleared: false, IsLeaked: false, IsEnded: false } && !isUnknown)
            throw wrong($"{at}.handle", "the notification is not cleared, so it must be set on a handle.");
        if (notification.IsLeaked && !rules.LeaksFreezeListeners)
            throw wrong($"{at}.isLeaked", "only the Rust driver with freezeListenerLeak leaks listeners.");
        if (notification.IsEnded && (!rules.HasUniqueFreezeCookies || notification is not
            {
                Node: null, Cookie: not null, IsCleared: false, IsLeaked: false,
                IsFrozen: false, Told: null, IsChanged: false, PendingDuplicates: 0, ClearedDuplicates: 0
            }))
        {
            throw wrong($"{at}.isEnded", rules.HasUniqueFreezeCookies
                ? "of a notification that has ended, only the cookie is left." : "the C driver leaves no message of a notification that has ended.");
        }

        if (!rules.HasUniqueFreezeCookies && notification.PendingDuplicates + (long)notification.ClearedDuplicates > 0)
            throw wrong($"{at}.{(notification.PendingDuplicates > 0 ? "pendingDuplicates" : "clearedDuplicates")}", "the C driver has no duplicates; write 0.");
    }

    private void CheckNode(in NotificationDocument notification, string at)
    {
        if (notification.Handle is { } handle)
        {
            if (holder.GetReference(handle) is not { } reference)
                throw wrong(at, $"the process does not hold handle {handle}.");
            if (reference.Node.Id != notification.Node)
                throw wrong(at, $"handle {handle} is for node {reference.Node.Id}.");
            if (notification.Kind == HandleNotificationKind.Death && notification.IsDead != reference.Node.IsDead)
                throw wrong(at, $"isDead is {(notification.IsDead ? "true" : "false")}, but node {reference.Node.Id} is {(notification.IsDead ? "alive" : "dead")}.");
        }
        else if (notification.Node is { } node && node > highestNodeId)
        {
            throw wrong($"{at}.node", $"node {node} exceeds highestNodeId, {highestNodeId}.");
        }
    }

    private void CheckUnique(in NotificationDocument notification, int index, string at)
    {
        if (notification.Handle is { } handle && !_handles.TryAdd((notification.Kind, handle), index))
            throw wrong(at, $"{place}.notifications[{_handles[(notification.Kind, handle)]}] is already the {notification.Kind} notification of handle {handle}.");
        if (notification is { Kind: HandleNotificationKind.Freeze, Cookie: { } cookie, IsEnded: false } && rules.HasUniqueFreezeCookies
            && !_cookies.TryAdd(cookie, index))
        {
            throw wrong(at, $"{place}.notifications[{_cookies[cookie]}] already has cookie {cookie}, and those of freeze notifications are unique.");
        }
    }

    private void CheckDeath(in NotificationDocument death, int index, string at)
    {
        if (death is { IsDone: true, IsDead: false })
            throw wrong($"{at}.isDone", "isDead is false, so there is nothing to complete.");
        bool isQueued = _queued[index] > 0;
        string? message = death switch
        {
            { IsCleared: true, IsDead: false } or { IsCleared: true, IsDone: true } => isQueued ? null : "is cleared, so its confirmation must be queued",
            { IsDead: true, IsDone: false } => isQueued || _isDelivered[index] ? null : "is of a death that is not done, so it must be queued or delivered",
            { IsDone: true } => isQueued || _isDelivered[index] ? "is done, so it cannot be queued or delivered" : null,
            _ => isQueued || _isDelivered[index] ? "is of a living node, so it cannot be queued or delivered" : null,
        };
        if (message is not null)
            throw wrong(at, $"the notification {message}.");
    }

    private void CheckFreeze(in NotificationDocument freeze, int index, string at)
    {
        (bool isQueued, bool isDelivered) = (_queued[index] > 0, _isDelivered[index]);
        if (freeze.IsEnded && (!isQueued || isDelivered))
            throw wrong(at, "the notification has ended, so it must be queued, and not delivered.");
        if (freeze is { Handle: null, IsLeaked: false } && !isQueued && !isDelivered)
            throw wrong(at, "the notification is not set on a handle, so it must be queued or delivered.");
        if (freeze.Handle is not null && findNode(freeze.Node!.Value) is { IsDead: false } node)
        {
            bool isFrozen = node.Owner is { IsFrozen: true };
            if (rules.ReadsOwner ? freeze.IsFrozen != isFrozen : isFrozen && !freeze.IsFrozen)
                throw wrong($"{at}.isFrozen", $"expected {(isFrozen ? "true" : "false")}, as the owner of node {node.Id} is {(isFrozen ? "" : "not ")}frozen.");
            if (freeze.Told is null && !isQueued && !isDelivered && !rules.QueuesEachMessage)
                throw wrong($"{at}.told", "the process was never told a state, so the notification must be queued.");
        }

        if (freeze is { IsCleared: false, Node: not null, Told: null } && isDelivered)
            throw wrong($"{at}.told", "the notification is delivered, so the process was told a state.");
        if (rules.QueuesEachMessage)
            return;

        // The C driver queues each change that the process was not told, unless a delivery is not completed.
        if (freeze.IsChanged && !isDelivered)
            throw wrong($"{at}.isChanged", "the notification is not delivered, so nothing can have changed since.");
        if (freeze is { IsChanged: false, Told: { } told } && !isQueued && told != freeze.IsFrozen)
            throw wrong($"{at}.told", $"isFrozen is {(freeze.IsFrozen ? "true" : "false")}, so the process must be told, or the change be pending.");
    }
}
