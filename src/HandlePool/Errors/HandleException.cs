using HandlePool.Names;

namespace HandlePool;

/// <summary>What every refused operation of the model throws. The refused operation has changed nothing.</summary>
/// <remarks>
/// The message says what was asked, what is the case, and what can be done about it. <see cref="ErrorId"/> is stable and
/// is the first part of the FullyQualifiedErrorId of the cmdlets' error records; the ids are the constants of
/// <see cref="HandleErrorIds"/>. Characters in it that could steer a terminal stand as their numbers, such as <c>[U+001B]</c>.
/// </remarks>
public sealed class HandleException : Exception
{
    // Names within are cut already; what somebody asked for is not.
    private const int LongestMessage = 4_000;

    internal HandleException(string errorId, Errno errno, string message, object? target = null, Exception? inner = null)
        : base(VisibleText.Of(VisibleText.Shorten(message, LongestMessage)), inner)
    {
        ErrorId = errorId;
        Errno = errno;
        Target = target;
    }

    /// <summary>The stable id, such as <c>HandleNotFound</c>.</summary>
    public string ErrorId { get; }

    /// <summary>What the driver or the kernel answers with in this situation.</summary>
    public Errno Errno { get; }

    /// <summary>The process, node, session, resizer, name or number that the error is about, or null.</summary>
    public object? Target { get; }
}
