namespace HandlePool;

/// <summary>Identifies the error number that the model gives a case (asm-generic values).</summary>
/// <remarks>
/// It is what a tester needs to know, not what user space sees: a driver answers many of these cases with success. See
/// <see cref="HandleException.DriverAnswer"/>.
/// </remarks>
public enum Errno
{
    /// <summary>The process may not do it.</summary>
    EPERM = 1,

    /// <summary>No such process, node, session or handle.</summary>
    ENOENT = 2,

    /// <summary>The process has exited.</summary>
    ESRCH = 3,

    /// <summary>A transaction is pending; the same may succeed later.</summary>
    EAGAIN = 11,

    /// <summary>There is no memory for a larger bitmap or a notification, or the pool has reached its largest allowed capacity.</summary>
    ENOMEM = 12,

    /// <summary>A device does not allow what was asked of it.</summary>
    EACCES = 13,

    /// <summary>Something is in the way: a manager, or a handle that keeps a pool from shrinking.</summary>
    EBUSY = 16,

    /// <summary>The object to be created already exists.</summary>
    EEXIST = 17,

    /// <summary>A device is not there, or does not answer.</summary>
    ENODEV = 19,

    /// <summary>The request is invalid.</summary>
    EINVAL = 22,

    /// <summary>A count would exceed its 32 bits.</summary>
    EOVERFLOW = 75,

    /// <summary>A structure is inconsistent ("structure needs cleaning").</summary>
    EUCLEAN = 117,
}
