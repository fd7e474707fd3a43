namespace HandlePool;

/// <summary>The newest events of a session, in a ring. Thread-safe; O(1) to record.</summary>
internal sealed class HandleEventLog
{
    private readonly object _lock = new();
    private readonly int _capacity;
    private readonly Queue<HandleEvent> _events = new();
    private long _recorded;

    internal HandleEventLog(int capacity) => _capacity = capacity;

    internal void Record(HandleProcess process, HandleEventKind kind, string message, int? fromCapacity, int? toCapacity, int? handle)
    {
        lock (_lock)
        {
            if (_events.Count == _capacity)
                _events.Dequeue();
            _events.Enqueue(new HandleEvent(++_recorded, DateTimeOffset.Now, process, kind, message, fromCapacity, toCapacity, handle));
        }
    }

    internal HandleEvent[] ToArray()
    {
        lock (_lock)
            return _events.ToArray();
    }
}
