using System.Runtime.ExceptionServices;

namespace HandlePool.Analysis;

/// <summary>Reads many items on all processors. What comes of it does not depend on their number.</summary>
/// <remarks>
/// Each item is read by one thread alone, the calling one or another, and its result has the index of the item, so that the calling thread goes on
/// with the results in their order.
/// </remarks>
internal static class Sweep
{
    /// <summary>The number of references or nodes for which another thread is worth what it takes to start it.</summary>
    internal const int LeastPerThread = 50_000;

    /// <summary>Gets or sets the number of threads of sweeps that this thread begins. Tests set it; 0 for as many as are worth it.</summary>
    [field: ThreadStatic]
    internal static int Threads { get; set; }

    /// <summary>Returns the number of threads that are worth it.</summary>
    /// <param name="count">The number of references or nodes that the items have together.</param>
    internal static int ThreadsFor(long count) => Threads > 0 ? Threads : (int)Math.Clamp(count / LeastPerThread, 1, Environment.ProcessorCount);

    /// <summary>Reads items.</summary>
    /// <param name="items">The items.</param>
    /// <param name="threads">The number of threads, the calling one among them.</param>
    /// <param name="createReader">Creates what a thread reads with.</param>
    /// <param name="read">Reads an item. Any thread may call it, for several items at once.</param>
    /// <param name="cancellationToken">Cancels the operation before the next item.</param>
    /// <returns>The result of each item.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static TResult[] Read<TItem, TReader, TResult>(TItem[] items, int threads, Func<TReader> createReader, Func<TReader, TItem, TResult> read,
        CancellationToken cancellationToken)
    {
        Run<TItem, TReader, TResult> run = new(items, createReader, read, cancellationToken);
        run.Start(Math.Clamp(threads, 1, Math.Max(1, items.Length)));
        return run.Results;
    }

    private sealed class Run<TItem, TReader, TResult>(TItem[] items, Func<TReader> createReader, Func<TReader, TItem, TResult> read, CancellationToken cancellationToken)
    {
        private int _last = -1;
        private volatile bool _isStopped;
        private (int Index, ExceptionDispatchInfo Exception)? _failure;

        internal TResult[] Results { get; } = new TResult[items.Length];

        internal void Start(int threads)
        {
            Task[] others = new Task[threads - 1];
            int started = 0;
            try
            {
                for (; started < others.Length; started++)
                    others[started] = Task.Factory.StartNew(ReadNext, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                ReadNext();
            }
            finally
            {
                // They may read tables that only this thread keeps from changing.
                Task.WaitAll(others.AsSpan(0, started).ToArray());
            }

            _failure?.Exception.Throw();
        }

        private void ReadNext()
        {
            int index = -1;
            try
            {
                TReader reader = createReader();
                while (!_isStopped && (index = Interlocked.Increment(ref _last)) < items.Length)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Results[index] = read(reader, items[index]);
                }
            }
            catch (Exception exception)
            {
                Fail(index, ExceptionDispatchInfo.Capture(exception));
            }
        }

        /// <summary>Keeps the failure of the first of the items that fail: all before it have been begun, and are read to their ends.</summary>
        private void Fail(int index, ExceptionDispatchInfo exception)
        {
            lock (Results)
            {
                if (!(_failure?.Index <= index))
                    _failure = (index, exception);
            }

            _isStopped = true;
        }
    }
}
