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
    internal void Finish()
    {
        Assert.True(_thread.Join(Guard), "A thread waits for something that does not come.");
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    /// <summary>Waits until it is itself blocked by another thread.</summary>
    internal void WaitUntilItWaits()
    {
        while ((_thread.ThreadState & ThreadState.WaitSleepJoin) == 0)
        {
            Assert.True(_thread.IsAlive, "The thread was to wait, but it came to its end.");
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
