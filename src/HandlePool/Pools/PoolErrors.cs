namespace HandlePool.Pools;

/// <summary>Creates the errors of ID pools. The owner is the process that has the pool, if there is one.</summary>
internal static class PoolErrors
{
    internal static HandleException AllocationFailed(ResizeRequest request, Exception inner, object? owner) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory for a pool of {request.ToCapacity} handles{(owner is null ? "" : $" of process '{owner}'")} "
            + $"(it has {request.FromCapacity}). Nothing was changed.", owner, inner);

    internal static HandleException ResizerCompleted(PoolResizer resizer, object? target = null) =>
        new(HandleErrorIds.ResizerCompleted, Errno.EINVAL,
            $"This resizer ({resizer.Direction}, {resizer.FromCapacity} to {resizer.ToCapacity}) has already been completed.",
            target ?? resizer);

    internal static HandleException SummaryCorrupted(object? owner = null) =>
        new(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN,
            $"The summaries of the pool{(owner is null ? "" : $" of process '{owner}'")} showed unused handles where there are none. "
            + "They have been rebuilt; try again.", owner);
}
