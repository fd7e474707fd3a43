namespace HandlePool;

/// <summary>Identifies what the driver returns to the thread of a process that reads. The names are the driver's.</summary>
public enum HandleReturnCode
{
    /// <summary>The owner of a node has died.</summary>
    BR_DEAD_BINDER,

    /// <summary>A death notification is cleared: its cookie is not used any more.</summary>
    BR_CLEAR_DEATH_NOTIFICATION_DONE,

    /// <summary>The owner of a node is frozen or not.</summary>
    BR_FROZEN_BINDER,

    /// <summary>A freeze notification is cleared: its cookie is not used any more.</summary>
    BR_CLEAR_FREEZE_NOTIFICATION_DONE,

    /// <summary>There was no memory for a death notification that the thread requested. It does not tell which.</summary>
    BR_ERROR,
}
