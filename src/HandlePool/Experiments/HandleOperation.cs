using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents an operation to do, or that was done, to a session. Immutable.</summary>
/// <remarks>
/// docs/operations.md lists the columns that each operation needs. <see cref="OperationRow"/> reads operations from rows of text.
/// </remarks>
public sealed record HandleOperation
{
    private readonly int? _count;
    private readonly int? _after;
    private readonly TimeSpan? _delay;

    /// <summary>Gets the kind of operation.</summary>
    public required HandleOperationKind Operation { get; init; }

    /// <summary>Gets the name of the process, or its pid in digits.</summary>
    public string? Process { get; init; }

    /// <summary>Gets the name of the node, or its id in digits; for a new node, its name.</summary>
    public string? Node { get; init; }

    /// <summary>Gets the handle.</summary>
    public long? Handle { get; init; }

    /// <summary>
    /// Gets the number of counts, nodes, messages, failures or delays, at least 1; null means 1, all messages, and all allocations for a
    /// delay.
    /// </summary>
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

    /// <summary>Gets the direction of the resizes that a fault concerns; null means both.</summary>
    public ResizeDirection? Direction { get; init; }

    /// <summary>Gets the number of allocations, requests or freezes that pass before a fault occurs, at least 0; null means 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? After
    {
        get => _after;
        init
        {
            if (value is { } given)
                ArgumentOutOfRangeException.ThrowIfNegative(given, nameof(After));
            _after = value;
        }
    }

    /// <summary>Gets the delay of allocations, more than 0 and at most a day.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan? Delay
    {
        get => _delay;
        init
        {
            if (value is { } given)
            {
                ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(given, TimeSpan.Zero, nameof(Delay));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(given, HandleFault.LongestDelay, nameof(Delay));
            }

            _delay = value;
        }
    }

    /// <summary>Gets the number of the fault to remove, from 1 in the order in which the session's faults were added.</summary>
    public int? Fault { get; init; }

    /// <summary>Returns the kind of operation and the process.</summary>
    public override string ToString() =>
        VisibleText.Name($"{Operation} {Process ?? Id?.ToString(System.Globalization.CultureInfo.InvariantCulture)}".TrimEnd());
}
