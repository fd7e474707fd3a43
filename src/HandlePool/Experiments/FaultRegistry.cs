namespace HandlePool.Experiments;

/// <summary>Keeps the faults of a session and applies them to its operations. Thread-safe; nearly free while there are none.</summary>
internal sealed class FaultRegistry : IFaultHook
{
    private readonly object _lock = new();

    // Replaced as a whole, so that allocations read it without the lock.
    private volatile HandleFault[] _faults = [];
    private int _lastId;

    internal HandleFault[] ToArray() => [.. _faults];

    /// <summary>Adds a fault and gives it the next number.</summary>
    internal HandleFault Add(HandleFault fault)
    {
        lock (_lock)
        {
            fault.Id = ++_lastId;
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

    public void BeforeAllocation(HandleProcess process, ResizeDirection direction)
    {
        List<HandleFault>? delays = null;
        HandleFault? failure = null;
        foreach (HandleFault fault in _faults)
        {
            // Every delay counts an allocation that fails, but only the first failing fault does, so that each has allocations of its own.
            if (fault.Kind == HandleFaultKind.DelayAllocation && fault.Hit(process, direction))
                (delays ??= []).Add(fault);
            else if (fault.Kind == HandleFaultKind.FailAllocation && failure is null && fault.Hit(process, direction))
                failure = fault;
        }

        foreach (HandleFault delay in delays ?? [])
        {
            // In a replay, where nothing would end the delay, the fault must be gone before this operation.
            if (!delay.TryWait())
                process.Session.Observer?.Precede(new SessionOperation(HandleOperationKind.RemoveFault) { Fault = delay.Id });
        }

        if (failure is not null)
            throw new InsufficientMemoryException($"Fault {failure.Id} of session '{failure.Session}' makes this allocation fail.");
    }

    public IFaultHook CopyTo(HandleSession session, Func<HandleProcess, HandleProcess> copyOf)
    {
        lock (_lock)
        {
            return new FaultRegistry
            {
                _faults = Array.ConvertAll(_faults, fault => fault.CopyTo(session, fault.Process is { } process ? copyOf(process) : null)),
                _lastId = _lastId,
            };
        }
    }

    public bool Fails(HandleProcess process, HandleOperationKind fault)
    {
        HandleFaultKind kind = fault == HandleOperationKind.FailNotification ? HandleFaultKind.FailNotification : HandleFaultKind.FailFreeze;
        return Array.Exists(_faults, each => each.Kind == kind && each.Hit(process));
    }
}
