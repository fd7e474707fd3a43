namespace HandlePool.Operations;

/// <summary>What became of a row. Immutable.</summary>
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

    /// <summary>The number of the row, from 1.</summary>
    public long Row { get; }

    /// <summary>What was done, or was to be; null if the row is no operation.</summary>
    public HandleOperationKind? Operation { get; }

    /// <summary>The process, as the row names it.</summary>
    public string? Process { get; }

    /// <summary>The node, as the row names it.</summary>
    public string? Node { get; }

    /// <summary>The handle that was got, increased or decreased.</summary>
    public long? Handle { get; }

    /// <summary>How many counts or nodes.</summary>
    public int? Count { get; }

    /// <summary>Whether weak counts were meant.</summary>
    public bool Weak { get; }

    /// <summary>Whether it was done; if not, nothing has changed.</summary>
    public bool Succeeded => Error is null;

    /// <summary>The id of the error, or null.</summary>
    public string? ErrorId => Error?.ErrorId;

    /// <summary>What was wrong, or null.</summary>
    public string? Message => Error?.Message;

    /// <summary>
    /// What came of it: the process, the last of the nodes, the reference as it is now, the resizer, or the result of the resize. Null if
    /// there is nothing to show, or it failed.
    /// </summary>
    public object? Result { get; }

    /// <summary>What was refused, or null.</summary>
    internal HandleException? Error { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Row}: {Operation}{(Succeeded ? "" : " " + ErrorId)}";
}
