namespace HandlePool;

/// <summary>Represents a message that a process has read from the driver. Immutable.</summary>
public sealed class HandleReturn
{
    internal HandleReturn(HandleProcess process, HandleReturnCode code, ulong? cookie, bool? isFrozen)
    {
        Process = process;
        Return = code;
        Cookie = cookie;
        IsFrozen = isFrozen;
    }

    /// <summary>Gets the process that has read it.</summary>
    public HandleProcess Process { get; }

    /// <summary>Gets the driver's code.</summary>
    public HandleReturnCode Return { get; }

    /// <summary>Gets the cookie of the notification; null if it comes from a dump, which has no cookies, or the driver does not tell.</summary>
    public ulong? Cookie { get; }

    /// <summary>Gets whether the owner is frozen; null if the message is not about that.</summary>
    public bool? IsFrozen { get; }

    /// <summary>Gets the kind of notification.</summary>
    public HandleNotificationKind Kind => Return is HandleReturnCode.BR_FROZEN_BINDER or HandleReturnCode.BR_CLEAR_FREEZE_NOTIFICATION_DONE
        ? HandleNotificationKind.Freeze
        : HandleNotificationKind.Death;

    /// <inheritdoc/>
    public override string ToString() => $"{Process}: {Return} {Cookie}";
}
