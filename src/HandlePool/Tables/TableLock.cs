namespace HandlePool.Tables;

/// <summary>The lock of a handle table, which counts its use.</summary>
internal sealed class TableLock
{
    internal long Acquisitions { get; private set; }

    internal long Waits { get; private set; }

    internal long Retries { get; private set; }

    /// <summary>Takes the lock for an operation that may change the table.</summary>
    internal void Enter()
    {
        if (!Monitor.TryEnter(this))
        {
            Monitor.Enter(this);
            Waits++;
        }

        Acquisitions++;
    }

    /// <summary>Takes the lock for a plain read, which is not counted.</summary>
    internal void EnterToRead() => Monitor.Enter(this);

    internal void Exit() => Monitor.Exit(this);

    /// <summary>
    /// Releases the lock until another thread calls <see cref="PulseAll"/>; counts as a wait, a retry and an acquisition.
    /// </summary>
    internal void Wait()
    {
        Waits++;
        Retries++;
        Acquisitions++;
        Monitor.Wait(this);
    }

    internal void PulseAll() => Monitor.PulseAll(this);

    /// <summary>Counts a wait for memory that another thread was allocating; the lock must be held.</summary>
    /// <param name="isRetry">Whether that thread has grown the pool, so that this one need not.</param>
    internal void CountAllocationWait(bool isRetry)
    {
        Waits++;
        if (isRetry)
            Retries++;
    }

    /// <summary>Continues from recorded counts; the lock must be held.</summary>
    internal void Restore(in PoolCounters counters) => (Acquisitions, Waits, Retries) = (counters.LockAcquisitions, counters.Waits, counters.Retries);
}
