namespace HandlePool.Experiments;

/// <summary>Creates the errors of faults, integrity checks, recording and replay.</summary>
internal static class ExperimentErrors
{
    internal static HandleException MismatchForeign(HandleMismatch mismatch, HandleSession session) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"The mismatch ({mismatch}) is in session '{mismatch.Session}', not in session '{session}'. Use the mismatch's own session.", mismatch);

    internal static HandleException FaultNotFound(int fault, HandleSession session) =>
        new(HandleErrorIds.FaultNotFound, Errno.ENOENT, $"Session '{session}' has no fault {fault}: it was removed, or never added.", fault);

    internal static HandleException FaultForeign(HandleFault fault, HandleSession session) =>
        new(HandleErrorIds.FaultNotFound, Errno.ENOENT,
            $"Fault {fault.Id} ({fault}) is in session '{fault.Session}', not in session '{session}'. Use the fault's own session.", fault);

    internal static HandleException CheckAllocationFailed(HandleSession session, Exception inner) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory to compare the pools, tables and nodes of session '{session}'.", session, inner);

    internal static HandleException OperationFormat(long row, string message, object? target) =>
        new(HandleErrorIds.OperationFormat, Errno.EINVAL, $"Row {row}: {message}", target ?? row);
}
