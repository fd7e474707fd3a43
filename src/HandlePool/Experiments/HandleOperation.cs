using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents an operation to do, or that was done, to a session. Immutable.</summary>
/// <remarks>
/// docs/operations.md lists the columns that each operation needs. <see cref="OperationRow"/> reads operations from rows of text.
/// </remarks>
public sealed record HandleOperation
{
    private readonly int? _count;

    /// <summary>Gets the kind of operation.</summary>
    public required HandleOperationKind Operation { get; init; }

    /// <summary>Gets the name of the process, or its pid in digits.</summary>
    public string? Process { get; init; }

    /// <summary>Gets the name of the node, or its id in digits; for a new node, its name.</summary>
    public string? Node { get; init; }

    /// <summary>Gets the handle.</summary>
    public long? Handle { get; init; }

    /// <summary>Gets the number of counts, nodes or messages, at least 1; null means 1, and all messages.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? Count
    {
        get => _count;
        init
        {
            if (value is { } given)
                ArgumentOutOfRangeException.ThrowIfLessThan(given, 1, nameof(Count));
            _count = value;
        }
    }

    /// <summary>Gets whether the counts are weak instead of strong.</summary>
    public bool Weak { get; init; }

    /// <summary>Gets the kind of the notification; null means <see cref="HandleNotificationKind.Death"/>.</summary>
    public HandleNotificationKind? Kind { get; init; }

    /// <summary>Gets the cookie of the notification; null means the handle.</summary>
    public ulong? Cookie { get; init; }

    /// <summary>Gets the context of the process; required for an existing process if its name or pid is in several contexts.</summary>
    public string? Context { get; init; }

    /// <summary>Gets the pid of the process, which takes precedence over <see cref="Process"/>; for a new process, its pid.</summary>
    public int? Id { get; init; }

    /// <summary>Gets the uid of a new process.</summary>
    public int? Uid { get; init; }

    /// <summary>
    /// Gets the number of the open of the device, for a process that has opened the same one more than once. For a new process, any
    /// number above 1 opens it again. Null means 1.
    /// </summary>
    public int? OpenNumber { get; init; }

    /// <summary>Returns the kind of operation and the process.</summary>
    public override string ToString() =>
        VisibleText.Name($"{Operation} {Process ?? Id?.ToString(System.Globalization.CultureInfo.InvariantCulture)}".TrimEnd());
}
