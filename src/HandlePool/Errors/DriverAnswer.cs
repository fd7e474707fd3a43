namespace HandlePool;

/// <summary>Identifies what a driver tells user space about an operation.</summary>
public enum DriverAnswer
{
    /// <summary>Success: user space does not learn that the driver refused or ignored the command.</summary>
    Success,

    /// <summary>The ioctl fails with EPERM.</summary>
    EPERM,

    /// <summary>The ioctl fails with ENOMEM.</summary>
    ENOMEM,

    /// <summary>The ioctl fails with EBUSY.</summary>
    EBUSY,

    /// <summary>The ioctl fails with EINVAL.</summary>
    EINVAL,

    /// <summary>The transaction that carries the node fails: its sender reads BR_FAILED_REPLY.</summary>
    FailedReply,

    /// <summary>Nothing: the kernel stops at a BUG().</summary>
    Crash,

    /// <summary>The ioctl fails with EAGAIN.</summary>
    EAGAIN,
}
