using System.Globalization;

namespace HandlePool;

/// <summary>Represents a fault that was injected into a session by a method of <see cref="SessionFaults"/>. Thread-safe.</summary>
public sealed class HandleFault : ISessionMember
{
    /// <summary>The longest delay, which is ended by removing the fault or by stopping what waits.</summary>
    internal static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly object _lock = new();
    private int _passed;
    private int _hits;
    private bool _isRemoved;

    internal HandleFault(HandleSession session, HandleFaultKind kind, HandleProcess? process)
    {
        Session = session;
        Kind = kind;
        Process = process;
    }

    /// <summary>Gets the number in the session, from 1.</summary>
    public int Id { get; internal set; }

    /// <summary>Gets the kind of fault.</summary>
    public HandleFaultKind Kind { get; }

    /// <summary>Gets the process whose pool is concerned; null for all of the session.</summary>
    public HandleProcess? Process { get; }

    /// <summary>Gets the direction of the resizes concerned; null for both.</summary>
    public ResizeDirection? Direction { get; internal init; }

    /// <summary>Gets the number of allocations, requests or freezes that pass first, at least 0.</summary>
    public int After { get; internal init; }

    /// <summary>Gets the number of allocations, requests or freezes concerned after that, at least 1.</summary>
    public int Count { get; internal init; } = 1;

    /// <summary>Gets the delay of each allocation, at most a day.</summary>
    public TimeSpan Delay { get; internal init; }

    /// <summary>Gets the handle whose bit was flipped or whose summary was broken; null for other kinds.</summary>
    public int? Handle { get; internal init; }

    /// <summary>Gets the number of times the fault has occurred so far.</summary>
    public int Hits
    {
        get
        {
            lock (_lock)
                return _hits;
        }
    }

    /// <summary>Gets the number of times the fault will still occur.</summary>
    public int Remaining
    {
        get
        {
            lock (_lock)
                return Count - _hits;
        }
    }

    HandleSession ISessionMember.Session => Session;

    /// <summary>Gets the session.</summary>
    internal HandleSession Session { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Kind}{(Process is null ? "" : $" of {Process}")}{(Handle is null ? "" : $", handle {Handle}")}");

    /// <summary>Returns a copy, with what has happened so far, for a copy of the session.</summary>
    internal HandleFault CopyTo(HandleSession session, HandleProcess? process)
    {
        lock (_lock)
        {
            return new HandleFault(session, Kind, process)
            {
                Id = Id,
                Direction = Direction,
                After = After,
                Count = Count,
                Delay = Delay,
                Handle = Handle,
                _passed = _passed,
                _hits = _hits,
            };
        }
    }

    /// <summary>Returns whether the fault applies to an allocation, a request or a freezing, and counts it.</summary>
    internal bool Hit(HandleProcess process, ResizeDirection? direction = null)
    {
        if ((Process is not null && Process != process) || (Direction is not null && Direction != direction))
            return false;

        lock (_lock)
        {
            if (_hits == Count)
                return false;
            if (_passed < After)
            {
                _passed++;
                return false;
            }

            _hits++;
            return true;
        }
    }

    /// <summary>Waits for the delay, unless whoever runs the operation interrupts it.</summary>
    /// <returns>False if the removal of the fault ended it.</returns>
    internal bool TryWait()
    {
        long start = Environment.TickCount64;
        CancellationToken interruption = InterruptibleDelay.Interruption;
        using CancellationTokenRegistration registration = interruption.Register(Wake);
        lock (_lock)
        {
            while (!_isRemoved && !interruption.IsCancellationRequested && Delay - TimeSpan.FromMilliseconds(Environment.TickCount64 - start) is { Ticks: > 0 } rest)
                Monitor.Wait(_lock, rest);
            return !_isRemoved;
        }
    }

    /// <summary>Ends the delays of a fault that is about to be removed.</summary>
    internal void EndDelays()
    {
        lock (_lock)
            _isRemoved = true;
        Wake();
    }

    /// <summary>Counts damage that was done immediately.</summary>
    internal void SetHit()
    {
        lock (_lock)
            _hits = Count;
    }

    /// <summary>Lets the threads that wait look whether they still must.</summary>
    private void Wake()
    {
        lock (_lock)
            Monitor.PulseAll(_lock);
    }
}
