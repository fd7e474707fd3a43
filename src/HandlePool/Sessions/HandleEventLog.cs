namespace HandlePool;

/// <summary>Keeps the newest events of a session. Thread-safe; O(1) to record.</summary>
internal sealed class HandleEventLog
{
    private readonly object _lock = new();
    private readonly int _capacity;
    private readonly Queue<HandleEvent> _events = new();
    private long _recorded;

    internal HandleEventLog(int capacity) => _capacity = capacity;

    /// <summary>Gets the number of events recorded so far, including those dropped since.</summary>
    internal long Recorded
    {
        get
        {
            lock (_lock)
                return _recorded;
        }
    }

    internal void Record(HandleProcess process, HandleEventKind kind, string message, int? fromCapacity, int? toCapacity, int? handle)
    {
        lock (_lock)
        {
            if (_events.Count == _capacity)
                _events.Dequeue();
            _events.Enqueue(new HandleEvent(++_recorded, DateTimeOffset.Now, process, kind, message, fromCapacity, toCapacity, handle));
        }
    }

    internal HandleEvent[] ToArray() => ToArray(out _);

    /// <summary>Returns a snapshot of the kept events and of the number recorded so far.</summary>
    internal HandleEvent[] ToArray(out long recorded)
    {
        lock (_lock)
        {
            recorded = _recorded;
            return _events.ToArray();
        }
    }

    /// <summary>Returns the kept events that came after the first <paramref name="recorded"/>. O(1) if there are none.</summary>
    internal HandleEvent[] Since(long recorded)
    {
        lock (_lock)
            return _recorded <= recorded ? [] : [.. _events.TakeLast((int)Math.Min(_events.Count, _recorded - recorded))];
    }

    /// <summary>Continues from the newest of a number of recorded events.</summary>
    internal void Restore(IEnumerable<HandleEvent> events, long recorded)
    {
        lock (_lock)
        {
            foreach (HandleEvent each in events)
                _events.Enqueue(each);
            _recorded = recorded;
        }
    }
}
