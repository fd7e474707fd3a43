namespace HandlePool;

/// <summary>Represents the result of a row. Immutable.</summary>
public sealed class HandleOperationResult
{
    internal HandleOperationResult(long row, HandleOperation? operation, object? result, HandleException? error)
    {
        Row = row;
        Operation = operation?.Operation;
        Process = operation?.Process ?? operation?.Id?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Node = operation?.Node;
        Handle = result is HandleReference reference ? reference.Handle : operation?.Handle;
        Count = operation is null ? null : operation.Count ?? 1;
        Weak = operation?.Weak ?? false;
        Result = result;
        Error = error;
    }

    /// <summary>Gets the number of the row, from 1.</summary>
    public long Row { get; }

    /// <summary>Gets the kind of operation; null if the row is not a valid operation.</summary>
    public HandleOperationKind? Operation { get; }

    /// <summary>Gets the process as the row names it.</summary>
    public string? Process { get; }

    /// <summary>Gets the node as the row names it.</summary>
    public string? Node { get; }

    /// <summary>Gets the handle that was added, increased or decreased.</summary>
    public long? Handle { get; }

    /// <summary>Gets the number of counts or nodes.</summary>
    public int? Count { get; }

    /// <summary>Gets whether the counts are weak instead of strong.</summary>
    public bool Weak { get; }

    /// <summary>Gets whether the operation succeeded. If not, nothing has changed.</summary>
    public bool Succeeded => Error is null;

    /// <summary>Gets the id of the error, or null.</summary>
    public string? ErrorId => Error?.ErrorId;

    /// <summary>Gets the message of the error, or null.</summary>
    public string? Message => Error?.Message;

    /// <summary>
    /// Gets the result: the process, the last of the nodes, the reference with its new counts, the resizer, or the result of the resize.
    /// Null if there is none, or the operation failed.
    /// </summary>
    public object? Result { get; }

    /// <summary>Gets the error, or null.</summary>
    internal HandleException? Error { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Row}: {Operation}{(Succeeded ? "" : " " + ErrorId)}";
}
