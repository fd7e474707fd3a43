namespace HandlePool;

/// <summary>Delays operations, which whoever runs them can interrupt: they then go on at once. Thread-safe.</summary>
internal static class InterruptibleDelay
{
    [ThreadStatic]
    private static CancellationToken _interruption;

    /// <summary>Gets what interrupts the delays of operations on this thread.</summary>
    internal static CancellationToken Interruption => _interruption;

    /// <summary>Runs operations whose delays a token interrupts.</summary>
    internal static void Run(Action operations, CancellationToken interruption) => Run(static each => each(), operations, interruption);

    /// <summary>Runs operations on an object, whose delays a token interrupts. A delegate that is kept needs no memory for each object.</summary>
    internal static void Run<T>(Action<T> operations, T argument, CancellationToken interruption)
    {
        CancellationToken outer = _interruption;
        _interruption = interruption;
        try
        {
            operations(argument);
        }
        finally
        {
            _interruption = outer;
        }
    }

    /// <summary>Waits until the time has passed or the wait is interrupted.</summary>
    internal static void Wait(TimeSpan time)
    {
        if (_interruption.CanBeCanceled)
            _interruption.WaitHandle.WaitOne(time);
        else
            Thread.Sleep(time);
    }
}
