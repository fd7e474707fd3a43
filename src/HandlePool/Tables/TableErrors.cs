using HandlePool.Pools;
using HandlePool.Text;

namespace HandlePool.Tables;

/// <summary>Creates the errors of handle tables. The owner is the process that has the table.</summary>
internal static class TableErrors
{
    private static string Name(HandleNotificationKind kind) => kind == HandleNotificationKind.Death ? "death" : "freeze";

    internal static HandleException HandleNotFound(object owner, long handle, int held) =>
        new(HandleErrorIds.HandleNotFound, Errno.ENOENT,
            $"Process '{owner}' holds no handle {handle}. It holds {Phrase.Count(held, "handle")}.", handle);

    internal static HandleException HandleZeroTaken(object owner) =>
        new(HandleErrorIds.HandleZeroTaken, Errno.EEXIST,
            $"Process '{owner}' still holds handle 0 of a former manager, and the driver would give handle 0 to the new manager's node too and crash. "
            + "Drop handle 0 first.", owner);

    internal static HandleException NodeGone(TableNode node) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Node '{node}' is gone: its owner has exited or removed it, and no process holds it. Use a node that is still in the session.", node);

    internal static HandleException WeakReferenceOnly(object owner, in TableEntry entry) =>
        new(HandleErrorIds.WeakReferenceOnly, Errno.EINVAL,
            $"Process '{owner}' has only {Phrase.Count(entry.Weak, "weak count")} on handle {entry.Handle}, so a strong one cannot be added by handle. "
            + "Add it by node.", (long)entry.Handle);

    internal static HandleException CountUnderflow(object owner, int handle, string kind, int has, int wanted) =>
        new(HandleErrorIds.CountUnderflow, Errno.EINVAL,
            $"Process '{owner}' has {Phrase.Count(has, $"{kind} count")} on handle {handle}, so {wanted} cannot be removed. Remove at most {has}.",
            (long)handle);

    internal static HandleException CountOverflow(object owner, in TableEntry entry, string kind, int has, int wanted) =>
        new(HandleErrorIds.CountOverflow, Errno.EOVERFLOW,
            $"Process '{owner}' has {Phrase.Count(has, $"{kind} count")} on handle {entry.Handle}; adding {wanted} would exceed {int.MaxValue}. "
            + $"Add at most {int.MaxValue - has}.", (long)entry.Handle);

    internal static HandleException PoolExhausted(object owner, IdPool pool) =>
        new(HandleErrorIds.PoolExhausted, Errno.ENOMEM,
            $"The pool of process '{owner}' has {pool.InUse} of {pool.Capacity} handles in use and cannot grow beyond {pool.MaxCapacity}.", owner);

    internal static HandleException AllocationFailed(object owner, Exception inner) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory for another reference of process '{owner}'. Nothing was changed.", owner, inner);

    internal static HandleException RepairAllocationFailed(object owner, Exception inner) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory to rebuild the table and the pool of process '{owner}'. Nothing was changed.", owner, inner);

    internal static HandleException ShrinkNotPossible(object owner, IdPool pool, bool toFit)
    {
        int capacity = pool.Capacity;
        string message;
        if (capacity == IdPool.MinCapacity)
        {
            message = $"The pool of process '{owner}' already has the smallest capacity, {capacity} handles.";
        }
        else if (toFit)
        {
            message = $"The pool of process '{owner}' cannot shrink below {capacity} because handle {pool.LastUsedId} is in use. Drop it first.";
        }
        else
        {
            message = $"The pool of process '{owner}' cannot shrink from {capacity} because handle {pool.LastUsedId} is in use, which is beyond "
                + $"the first quarter (handles below {capacity / 4}). "
                + (pool.FittingCapacity < capacity ? $"The smallest capacity that fits is {pool.FittingCapacity}." : "Drop it first.");
        }

        return new HandleException(HandleErrorIds.ShrinkNotPossible, Errno.EBUSY, message, owner);
    }

    internal static HandleException NotResizable(object owner, IdPool pool) =>
        new(HandleErrorIds.NotResizable, Errno.EINVAL,
            $"The pool of process '{owner}' cannot be resized: "
            + (pool.IsDisabled ? "its bitmap was disabled when there was no memory to grow it." : $"the allocator {pool.Allocator} has no capacity of its own."),
            owner);

    internal static HandleException NotificationExists(object owner, Notification existing) =>
        new(HandleErrorIds.NotificationExists, Errno.EEXIST,
            $"Process '{owner}' already has a {Name(existing.Kind)} notification on handle {existing.Handle}. Clear it first.", (long?)existing.Handle);

    internal static HandleException CookieInUse(object owner, Notification other) =>
        new(HandleErrorIds.CookieInUse, Errno.EINVAL,
            $"Process '{owner}' already uses cookie {other.Cookie} for another {Name(other.Kind)} notification"
            + $"{(other.Handle is { } handle ? $", on handle {handle}" : "")}. Use another cookie.", other.Cookie);

    internal static HandleException NotificationNotSet(object owner, int handle, HandleNotificationKind kind) =>
        new(HandleErrorIds.NotificationNotFound, Errno.ENOENT,
            $"Process '{owner}' has no {Name(kind)} notification on handle {handle}. Request one first.", (long)handle);

    internal static HandleException NotificationCookieDiffers(object owner, Notification existing, ulong cookie) =>
        new(HandleErrorIds.NotificationNotFound, Errno.ENOENT,
            $"The {Name(existing.Kind)} notification of process '{owner}' on handle {existing.Handle} has cookie {existing.Cookie}, not {cookie}. "
            + "Give the cookie that it was requested with.", cookie);

    internal static HandleException NotificationNotDelivered(object owner, HandleNotificationKind kind, ulong cookie) =>
        new(HandleErrorIds.NotificationNotFound, Errno.ENOENT,
            $"Process '{owner}' has received no {Name(kind)} notification of cookie {cookie} that it has not completed. Receive it first.", cookie);

    /// <summary>Returns the subject of a sentence about a notification.</summary>
    internal static string Describe(Notification notification) =>
        $"The {Name(notification.Kind)} notification{(notification.Cookie is { } cookie ? $" of cookie {cookie}" : "")}";

    internal static HandleException PoolCorrupted(object owner, int handle) =>
        new(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN,
            $"The pool of process '{owner}' had handle {handle} as unused, but the table has a reference there. "
            + "The handle is now marked as used; try again.", owner);
}
