using HandlePool.Pools;

namespace HandlePool.Tables;

/// <summary>Represents the rules by which a driver handles death and freeze notifications where drivers differ.</summary>
/// <remarks>
/// What all drivers do alike is not a rule. A rule that is not set is what the C driver does; its source is
/// <c>drivers/android/binder.c</c>. That of the Rust driver is <c>drivers/android/binder/node.rs</c> and <c>freeze.rs</c>.
/// </remarks>
internal sealed record NotificationRules
{
    /// <summary>Gets the rules of the C driver, as of Linux 6.12.</summary>
    internal static NotificationRules C { get; } = new();

    /// <summary>Gets the rules of the Rust driver since Linux 7.2, which are also the model's own.</summary>
    internal static NotificationRules Rust { get; } = new()
    {
        HasUniqueFreezeCookies = true,
        TellsDeadOwners = true,
        QueuesEachMessage = true,
        ThawsAtExit = true,
    };

    /// <summary>Gets the rules of the Rust driver before Linux 7.2.</summary>
    internal static NotificationRules RustBefore72 { get; } = Rust with { LeaksFreezeListeners = true };

    /// <summary>Returns the rules of drivers that answer alike.</summary>
    internal static NotificationRules Of(DriverFamily family) => family == DriverFamily.C ? C : Rust;

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

    /// <summary>Gets whether an owner that exits counts as thawed. Otherwise its last state is what is delivered.</summary>
    internal bool ThawsAtExit { get; private init; }

    /// <summary>
    /// Gets whether the freeze notification of a dropped reference stays until its holder exits, so that its cookie stays taken.
    /// </summary>
    internal bool LeaksFreezeListeners { get; private init; }
}
