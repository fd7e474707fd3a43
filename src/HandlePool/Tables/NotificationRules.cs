using HandlePool.Pools;

namespace HandlePool.Tables;

/// <summary>Represents the rules by which a driver handles death and freeze notifications where drivers differ.</summary>
/// <remarks>
/// What all drivers do alike is not a rule. The source of those of the C driver is <c>drivers/android/binder.c</c>, and of those of the
/// Rust driver <c>drivers/android/binder/node.rs</c>, <c>process.rs</c> and <c>freeze.rs</c>.
/// </remarks>
internal sealed record NotificationRules
{
    /// <summary>Gets the rules of the C driver, as of Linux 6.12.</summary>
    private static NotificationRules C { get; } = new() { CountsFreezing = true };

    /// <summary>Gets the rules of the Rust driver since Linux 7.2, which are also the model's own.</summary>
    private static NotificationRules Rust { get; } = new()
    {
        HasUniqueFreezeCookies = true,
        TellsDeadOwners = true,
        QueuesEachMessage = true,
        ReadsOwner = true,
    };

    /// <summary>Returns the rules of drivers that answer alike.</summary>
    /// <param name="family">The drivers.</param>
    /// <param name="leaksListeners">Whether it is the Rust driver before Linux 7.2.</param>
    internal static NotificationRules Of(DriverFamily family, bool leaksListeners) =>
        family == DriverFamily.C ? C : Rust with { LeaksFreezeListeners = leaksListeners };

    /// <summary>
    /// Gets whether a process may use a cookie for one freeze notification at a time. The exception is another request for the same
    /// node while the first is being cleared.
    /// </summary>
    internal bool HasUniqueFreezeCookies { get; private init; }

    /// <summary>Gets whether a request for a freeze notification is answered although the owner of the node is dead.</summary>
    internal bool TellsDeadOwners { get; private init; }

    /// <summary>
    /// Gets whether each change of a freeze notification queues a message, which is dropped on delivery if there is nothing new to
    /// tell. Otherwise a notification is queued once, and is overwritten in place.
    /// </summary>
    internal bool QueuesEachMessage { get; private init; }

    /// <summary>
    /// Gets whether the owner's state is read on delivery, so that one that exits, or whose freezing does not succeed, counts as thawed.
    /// Otherwise the state that the notification was given last is what is delivered.
    /// </summary>
    internal bool ReadsOwner { get; private init; }

    /// <summary>Gets whether an owner counts as frozen from the beginning of its freezing. Otherwise it does once that has succeeded.</summary>
    internal bool CountsFreezing { get; private init; }

    /// <summary>
    /// Gets whether the freeze notification of a dropped reference stays until its holder exits, so that its cookie stays taken.
    /// </summary>
    internal bool LeaksFreezeListeners { get; private init; }
}
