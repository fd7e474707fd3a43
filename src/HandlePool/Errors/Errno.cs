namespace HandlePool;

/// <summary>The error number that the driver, or the kernel around it, answers with in the same situation (asm-generic values).</summary>
public enum Errno
{
    /// <summary>No such process, node, session or handle.</summary>
    ENOENT = 2,

    /// <summary>The process has exited.</summary>
    ESRCH = 3,

    /// <summary>No memory for a larger bitmap, or the largest allowed capacity is reached.</summary>
    ENOMEM = 12,

    /// <summary>Something is in the way: a manager, or a handle that stops a pool from shrinking.</summary>
    EBUSY = 16,

    /// <summary>The thing to be created is there already.</summary>
    EEXIST = 17,

    /// <summary>The request makes no sense as it was put.</summary>
    EINVAL = 22,

    /// <summary>A count would go beyond what its 32 bits hold.</summary>
    EOVERFLOW = 75,

    /// <summary>A structure disagrees with itself ("structure needs cleaning").</summary>
    EUCLEAN = 117,
}
