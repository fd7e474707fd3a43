namespace HandlePool.Tables;

/// <summary>What a handle table asks of the process that it belongs to.</summary>
internal interface ITableOwner
{
    /// <summary>Whether the process has exited. Set before the table is cleared, so that nothing is inserted after that.</summary>
    bool IsDead { get; }

    /// <summary>Called before each allocation for a resize, with no lock held: experiments have it take longer, or fail.</summary>
    /// <exception cref="OutOfMemoryException">It is to fail.</exception>
    void Allocating(ResizeDirection direction);

    /// <summary>Notes something that happened; called with the table's lock held.</summary>
    void Record(HandleEventKind kind, string message, int? fromCapacity = null, int? toCapacity = null, int? handle = null);
}
