using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents the refusal of an operation. The refused operation has changed nothing.</summary>
/// <remarks>
/// The message says what is wrong and what to do about it. <see cref="ErrorId"/> is stable and is the first part of the
/// FullyQualifiedErrorId of the cmdlets' error records; the ids are the constants of <see cref="HandleErrorIds"/>.
/// Characters that could control a terminal are written as their numbers, such as <c>[U+001B]</c>.
/// </remarks>
public sealed class HandleException : Exception
{
    // Names in a message are already shortened; what the caller asked for is not.
    private const int LongestMessage = 4_000;

    internal HandleException(string errorId, Errno errno, string message, object? target = null, Exception? inner = null)
        : base(VisibleText.Of(VisibleText.Shorten(message, LongestMessage)), inner)
    {
        ErrorId = errorId;
        Errno = errno;
        Target = target;
    }

    /// <summary>Gets the stable id, such as <c>HandleNotFound</c>.</summary>
    public string ErrorId { get; }

    /// <summary>Gets the model's own error number. <see cref="DriverAnswer"/> is what a driver tells user space.</summary>
    public Errno Errno { get; }

    /// <summary>
    /// Gets what the session's driver tells user space in this case; null if the driver has no such case, or the session follows no
    /// driver.
    /// </summary>
    public DriverAnswer? DriverAnswer { get; internal set; }

    /// <summary>
    /// Gets what the session's driver logs about it, one line each, without the number of the thread and of the reference, which the
    /// model does not know; of several commands, what the first that fails logs. Null if it logs nothing or there is no <see cref="DriverAnswer"/>.
    /// </summary>
    public string? DriverLog { get; internal set; }

    /// <summary>Gets the process, node, session, resizer, name or number that the error is about, or null.</summary>
    public object? Target { get; }
}
