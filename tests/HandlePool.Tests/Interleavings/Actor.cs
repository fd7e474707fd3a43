using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace HandlePool.Tests.Interleavings;

/// <summary>
/// Runs an action on another thread, whose failure is that of the test. A thread that hangs does not keep the tests from ending.
/// </summary>
internal sealed class Actor(Action action)
{
    // Turns a deadlock into a failure; nothing is measured by it.
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(5);

    // Some rows have hundreds of cases of two threads each, and to create a thread takes longer than most actions.
    private static readonly ConcurrentStack<Worker> Idle = [];

    private readonly object _lock = new();
    private Worker? _worker;
    private volatile bool _hasBegun;
    private volatile bool _hasEnded;
    private Exception? _failure;

    internal void Start()
    {
        _worker = Idle.TryPop(out Worker? idle) ? idle : new Worker();
        _worker.Take(this);
    }

    /// <summary>Waits for its end, and rethrows what it threw.</summary>
    /// <exception cref="TimeoutException">The thread hangs.</exception>
    internal void Finish()
    {
        lock (_lock)
        {
            while (!_hasEnded)
            {
                if (!Monitor.Wait(_lock, Guard))
                    throw new TimeoutException("The thread hangs.");
            }
        }

        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    /// <summary>Waits until it is itself blocked by another thread.</summary>
    internal void WaitUntilItWaits()
    {
        // Before its action and after it, the thread waits too, so the end is looked at last.
        bool waits;
        do
        {
            Thread.Yield();
            waits = _hasBegun && _worker!.Waits;
            Assert.False(_hasEnded, "The thread ended, but should have waited.");
        }
        while (!waits);
    }

    private void Run()
    {
        _hasBegun = true;
        try
        {
            action();
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        lock (_lock)
        {
            _hasEnded = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Represents a thread that runs the actions of one actor after another.</summary>
    private sealed class Worker
    {
        private readonly object _lock = new();
        private readonly Thread _thread;
        private Actor? _next;

        internal Worker()
        {
            _thread = new Thread(Work) { IsBackground = true };
            _thread.Start();
        }

        /// <summary>Gets whether the thread waits, for another thread or for an actor.</summary>
        internal bool Waits => (_thread.ThreadState & ThreadState.WaitSleepJoin) != 0;

        internal void Take(Actor actor)
        {
            lock (_lock)
            {
                _next = actor;
                Monitor.Pulse(_lock);
            }
        }

        private void Work()
        {
            while (true)
            {
                Next().Run();
                Idle.Push(this);
            }
        }

        private Actor Next()
        {
            lock (_lock)
            {
                while (_next is null)
                    Monitor.Wait(_lock);
                Actor actor = _next;
                _next = null;
                return actor;
            }
        }
    }
}
