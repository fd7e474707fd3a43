using HandlePool.Names;

namespace HandlePool.Operations;

/// <summary>One row of what is to be done to a session, or was done to it. Immutable.</summary>
/// <remarks>Which columns an operation needs is in docs/operations.md. Made from rows of text by <see cref="OperationRow"/>.</remarks>
public sealed record HandleOperation
{
    private readonly int? _count;

    /// <summary>What is done.</summary>
    public required HandleOperationKind Operation { get; init; }

    /// <summary>The process: its name, or else its pid in digits.</summary>
    public string? Process { get; init; }

    /// <summary>The node: its name, or else its id in digits. The name to be, for a new one.</summary>
    public string? Node { get; init; }

    /// <summary>The handle.</summary>
    public long? Handle { get; init; }

    /// <summary>How many counts, or nodes, 1 or more; null means 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
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

    /// <summary>Whether weak counts are meant instead of strong ones.</summary>
    public bool Weak { get; init; }

    /// <summary>The context of the process, where its name or pid is in several; that of a new one.</summary>
    public string? Context { get; init; }

    /// <summary>The pid, which says exactly which process is meant; that of a new one.</summary>
    public int? Id { get; init; }

    /// <summary>What is done to which process.</summary>
    public override string ToString() =>
        VisibleText.Name($"{Operation} {Process ?? Id?.ToString(System.Globalization.CultureInfo.InvariantCulture)}".TrimEnd());
}
