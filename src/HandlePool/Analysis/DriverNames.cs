using System.Collections.Frozen;
using System.Globalization;

namespace HandlePool.Analysis;

/// <summary>Names the numbers that the driver prints for a failed call.</summary>
internal static class DriverNames
{
    // Commands of the letter r, without their size and direction.
    private const long ReturnType = 'r' << 8;
    private const long TypeMask = 0xff00;

    private static readonly string[] FirstErrors =
    [
        "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD", "EAGAIN", "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST",
        "EXDEV", "ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE",
        "EDEADLK", "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP",
    ];

    // The numbers are those of the architectures of Android's devices.
    private static readonly FrozenDictionary<long, string> OtherErrors = new Dictionary<long, string>
    {
        [61] = "ENODATA",
        [62] = "ETIME",
        [71] = "EPROTO",
        [74] = "EBADMSG",
        [75] = "EOVERFLOW",
        [84] = "EILSEQ",
        [87] = "EUSERS",
        [90] = "EMSGSIZE",
        [95] = "EOPNOTSUPP",
        [104] = "ECONNRESET",
        [105] = "ENOBUFS",
        [107] = "ENOTCONN",
        [110] = "ETIMEDOUT",
        [111] = "ECONNREFUSED",
        [114] = "EALREADY",
        [115] = "EINPROGRESS",
        [116] = "ESTALE",
        [117] = "EUCLEAN",
        [122] = "EDQUOT",
        [125] = "ECANCELED",
        [126] = "ENOKEY",
        [130] = "EOWNERDEAD",
        [131] = "ENOTRECOVERABLE",
        [512] = "ERESTARTSYS",
        [524] = "ENOTSUPP",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<long, string> Returns = new Dictionary<long, string>
    {
        [0] = "BR_ERROR",
        [1] = "BR_OK",
        [2] = "BR_TRANSACTION",
        [3] = "BR_REPLY",
        [5] = "BR_DEAD_REPLY",
        [6] = "BR_TRANSACTION_COMPLETE",
        [12] = "BR_NOOP",
        [17] = "BR_FAILED_REPLY",
        [18] = "BR_FROZEN_REPLY",
        [19] = "BR_ONEWAY_SPAM_SUSPECT",
        [20] = "BR_TRANSACTION_PENDING_FROZEN",
    }.ToFrozenDictionary();

    /// <summary>Returns the name of an error number, such as <c>EINVAL</c>; the number, if it has none here.</summary>
    internal static string OfError(long number) => number > 0 && number <= FirstErrors.Length ? FirstErrors[number - 1]
        : OtherErrors.GetValueOrDefault(number) ?? number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Returns the name of what the driver returns, such as <c>BR_FAILED_REPLY</c>; the number, if it has none here.</summary>
    internal static string OfReturn(long number) => (number & TypeMask) == ReturnType && Returns.TryGetValue(number & 0xff, out string? name)
        ? name
        : number.ToString(CultureInfo.InvariantCulture);
}
