using System.Diagnostics;
using HandlePool.Experiments;
using HandlePool.Pools;

namespace HandlePool;

/// <summary>Injects faults into a session, so that a test reaches the code that handles them. Static and thread-safe.</summary>
public static class SessionFaults
{
    /// <summary>Makes allocations for resizes fail, as if there were no memory.</summary>
    /// <remarks>
    /// Growing then fails with <c>AllocationFailed</c> and changes nothing, except that a bitmap of the C driver is disabled instead. A pool that
    /// would have shrunk keeps its capacity, and an event records that.
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="process">The only process concerned; all by default.</param>
    /// <param name="direction">The only direction concerned; both by default.</param>
    /// <param name="after">The number of allocations that pass first, at least 0.</param>
    /// <param name="count">The number of allocations that fail after that, at least 1.</param>
    /// <exception cref="HandleException">
    /// <c>ProcessNotFound</c>: the process belongs to another session. <c>ProcessDead</c>: it has exited.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static HandleFault FailAllocations(
        this HandleSession session, HandleProcess? process = null, ResizeDirection? direction = null, int after = 0, int count = 1)
    {
        ArgumentNullException.ThrowIfNull(session);
        return Add(new HandleFault(session, HandleFaultKind.FailAllocation, process) { Direction = direction, After = after, Count = count });
    }

    /// <summary>Makes requests for notifications fail, as if there were no memory.</summary>
    /// <remarks>
    /// They fail with <c>AllocationFailed</c>. A process that asked for a death notification then has BR_ERROR to read.
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="process">The only process concerned; all by default.</param>
    /// <param name="after">The number of requests that pass first, at least 0.</param>
    /// <param name="count">The number of requests that fail after that, at least 1.</param>
    /// <exception cref="HandleException">
    /// <c>ProcessNotFound</c>: the process belongs to another session. <c>ProcessDead</c>: it has exited.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static HandleFault FailNotifications(this HandleSession session, HandleProcess? process = null, int after = 0, int count = 1)
    {
        ArgumentNullException.ThrowIfNull(session);
        return Add(new HandleFault(session, HandleFaultKind.FailNotification, process) { After = after, Count = count });
    }

    /// <summary>Makes the freezing of processes fail, as if a transaction were pending.</summary>
    /// <remarks>It fails with <c>ProcessBusy</c>. The process is thawed then, and nobody is told.</remarks>
    /// <param name="session">The session.</param>
    /// <param name="process">The only process concerned; all by default.</param>
    /// <param name="after">The number of freezes that succeed first, at least 0.</param>
    /// <param name="count">The number of freezes that fail after that, at least 1.</param>
    /// <exception cref="HandleException">
    /// <c>ProcessNotFound</c>: the process belongs to another session. <c>ProcessDead</c>: it has exited.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static HandleFault FailFreezes(this HandleSession session, HandleProcess? process = null, int after = 0, int count = 1)
    {
        ArgumentNullException.ThrowIfNull(session);
        return Add(new HandleFault(session, HandleFaultKind.FailFreeze, process) { After = after, Count = count });
    }

    /// <summary>Delays allocations for resizes, so that other threads can act in between. Removing the fault ends delays that have begun.</summary>
    /// <param name="session">The session.</param>
    /// <param name="delay">The delay, up to a day.</param>
    /// <param name="process">The only process concerned; all by default.</param>
    /// <param name="direction">The only direction concerned; both by default.</param>
    /// <param name="after">The number of allocations that pass first, at least 0.</param>
    /// <param name="count">The number of allocations that are delayed after that, at least 1; all by default.</param>
    /// <exception cref="HandleException">
    /// <c>ProcessNotFound</c>: the process belongs to another session. <c>ProcessDead</c>: it has exited.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A number or the delay is out of range.</exception>
    public static HandleFault DelayAllocations(this HandleSession session, TimeSpan delay, HandleProcess? process = null,
        ResizeDirection? direction = null, int after = 0, int count = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, HandleFault.LongestDelay);
        return Add(new HandleFault(session, HandleFaultKind.DelayAllocation, process)
        {
            Direction = direction,
            After = after,
            Count = count,
            Delay = delay,
        });
    }

    /// <summary>Flips the bit of a handle in a process's pool without the table's knowledge.</summary>
    /// <remarks>
    /// If the handle is held, its bit is now clear. When the handle is next found as unused, adding a reference fails once with
    /// <c>PoolCorrupted</c>, and the bit is set again. If the handle is not held, its bit is now set, and the handle is never given out.
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="process">A living process of the session.</param>
    /// <param name="handle">A handle within its pool's capacity.</param>
    /// <exception cref="HandleException">
    /// <c>ProcessNotFound</c>: the process belongs to another session. <c>ProcessDead</c>: it has exited.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The handle is not within the capacity.</exception>
    public static HandleFault FlipBit(this HandleSession session, HandleProcess process, int handle) =>
        Damage(session, process, handle, HandleFaultKind.FlipBit, static (pool, id) => pool.FlipBit(id));

    /// <summary>Makes a summary of a process's pool contradict the bits without the knowledge of the table or the pool.</summary>
    /// <remarks>
    /// Flips the two bits that tell whether all or any of the 64 handles of a word are in use. If the word is wrongly marked as full,
    /// searches for an unused handle skip it. If it is wrongly marked as not full, adding a reference fails once with
    /// <c>PoolCorrupted</c>, and the summaries are rebuilt. If it is wrongly marked as empty, a shrink below a handle in use is discarded.
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="process">A living process of the session, whose allocator is <see cref="HandleAllocator.SegmentedBitmap"/>,
    /// <see cref="HandleAllocator.HierarchicalBitmap"/> or <see cref="HandleAllocator.FdTwoLevel"/>.</param>
    /// <param name="handle">A handle within its pool's capacity, which must be at least 128.</param>
    /// <exception cref="HandleException">
    /// <c>ProcessNotFound</c>: the process belongs to another session. <c>ProcessDead</c>: it has exited.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The handle is not within the capacity.</exception>
    /// <exception cref="InvalidOperationException">The pool has no summaries.</exception>
    public static HandleFault BreakSummary(this HandleSession session, HandleProcess process, int handle) =>
        Damage(session, process, handle, HandleFaultKind.BreakSummary, static (pool, id) => pool.FlipSummary(id));

    /// <summary>Returns the faults that have been added and not removed, in the order of their numbers, including those that are used up.</summary>
    public static HandleFault[] GetFaults(this HandleSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return (session.FaultHook as FaultRegistry)?.ToArray() ?? [];
    }

    /// <summary>Removes a fault, and ends the delays of it that have begun. Damage that it has already done remains.</summary>
    /// <returns>False if the session does not have the fault.</returns>
    public static bool RemoveFault(this HandleSession session, HandleFault fault)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(fault);
        if (fault.Session != session)
            return false;

        // First, because a recorded session does one operation at a time, and the running one may wait for this fault.
        fault.EndDelays();
        using OperationScope operation = session.Observer?.Begin(
            new SessionOperation(HandleOperationKind.RemoveFault) { Fault = fault.Id }) ?? default;
        return operation.Succeed(session.FaultHook is FaultRegistry faults && faults.Remove(fault));
    }

    private static HandleFault Add(HandleFault fault)
    {
        if (fault.Process is not null)
            fault.Session.CheckOwn(fault.Process);
        ArgumentOutOfRangeException.ThrowIfNegative(fault.After);
        ArgumentOutOfRangeException.ThrowIfLessThan(fault.Count, 1);
        using OperationScope operation = Begin(fault);
        if (fault.Process is { IsDead: true })
            throw SessionErrors.ProcessDead(fault.Process);
        return operation.Succeed(RegistryOf(fault.Session).Add(fault));
    }

    private static HandleFault Damage(HandleSession session, HandleProcess process, int handle, HandleFaultKind kind, Action<IdPool, int> damage)
    {
        ArgumentNullException.ThrowIfNull(session);
        session.CheckOwn(process);
        HandleFault fault = new(session, kind, process) { Handle = handle };
        using OperationScope operation = Begin(fault);
        process.Table.Damage(handle, damage);
        fault.SetHit();
        return operation.Succeed(RegistryOf(session).Add(fault));
    }

    private static OperationScope Begin(HandleFault fault) => fault.Session.Observer?.Begin(new SessionOperation(OperationOf(fault.Kind), fault.Process)
    {
        Handle = fault.Handle,
        Direction = fault.Direction,
        After = fault.After,
        Count = fault.Count,
        Delay = fault.Delay,
    }) ?? default;

    private static HandleOperationKind OperationOf(HandleFaultKind kind) => kind switch
    {
        HandleFaultKind.FailAllocation => HandleOperationKind.FailAllocation,
        HandleFaultKind.DelayAllocation => HandleOperationKind.DelayAllocation,
        HandleFaultKind.FailNotification => HandleOperationKind.FailNotification,
        HandleFaultKind.FailFreeze => HandleOperationKind.FailFreeze,
        HandleFaultKind.FlipBit => HandleOperationKind.FlipBit,
        HandleFaultKind.BreakSummary => HandleOperationKind.BreakSummary,
        _ => throw new UnreachableException(),
    };

    private static FaultRegistry RegistryOf(HandleSession session) => (FaultRegistry)session.SetFaultHook(new FaultRegistry());
}
