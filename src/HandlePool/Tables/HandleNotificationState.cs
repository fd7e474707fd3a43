namespace HandlePool;

/// <summary>Identifies how far a notification has come.</summary>
public enum HandleNotificationState
{
    /// <summary>It is set on the reference, and there is nothing to tell.</summary>
    Requested,

    /// <summary>The holder has not read <c>BR_DEAD_BINDER</c> or <c>BR_FROZEN_BINDER</c> yet.</summary>
    Queued,

    /// <summary>The holder has read it, and has not completed it yet.</summary>
    Delivered,

    /// <summary>The holder has completed a death notification, which remains set until it is cleared or the handle is dropped.</summary>
    Done,

    /// <summary>It is cleared, but the holder must first read or complete what has been queued.</summary>
    Clearing,

    /// <summary>It is cleared, and the holder has not read the confirmation yet.</summary>
    Cleared,

    /// <summary>The reference was dropped, but the freeze notification remains: the Rust driver before Linux 7.2 leaks it.</summary>
    Leaked,
}
