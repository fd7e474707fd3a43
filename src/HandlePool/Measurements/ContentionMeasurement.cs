using System.Diagnostics;

namespace HandlePool.Measurements;

/// <summary>Measures the filling of one table by several threads under each growth policy. Static and thread-safe.</summary>
public static class ContentionMeasurement
{
    /// <summary>Runs the measurement, which takes seconds on an otherwise idle machine. Each thread adds its own nodes.</summary>
    /// <param name="options">The options.</param>
    /// <param name="progress">Receives the share that is done, 0 to 1, after each run; null for none.</param>
    /// <param name="cancellationToken">Cancels the measurement at once.</param>
    /// <returns>A result per delay and policy, in the order of the delays, then of the policies.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The measurement was canceled.</exception>
    public static IReadOnlyList<ContentionResult> Run(ContentionMeasurementOptions options, Action<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Count, options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repetitions, 1, nameof(options));

        // The first run does not count: it makes the runtime compile the code.
        RunOnce(options, options.GrowthPolicies[0], TimeSpan.Zero, cancellationToken);
        List<ContentionResult> results = [];
        int runs = 0;
        int all = options.AllocationDelays.Count * options.GrowthPolicies.Count * options.Repetitions;
        foreach (TimeSpan delay in options.AllocationDelays)
        {
            foreach (GrowthPolicy policy in options.GrowthPolicies)
            {
                List<ContentionResult> repeated = [];
                for (int i = 0; i < options.Repetitions; i++)
                {
                    repeated.Add(RunOnce(options, policy, delay, cancellationToken));
                    progress?.Invoke((double)++runs / all);
                }

                results.Add(repeated.OrderBy(result => result.Throughput).ElementAt(repeated.Count / 2));
            }
        }

        return results;
    }

    private static ContentionResult RunOnce(ContentionMeasurementOptions options, GrowthPolicy policy, TimeSpan delay,
        CancellationToken cancellationToken)
    {
        HandleSession session = new("contention", new HandleSessionOptions
        {
            Driver = options.Driver,
            Allocator = options.Allocator,
            GrowthPolicy = policy,
        });
        HandleProcess server = session.CreateProcess("server");
        HandleProcess client = session.CreateProcess("client");
        HandleNode[] nodes = new HandleNode[options.Count];
        for (int i = 0; i < nodes.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            nodes[i] = session.CreateNode(server);
        }

        session.AllocationDelay = delay;

        long worst = 0;
        Exception? failure = null;
        using Barrier start = new(options.Threads + 1);
        Thread[] threads = new Thread[options.Threads];
        for (int index = 0; index < threads.Length; index++)
        {
            int at = index;
            threads[index] = new Thread(() =>
            {
                start.SignalAndWait(CancellationToken.None);
                long slowest = 0;
                try
                {
                    for (int i = at; i < nodes.Length && !cancellationToken.IsCancellationRequested; i += threads.Length)
                    {
                        long before = Stopwatch.GetTimestamp();
                        client.AddReference(nodes[i]);
                        slowest = Math.Max(slowest, Stopwatch.GetTimestamp() - before);
                    }
                }
                catch (HandleException exception)
                {
                    failure = exception;
                }

                lock (nodes)
                    worst = Math.Max(worst, slowest);
            });
            threads[index].Start();
        }

        start.SignalAndWait(CancellationToken.None);
        long began = Stopwatch.GetTimestamp();
        foreach (Thread thread in threads)
            thread.Join();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        cancellationToken.ThrowIfCancellationRequested();
        if (failure is not null)
            throw failure;
        HandlePoolStatus pool = client.GetPool();
        if (pool.InUse != options.Count)
            throw new InvalidOperationException($"{pool.InUse} handles are in use, but {options.Count} references were added.");
        return new ContentionResult(options, policy, delay, elapsed, Stopwatch.GetElapsedTime(0, worst), pool);
    }
}
