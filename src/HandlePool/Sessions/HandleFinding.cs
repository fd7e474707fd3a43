using HandlePool.Names;

namespace HandlePool;

/// <summary>Something odd in the data that a session was made from, which did not stop it from being made. Immutable.</summary>
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

    /// <summary>What is odd.</summary>
    public HandleFindingKind Kind { get; }

    /// <summary>The process it is about, if it is about one.</summary>
    public HandleProcess? Process { get; }

    /// <summary>The handle it is about, if it is about one.</summary>
    public long? Handle { get; }

    /// <summary>The id of the node it is about, if it is about one.</summary>
    public long? Node { get; }

    /// <summary>What is odd, in a sentence.</summary>
    public string Message { get; }

    /// <summary>The file that it was read from.</summary>
    public string Path { get; }

    /// <summary>The line of the file, from 1.</summary>
    public long Line { get; }

    /// <inheritdoc/>
    public override string ToString() => VisibleText.Of($"{Path}:{Line}: {Message}");
}
