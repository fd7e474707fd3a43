using System.Runtime.ExceptionServices;

namespace HandlePool.Tests.Interleavings;

/// <summary>
/// Runs an action on a thread, whose failure is that of the test. A thread that hangs does not keep the tests from ending.
/// </summary>
internal sealed class Actor
{
    // Turns a deadlock into a failure; nothing is measured by it.
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(5);

    private readonly Thread _thread;
    private Exception? _failure;

    internal Actor(Action action) => _thread = new Thread(() => Run(action)) { IsBackground = true };

    internal void Start() => _thread.Start();

    /// <summary>Waits for its end, and rethrows what it threw.</summary>
    /// <exception cref="TimeoutException">The thread hangs.</exception>
    internal void Finish()
    {
        if (!_thread.Join(Guard))
            throw new TimeoutException("The thread hangs.");
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    /// <summary>Waits until it is itself blocked by another thread.</summary>
    internal void WaitUntilItWaits()
    {
        while ((_thread.ThreadState & ThreadState.WaitSleepJoin) == 0)
        {
            Assert.True(_thread.IsAlive, "The thread ended, but should have waited.");
            Thread.Yield();
        }
    }

    private void Run(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
    }
}
