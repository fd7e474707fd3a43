using HandlePool.Names;
using HandlePool.Pools;
using HandlePool.Tables;

namespace HandlePool;

/// <summary>All errors of the model, in one place, so that ids and wording stay consistent.</summary>
internal static class HandleErrors
{
    internal static HandleException HandleNotFound(object process, long handle, int held) =>
        new(HandleErrorIds.HandleNotFound, Errno.ENOENT,
            $"Process '{process}' holds no handle {handle}. It holds {Count(held, "handle")}; list its references to see which.", handle);

    internal static HandleException NodeNotFound(object node, HandleSession session) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"There is no node '{node}' in session '{session}', which has {Count(session.Nodes, "node")}. Give a node's object, name or id.", node);

    internal static HandleException ProcessIsNoNode(HandleProcess process) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"There is no node '{process}' in session '{process.Session}', but a process is called that. Of its "
            + $"{Count(process.NodeCount, "node")}, give the object, name or id of one; list the nodes of that owner to see them.", process.Name);

    internal static HandleException NodeNotNamed(HandleProcess process) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Process '{process}' is to take a reference, but neither a node nor a handle was named. Name one of them.", process);

    internal static HandleException NodeNotHeld(HandleNode node, HandleProcess process) =>
        new(HandleErrorIds.HandleNotFound, Errno.ENOENT,
            $"Process '{process}' holds no handle of node '{node}'. List its references to see what it holds.", node);

    internal static HandleException NodeForeign(HandleNode node, HandleSession session) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Node '{node}' belongs to session '{node.Session}', not to session '{session}'. Sessions share nothing; use the node's own session.", node);

    internal static HandleException NodeInOtherContext(HandleNode node, HandleProcess process) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Node '{node}' is in context '{VisibleText.Name(node.Context!)}' and process '{process}' in '{VisibleText.Name(process.Context)}': contexts share no nodes. "
            + $"Use a process of context '{VisibleText.Name(node.Context!)}'.", node);

    internal static HandleException NodeGone(TableNode node) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Node '{node}' is gone: its owner has exited or removed it, and nobody holds it any more.", node);

    internal static HandleException NodeWithoutOwner(HandleNode node) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Node '{node}' has no living owner to be removed from: it is gone when its last holder drops it.", node);

    internal static HandleException NodeAmbiguous(string name, IReadOnlyCollection<HandleNode> nodes) =>
        new(HandleErrorIds.NodeAmbiguous, Errno.EINVAL,
            $"The name '{name}' fits {nodes.Count} nodes: {List(nodes, node => $"{node.Id} (of {node.Owner})")}. Give the id of one.", name);

    internal static HandleException ResizerForeign(HandlePoolResizer resizer, HandleSession session) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"This resizer is for process '{resizer.Process}' of session '{resizer.Process.Session}', not of session '{session}'.", resizer);

    internal static HandleException ProcessNotFound(object process, string? context, HandleSession session, IReadOnlyCollection<string> similar) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"There is no process '{process}'{(context is null ? "" : $" in context '{context}'")} in session '{session}', "
            + $"which has {Count(session.Processes, "living process", "living processes")}. "
            + (similar.Count > 0
                ? $"Is it {List(similar, name => $"'{name}'")}?"
                : "Give a process's object, name or pid."), process);

    internal static HandleException ProcessForeign(HandleProcess process, HandleSession session) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"Process '{process}' belongs to session '{process.Session}', not to session '{session}'. Sessions share nothing; use the process's own session.", process);

    internal static HandleException ProcessExists(HandleProcess process) =>
        new(HandleErrorIds.ProcessExists, Errno.EEXIST,
            $"Id {process.Id} is taken in context '{VisibleText.Name(process.Context)}' by process '{process}'. Choose another Id or context.", process);

    internal static HandleException ProcessAmbiguous(object process, IReadOnlyCollection<HandleProcess> processes) =>
        new(HandleErrorIds.ProcessAmbiguous, Errno.EINVAL,
            $"'{process}' fits {processes.Count} processes: {List(processes, p => $"{p.Id} {p} in {VisibleText.Name(p.Context)}")}. "
            + "Name the context, the pid, or pass the object.", process);

    internal static HandleException ProcessDead(object process) =>
        new(HandleErrorIds.ProcessDead, Errno.ESRCH,
            $"Process '{process}'{(process is HandleProcess { Name: not null } named ? $" ({named.Id}, {VisibleText.Name(named.Context)})" : "")} has exited: "
            + "it can hold and offer nothing any more.", process);

    internal static HandleException ManagerExists(HandleProcess manager) =>
        new(HandleErrorIds.ManagerExists, Errno.EBUSY,
            $"Context '{VisibleText.Name(manager.Context)}' has a manager, process '{manager}'. It must exit before another can take its place.", manager);

    internal static HandleException ManagerNodeInUse(HandleNode node) =>
        new(HandleErrorIds.ManagerExists, Errno.EBUSY,
            $"Node {node.Id} makes process '{node.Owner}' the manager of context '{VisibleText.Name(node.Context!)}' and cannot be removed by itself. Let the process exit.", node);

    internal static HandleException ManagerMissing(HandleProcess process) =>
        new(HandleErrorIds.ManagerMissing, Errno.ENOENT,
            $"Process '{process}' asks for handle 0, but context '{VisibleText.Name(process.Context)}' has no manager. Create a process of that context as its manager.", process);

    internal static HandleException ManagerSelfReference(HandleProcess manager) =>
        new(HandleErrorIds.ManagerSelfReference, Errno.EINVAL,
            $"Process '{manager}' is the manager of context '{VisibleText.Name(manager.Context)}' and cannot hold a handle to its own node.", manager);

    internal static HandleException WeakReferenceOnly(object process, in TableEntry entry) =>
        new(HandleErrorIds.WeakReferenceOnly, Errno.EINVAL,
            $"Process '{process}' has only weak counts on handle {entry.Handle} ({entry.Weak}): a strong one cannot be made from it by handle. "
            + "Add it by node.", (long)entry.Handle);

    internal static HandleException CountUnderflow(object process, in TableEntry entry, string kind, int has, int wanted) =>
        new(HandleErrorIds.CountUnderflow, Errno.EINVAL,
            $"Process '{process}' has {Count(has, $"{kind} count")} on handle {entry.Handle}: {wanted} cannot be taken away.", (long)entry.Handle);

    internal static HandleException CountOverflow(object process, in TableEntry entry, string kind, int has, int wanted) =>
        new(HandleErrorIds.CountOverflow, Errno.EOVERFLOW,
            $"Process '{process}' has {Count(has, $"{kind} count")} on handle {entry.Handle}: with {wanted} more it would be beyond {int.MaxValue}.", (long)entry.Handle);

    internal static HandleException PoolExhausted(object process, IdPool pool) =>
        new(HandleErrorIds.PoolExhausted, Errno.ENOMEM,
            $"The pool of process '{process}' has {pool.InUse} of {pool.Capacity} handles in use and cannot grow beyond {pool.MaxCapacity}. "
            + "Drop references, or use a session with a larger MaxCapacity.", process);

    internal static HandleException AllocationFailed(in ResizeRequest request, Exception inner, object? process) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory for a pool of {request.ToCapacity} handles{(process is null ? "" : $" of process '{process}'")} "
            + $"(it has {request.FromCapacity}). Nothing was changed.", process, inner);

    internal static HandleException AllocationFailed(object process, Exception inner) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory for another reference of process '{process}'. Nothing was changed.", process, inner);

    internal static HandleException ShrinkNotPossible(object process, IdPool pool, bool toFit)
    {
        int capacity = pool.Capacity;
        string message;
        if (capacity == IdPool.MinCapacity)
        {
            message = $"The pool of process '{process}' has {capacity} handles, the least there is.";
        }
        else if (toFit)
        {
            message = $"The pool of process '{process}' cannot be smaller than {capacity}: handle {pool.LastUsedId} is in the way. Drop it first.";
        }
        else
        {
            message = $"The pool of process '{process}' does not shrink from {capacity}: handle {pool.LastUsedId} is in the way, which is not in the first "
                + $"quarter (below {capacity / 4}). "
                + (pool.FittingCapacity < capacity ? $"By force it can go to {pool.FittingCapacity}." : "Drop it first.");
        }

        return new HandleException(HandleErrorIds.ShrinkNotPossible, Errno.EBUSY, message, process);
    }

    internal static HandleException NotResizable(object process, IdPool pool) =>
        new(HandleErrorIds.NotResizable, Errno.EINVAL,
            $"The pool of process '{process}' cannot be resized: "
            + (pool.IsDisabled ? "its bitmap is disabled, as there was no memory to grow it." : $"a {pool.Allocator} has no capacity of its own."),
            process);

    internal static HandleException ResizerCompleted(PoolResizer resizer, object? target = null) =>
        new(HandleErrorIds.ResizerCompleted, Errno.EINVAL,
            $"This resizer ({resizer.Direction}, {resizer.FromCapacity} to {resizer.ToCapacity}) was completed already; request another.", target ?? resizer);

    internal static HandleException PoolCorrupted(object process, int handle) =>
        new(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN,
            $"The pool of process '{process}' had handle {handle} as unused, but the table has a reference there. "
            + "The handle is marked as used now; try again.", process);

    internal static HandleException MismatchForeign(HandleMismatch mismatch, HandleSession session) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"The mismatch ({mismatch}) is in session '{mismatch.Session}', not in session '{session}'.", mismatch);

    internal static HandleException SummaryCorrupted(object? process) =>
        new(HandleErrorIds.PoolCorrupted, Errno.EUCLEAN,
            $"The summaries of the pool{(process is null ? "" : $" of process '{process}'")} had unused handles where there are none. "
            + "They were made anew; try again.", process);

    internal static HandleException NoMemoryToMend(object process, Exception inner) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory to make the table and the pool of process '{process}' anew. Nothing was changed.", process, inner);

    internal static HandleException NoMemoryToCompare(HandleSession session, Exception inner) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory to hold the pools, tables and nodes of session '{session}' against each other.", session, inner);

    internal static HandleException DumpFormat(string path, string message, object? target = null) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{path}: {message}", target ?? path);

    internal static HandleException DumpUnreadable(string path, Exception inner) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{path}: it cannot be read. {inner.Message}", path, inner);

    internal static HandleException DumpFormat(string path, long line, string message, object? target = null) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{path}:{line}: {message}", target ?? path);

    internal static HandleException DumpNotWritable(object target, string what) =>
        new(HandleErrorIds.DumpFormat, Errno.EINVAL, $"{what} cannot be written in a dump, which has one line for it and trims it. Export the session instead.", target);

    internal static HandleException SessionFormat(string path, string message, Exception? inner = null) =>
        new(HandleErrorIds.SessionFormat, Errno.EINVAL, $"{path}: {message}", path, inner);

    internal static HandleException OperationFormat(long row, string message, object? target) =>
        new(HandleErrorIds.OperationFormat, Errno.EINVAL, $"Row {row}: {message}", target ?? row);

    private static string Count(int count, string one, string? many = null) => count == 1 ? $"1 {one}" : $"{count} {many ?? one + "s"}";

    private static string List<T>(IReadOnlyCollection<T> items, Func<T, string> describe)
    {
        const int Shown = 8;
        string shown = string.Join(", ", items.Take(Shown).Select(describe));
        return items.Count > Shown ? $"{shown}, ..." : shown;
    }
}
