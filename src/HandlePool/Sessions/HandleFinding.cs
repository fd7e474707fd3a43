using HandlePool.Text;

namespace HandlePool;

/// <summary>Represents an anomaly in the data that a session was built from, which did not prevent building it. Immutable.</summary>
public sealed class HandleFinding
{
    internal HandleFinding(HandleFindingKind kind, string message, string path, long line,
        HandleProcess? process = null, long? handle = null, long? node = null)
    {
        Kind = kind;
        Message = message;
        Path = path;
        Line = line;
        Process = process;
        Handle = handle;
        Node = node;
    }

    /// <summary>Gets the kind of anomaly.</summary>
    public HandleFindingKind Kind { get; }

    /// <summary>Gets the process concerned, or null.</summary>
    public HandleProcess? Process { get; }

    /// <summary>Gets the handle concerned, or null.</summary>
    public long? Handle { get; }

    /// <summary>Gets the id of the node concerned, or null.</summary>
    public long? Node { get; }

    /// <summary>Gets a sentence that describes the anomaly.</summary>
    public string Message { get; }

    /// <summary>Gets the file that it was read from.</summary>
    public string Path { get; }

    /// <summary>Gets the line in the file, from 1.</summary>
    public long Line { get; }

    /// <inheritdoc/>
    public override string ToString() => VisibleText.Of($"{Path}:{Line}: {Message}");
}
