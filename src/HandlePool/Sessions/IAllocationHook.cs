namespace HandlePool;

/// <summary>Defines a hook that runs before each allocation for a resize in a session.</summary>
internal interface IAllocationHook
{
    /// <summary>Runs with no lock held, on the thread that is about to allocate. It may take time.</summary>
    /// <exception cref="OutOfMemoryException">The allocation is to fail.</exception>
    void BeforeAllocation(HandleProcess process, ResizeDirection direction);
}
