namespace HandlePool;

/// <summary>Identifies what a notification is about. A reference may have one of each kind.</summary>
public enum HandleNotificationKind
{
    /// <summary>The owner of the node dies.</summary>
    Death,

    /// <summary>The owner of the node is frozen or thawed.</summary>
    Freeze,
}
