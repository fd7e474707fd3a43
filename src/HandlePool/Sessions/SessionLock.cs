namespace HandlePool;

/// <summary>Holds the lock of a session and those of all its tables, so that nothing in it changes until this is disposed of.</summary>
/// <remarks>
/// Created by <see cref="HandleSession.LockAll"/>; dispose of it on the same thread. No other code takes two tables' locks, or the
/// session's lock while it holds a table's.
/// </remarks>
internal sealed class SessionLock : IDisposable
{
    private readonly object _syncRoot;
    private int _held;

    /// <exception cref="OperationCanceledException">The token was canceled; nothing is locked then.</exception>
    internal SessionLock(object syncRoot, ProcessRegistry processes, NodeRegistry nodes, CancellationToken cancellationToken)
    {
        _syncRoot = syncRoot;
        Nodes = nodes;
        Monitor.Enter(syncRoot);
        try
        {
            Processes = processes.ToArray(includeExited: true);
            for (; _held < Processes.Length; _held++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Processes[_held].Table.Lock.EnterToRead();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gets all processes, including those that have exited.</summary>
    internal HandleProcess[] Processes { get; } = [];

    internal NodeRegistry Nodes { get; }

    public void Dispose()
    {
        while (_held > 0)
            Processes[--_held].Table.Lock.Exit();
        Monitor.Exit(_syncRoot);
    }
}
