namespace HandlePool;

/// <summary>The faults of a session. Thread-safe; nearly free while there are none.</summary>
internal sealed class FaultRegistry
{
    private readonly object _lock = new();

    // Replaced as a whole, so that allocations look through it without the lock.
    private volatile HandleFault[] _faults = [];
    private int _lastId;

    internal HandleFault[] ToArray() => [.. _faults];

    internal HandleFault Add(Func<int, HandleFault> create)
    {
        lock (_lock)
        {
            HandleFault fault = create(++_lastId);
            _faults = [.. _faults, fault];
            return fault;
        }
    }

    internal bool Remove(HandleFault fault)
    {
        lock (_lock)
        {
            int before = _faults.Length;
            _faults = Array.FindAll(_faults, each => each != fault);
            return _faults.Length < before;
        }
    }

    /// <summary>What an allocation that is about to be made has to suffer.</summary>
    /// <returns>How much longer it takes, and by which fault it fails, if it does.</returns>
    internal (TimeSpan Delay, HandleFault? Failure) Allocating(HandleProcess process, ResizeDirection direction)
    {
        TimeSpan delay = TimeSpan.Zero;
        HandleFault? failure = null;
        foreach (HandleFault fault in _faults)
        {
            // An allocation that fails is one for all faults; but each failing fault has allocations of its own.
            if (fault.Kind == HandleFaultKind.DelayAllocation && fault.Hit(process, direction))
                delay += fault.Delay;
            else if (fault.Kind == HandleFaultKind.FailAllocation && failure is null && fault.Hit(process, direction))
                failure = fault;
        }

        return (delay, failure);
    }
}
