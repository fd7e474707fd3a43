namespace HandlePool;

/// <summary>Defines a hook that makes allocations take time, and operations of a session fail.</summary>
internal interface IFaultHook
{
    /// <summary>Runs before each allocation for a resize, with no lock held, on the thread that is about to allocate. It may take time.</summary>
    /// <exception cref="OutOfMemoryException">The allocation is to fail.</exception>
    void BeforeAllocation(HandleProcess process, ResizeDirection direction);

    /// <summary>Returns a copy for a copy of the session.</summary>
    /// <param name="session">The copy of the session.</param>
    /// <param name="copyOf">Returns the copy of a process.</param>
    IFaultHook CopyTo(HandleSession session, Func<HandleProcess, HandleProcess> copyOf);

    /// <summary>Returns whether an operation on a process is to fail for a reason that the model does not have by itself.</summary>
    /// <param name="process">The process.</param>
    /// <param name="fault">What makes it fail: <c>FailNotification</c> or <c>FailFreeze</c>.</param>
    bool Fails(HandleProcess process, HandleOperationKind fault);
}
