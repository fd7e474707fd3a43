using System.Globalization;

namespace HandlePool;

/// <summary>Something that goes wrong on purpose, so that a test reaches the path behind it. Thread-safe.</summary>
/// <remarks>Made by <see cref="HandleSession.FailAllocations"/> and its like.</remarks>
public sealed class HandleFault : ISessionMember
{
    private readonly object _lock = new();
    private int _passed;
    private int _hits;

    internal HandleFault(HandleSession session, int id, HandleFaultKind kind, HandleProcess? process)
    {
        Session = session;
        Id = id;
        Kind = kind;
        Process = process;
    }

    /// <summary>Its number in the session, from 1.</summary>
    public int Id { get; }

    /// <summary>What goes wrong.</summary>
    public HandleFaultKind Kind { get; }

    /// <summary>The process whose pool it is about; null for all of the session.</summary>
    public HandleProcess? Process { get; }

    /// <summary>The direction of the resizes it is about; null for both.</summary>
    public ResizeDirection? Direction { get; internal init; }

    /// <summary>How many allocations are let pass first, 0 or more.</summary>
    public int After { get; internal init; }

    /// <summary>How many allocations it is about after that, 1 or more.</summary>
    public int Count { get; internal init; } = 1;

    /// <summary>How much longer allocations take.</summary>
    public TimeSpan Delay { get; internal init; }

    /// <summary>The handle whose bit was flipped.</summary>
    public int? Handle { get; internal init; }

    /// <summary>How often it went wrong so far.</summary>
    public int Hits
    {
        get
        {
            lock (_lock)
                return _hits;
        }
    }

    /// <summary>How often it will yet go wrong.</summary>
    public int Remaining
    {
        get
        {
            lock (_lock)
                return Count - _hits;
        }
    }

    HandleSession ISessionMember.Session => Session;

    /// <summary>The session in which it goes wrong.</summary>
    internal HandleSession Session { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Kind}{(Process is null ? "" : $" of {Process}")}{(Handle is null ? "" : $", handle {Handle}")}");

    /// <summary>Whether an allocation is one of those that it is about, which counts it.</summary>
    internal bool Hit(HandleProcess process, ResizeDirection direction)
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

    /// <summary>Counts what was done at once.</summary>
    internal void SetHit()
    {
        lock (_lock)
            _hits = Count;
    }
}
