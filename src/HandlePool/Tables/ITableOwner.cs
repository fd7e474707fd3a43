namespace HandlePool.Tables;

/// <summary>Defines what a handle table needs of the process that owns it. Its text names the process in messages.</summary>
internal interface ITableOwner
{
    /// <summary>Gets whether the process has exited. Set before the table is cleared, so that nothing is inserted after that.</summary>
    bool IsDead { get; }

    /// <summary>Gets the notifications of the session.</summary>
    NotificationRegistry Notifications { get; }

    /// <summary>Creates the error of an operation on a process that has exited.</summary>
    HandleException ExitedError();

    /// <summary>Called before each allocation for a resize, with no lock held: experiments delay it or make it fail.</summary>
    /// <exception cref="OutOfMemoryException">The allocation is to fail.</exception>
    void BeforeAllocation(ResizeDirection direction);

    /// <summary>Gives a reference its number where the driver numbers references; called with the table's lock held.</summary>
    void NumberReference();

    /// <summary>Records an event; called with the table's lock held.</summary>
    void Record(in TableEvent tableEvent);
}
