namespace HandlePool.Tables;

/// <summary>Represents a notification as it is recorded. The members that its kind does not have are not set.</summary>
internal readonly record struct NotificationRecord(HandleNotificationKind Kind, int? Handle, long? Node, ulong? Cookie)
{
    /// <summary>Gets whether it is cleared, or being cleared.</summary>
    internal bool IsCleared { get; init; }

    internal bool IsDead { get; init; }

    internal bool IsDone { get; init; }

    internal bool IsFrozen { get; init; }

    internal bool? Told { get; init; }

    internal bool IsChanged { get; init; }

    internal bool IsLeaked { get; init; }

    internal int PendingDuplicates { get; init; }

    internal int ClearedDuplicates { get; init; }

    /// <summary>Gets whether it does not exist any more, and only a message of its cookie is queued. No other members are set then.</summary>
    internal bool IsEnded { get; init; }

    internal static NotificationRecord Ended(ulong? cookie) => new(HandleNotificationKind.Freeze, null, null, cookie) { IsEnded = true };

    internal static NotificationRecord Of(Notification notification) => notification is FreezeNotification freeze
        ? new NotificationRecord(freeze.Kind, freeze.Handle, freeze.Node?.Id, freeze.Cookie)
        {
            IsCleared = freeze.IsClearing,
            IsFrozen = freeze.IsFrozen,
            Told = freeze.Told,
            IsChanged = freeze.IsChanged,
            IsLeaked = freeze.IsLeaked,
            PendingDuplicates = freeze.PendingDuplicates,
            ClearedDuplicates = freeze.ClearedDuplicates,
        }
        : new NotificationRecord(notification.Kind, notification.Handle, notification.Node?.Id, notification.Cookie)
        {
            IsCleared = ((DeathNotification)notification).IsCleared,
            IsDead = ((DeathNotification)notification).IsDead,
            IsDone = ((DeathNotification)notification).IsDone,
        };

    internal Notification Make(NotificationQueue holder, TableNode? node) => Kind == HandleNotificationKind.Death
        ? new DeathNotification(holder, node, Handle, Cookie) { IsCleared = IsCleared, IsDead = IsDead, IsDone = IsDone }
        : new FreezeNotification(holder, node, Handle, Cookie)
        {
            IsClearing = IsCleared,
            IsFrozen = IsFrozen,
            Told = Told,
            IsChanged = IsChanged,
            IsLeaked = IsLeaked,
            PendingDuplicates = PendingDuplicates,
            ClearedDuplicates = ClearedDuplicates,
        };
}

/// <summary>Represents the notifications of a process as they are recorded. The lists of numbers are positions in the items.</summary>
/// <param name="Items">The notifications.</param>
/// <param name="ThreadMessages">What is queued for the thread that gave the command.</param>
/// <param name="Messages">What is queued for any thread.</param>
/// <param name="Delivered">What the process has read and not completed yet, in the order of delivery.</param>
internal sealed record NotificationRecords(
    IReadOnlyList<NotificationRecord> Items,
    IReadOnlyList<int> ThreadMessages,
    IReadOnlyList<int> Messages,
    IReadOnlyList<int> Delivered)
{
    internal static NotificationRecords None { get; } = new([], [], [], []);

    /// <summary>Gets the number of messages of the thread that come before BR_ERROR; null if that is not queued.</summary>
    internal int? ErrorAfter { get; init; }

    /// <summary>Gets whether there is nothing to record.</summary>
    internal bool IsEmpty => Items.Count == 0 && ErrorAfter is null;
}
