namespace HandlePool;

/// <summary>Defines an observer of the operations on a session. Its methods are called on the thread of the operation.</summary>
internal interface IOperationObserver
{
    /// <summary>Called before an operation. The observer may block until other operations have ended.</summary>
    /// <returns>The scope of the operation, to be disposed of at its end.</returns>
    OperationScope Begin(in SessionOperation operation);

    /// <summary>Called within the running operation, on its thread, for another that is to be replayed before it.</summary>
    void Precede(in SessionOperation operation);

    /// <summary>Called when the operation has succeeded.</summary>
    void Succeeded(object? result);

    /// <summary>Called at the end of the operation, even if it was refused.</summary>
    void End();
}

/// <summary>Describes an operation that is about to be done to a session.</summary>
/// <param name="Kind">The kind of operation.</param>
/// <param name="Process">The process concerned; null for a new process, the removal of a node, and faults of the whole session.</param>
internal readonly record struct SessionOperation(HandleOperationKind Kind, HandleProcess? Process = null)
{
    /// <summary>Gets the name of the new process or node.</summary>
    internal string? Name { get; init; }

    /// <summary>Gets the pid of the new process, if it was given one.</summary>
    internal int? Id { get; init; }

    /// <summary>Gets the context of the new process.</summary>
    internal string? Context { get; init; }

    /// <summary>Gets the uid of the new process, if it was given one.</summary>
    internal int? Uid { get; init; }

    /// <summary>Gets whether the new process opens a device that it may have open.</summary>
    internal bool IsReopen { get; init; }

    internal HandleNode? Node { get; init; }

    internal long? Handle { get; init; }

    /// <summary>Gets the number of strong counts to add or remove.</summary>
    internal int Strong { get; init; }

    /// <summary>Gets the number of weak counts to add or remove.</summary>
    internal int Weak { get; init; }

    /// <summary>Gets the kind of the notification.</summary>
    internal HandleNotificationKind? NotificationKind { get; init; }

    /// <summary>Gets the cookie of the notification.</summary>
    internal ulong? Cookie { get; init; }

    /// <summary>Gets the largest number of messages to read, if there is a limit, or the number of times that a fault occurs.</summary>
    internal int? Count { get; init; }

    /// <summary>Gets the direction of the resizes that a fault concerns; null for both.</summary>
    internal ResizeDirection? Direction { get; init; }

    /// <summary>Gets the number of times that a fault does not occur first.</summary>
    internal int After { get; init; }

    /// <summary>Gets the delay of a fault.</summary>
    internal TimeSpan Delay { get; init; }

    /// <summary>Gets the number of the fault that is about to be removed.</summary>
    internal int? Fault { get; init; }

    /// <summary>Gets the resizer that is about to be completed.</summary>
    internal HandlePoolResizer? Resizer { get; init; }
}

/// <summary>Spans an operation that an observer has begun. The default is that of a session without observer.</summary>
internal readonly struct OperationScope(IOperationObserver observer) : IDisposable
{
    private readonly IOperationObserver? _observer = observer;

    /// <summary>Tells the observer that the operation has succeeded, and returns its result.</summary>
    internal T Succeed<T>(T result)
    {
        _observer?.Succeeded(result);
        return result;
    }

    public void Dispose() => _observer?.End();
}
