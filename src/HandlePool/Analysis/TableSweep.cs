using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Reads the tables of processes on all processors, as <see cref="Sweep"/> does.</summary>
/// <remarks>
/// A reader takes no lock but that of a table, and not even that one if the calling thread has it: that of a report has the locks of its sessions and of
/// all their tables, and waits for the readers.
/// </remarks>
internal static class TableSweep
{
    /// <summary>Reads the tables of processes.</summary>
    /// <param name="processes">The processes.</param>
    /// <param name="createReader">Creates what a thread reads with; it is told whether the tables are locked.</param>
    /// <param name="read">Reads the table of a process. Any thread may call it, for several processes at once.</param>
    /// <param name="cancellationToken">Cancels the operation before the next process.</param>
    /// <returns>The result of each process.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static TResult[] Read<TReader, TResult>(HandleProcess[] processes, Func<bool, TReader> createReader, Func<TReader, HandleProcess, TResult> read,
        CancellationToken cancellationToken) =>
        Read(processes, processes, createReader, read, cancellationToken);

    /// <summary>Reads the tables of items.</summary>
    /// <param name="items">The items.</param>
    /// <param name="processes">The processes whose tables are read for all of them.</param>
    /// <param name="createReader">Creates what a thread reads with; it is told whether the tables are locked.</param>
    /// <param name="read">Reads the tables of an item. Any thread may call it, for several items at once.</param>
    /// <param name="cancellationToken">Cancels the operation before the next item.</param>
    /// <returns>The result of each item.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static TResult[] Read<TItem, TReader, TResult>(TItem[] items, IEnumerable<HandleProcess> processes, Func<bool, TReader> createReader,
        Func<TReader, TItem, TResult> read, CancellationToken cancellationToken)
    {
        long references = 0;
        bool areLocked = true, isAnyLocked = false;
        foreach (HandleProcess process in processes)
        {
            bool isLocked = Monitor.IsEntered(process.Table.Lock);
            areLocked &= isLocked;
            isAnyLocked |= isLocked;
            references += process.Table.Count;
        }

        // Only the calling thread can read tables of which it has some locks and not others.
        return Sweep.Read(items, isAnyLocked && !areLocked ? 1 : Sweep.ThreadsFor(references), () => createReader(areLocked), read, cancellationToken);
    }
}

/// <summary>Takes snapshots of tables, into memory that is used again and again.</summary>
/// <param name="areLocked">Whether another thread has the locks of the tables, and waits.</param>
internal sealed class TableSnapshot(bool areLocked)
{
    private TableEntry[] _entries = [];

    /// <summary>Returns the references of a process in ascending order of handle, until the next snapshot is taken.</summary>
    internal ReadOnlySpan<TableEntry> Of(HandleProcess process) => areLocked ? process.Table.CopyToLocked(ref _entries) : process.Table.CopyTo(ref _entries);
}
