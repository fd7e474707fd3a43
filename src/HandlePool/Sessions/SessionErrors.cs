using HandlePool.Text;

namespace HandlePool;

/// <summary>Creates the errors of sessions, processes and nodes.</summary>
internal static class SessionErrors
{
    internal static HandleException NodeNotFound(object node, HandleSession session, IEnumerable<string?> names) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"There is no node '{node}' in session '{session}', which has {Phrase.Count(session.Nodes, "node")}. "
            + NearNames.Suggest(node as string ?? "", names, "Give a node's object, name or id."), node);

    internal static HandleException ProcessIsNotNode(HandleProcess process) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"There is no node '{process}' in session '{process.Session}', but there is a process of that name, which has "
            + $"{Phrase.Count(process.NodeCount, "node")}. Give a node's object, name or id.", process.Name);

    internal static HandleException NodeNotNamed(HandleProcess process) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Process '{process}' cannot take a reference without a node or a handle. Name one of them.", process);

    internal static HandleException NodeNotHeld(HandleNode node, HandleProcess process) =>
        new(HandleErrorIds.HandleNotFound, Errno.ENOENT,
            $"Process '{process}' holds no handle to node '{node}'. List its references to see what it holds.", node);

    internal static HandleException NodeForeign(HandleNode node, HandleSession session) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Node '{node}' belongs to session '{node.Session}', not to session '{session}'. Use the node's own session.", node);

    internal static HandleException NodeInOtherContext(HandleNode node, HandleProcess process) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Node '{node}' is in context '{VisibleText.Name(node.Context!)}', but process '{process}' is in context '{VisibleText.Name(process.Context)}'. "
            + $"Use a process of context '{VisibleText.Name(node.Context!)}'.", node);

    internal static HandleException NodeWithoutOwner(HandleNode node) =>
        new(HandleErrorIds.NodeNotFound, Errno.ENOENT,
            $"Node '{node}' has no living owner to remove it from. It is gone when its last holder drops it.", node);

    internal static HandleException NodeAmbiguous(string name, IReadOnlyCollection<HandleNode> nodes) =>
        new(HandleErrorIds.NodeAmbiguous, Errno.EINVAL,
            $"The name '{name}' matches {nodes.Count} nodes: {Phrase.List(nodes, node => $"{node.Id} (of {node.Owner})")}. Give the id of one.", name);

    internal static HandleException ResizerForeign(HandlePoolResizer resizer, HandleSession session) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"This resizer is for process '{resizer.Process}' of session '{resizer.Process.Session}', not of session '{session}'. Use the process's own session.",
            resizer);

    internal static HandleException ProcessNotFound(object process, string? context, HandleSession session, IEnumerable<string?> names) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"There is no process '{process}'{(context is null ? "" : $" in context '{context}'")} in session '{session}', "
            + $"which has {Phrase.Count(session.Processes, "living process", "living processes")}. "
            + NearNames.Suggest(process as string ?? "", names, "Give a process's object, name or pid."), process);

    internal static HandleException ProcessForeign(HandleProcess process, HandleSession session) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"Process '{process}' belongs to session '{process.Session}', not to session '{session}'. Use the process's own session.", process);

    internal static HandleException ProcessExists(HandleProcess process) =>
        new(HandleErrorIds.ProcessExists, Errno.EEXIST,
            $"Process '{process}' already has Id {process.Id} in context '{VisibleText.Name(process.Context)}'. Choose another Id or context, or let it open the device again.", process);

    internal static HandleException ProcessAmbiguous(object process, IReadOnlyCollection<HandleProcess> processes) =>
        new(HandleErrorIds.ProcessAmbiguous, Errno.EINVAL,
            $"'{process}' matches {processes.Count} processes: {Phrase.List(processes, p => $"{p.Id} {p} in {VisibleText.Name(p.Context)}{(p.OpenNumber == 1 ? "" : $" (open {p.OpenNumber})")}")}. "
            + "Give the context or the pid, or pass the object: only that tells two opens of one device apart.", process);

    internal static HandleException OpenNotFound(object process, int openNumber, IReadOnlyCollection<HandleProcess> opens) =>
        new(HandleErrorIds.ProcessNotFound, Errno.ENOENT,
            $"'{process}' has no open {openNumber} of its device, only {Phrase.List(opens, open => $"{open.OpenNumber} ({VisibleText.Name(open.Context)})")}. "
            + "Give the number of one of these.", process);

    internal static HandleException ProcessDead(HandleProcess process) =>
        new(HandleErrorIds.ProcessDead, Errno.ESRCH,
            $"Process '{process}'{(process.Name is null ? "" : $" ({process.Id}, {VisibleText.Name(process.Context)})")} has exited, "
            + "so it can no longer hold or offer anything.", process);

    internal static HandleException ProcessBusy(HandleProcess process) =>
        new(HandleErrorIds.ProcessBusy, Errno.EAGAIN,
            $"Process '{process}' ({process.Id}, {VisibleText.Name(process.Context)}) cannot be frozen because a transaction is pending. "
            + "It is thawed, and nobody was told. Freeze it again later.", process);

    internal static HandleException NotificationAllocationFailed(HandleProcess process, HandleNotificationKind kind) =>
        new(HandleErrorIds.AllocationFailed, Errno.ENOMEM,
            $"There is no memory for a {(kind == HandleNotificationKind.Death ? "death" : "freeze")} notification of process '{process}'. It was not requested.", process);

    internal static HandleException ManagerExists(HandleProcess manager) =>
        new(HandleErrorIds.ManagerExists, Errno.EBUSY,
            $"Context '{VisibleText.Name(manager.Context)}' already has a manager, process '{manager}'. Let it exit first.", manager);

    internal static HandleException ManagerUidMismatch(BinderContext context, int first, int uid) =>
        new(HandleErrorIds.ManagerUidMismatch, Errno.EPERM,
            $"Context '{VisibleText.Name(context.Name)}' had a manager of uid {first}, and a process of uid {uid} cannot become its manager. "
            + $"Use a process of uid {first}.", context.Name);

    internal static HandleException ManagerNodeInUse(HandleNode node) =>
        new(HandleErrorIds.ManagerExists, Errno.EBUSY,
            $"Node {node.Id} makes process '{node.Owner}' the manager of context '{VisibleText.Name(node.Context!)}' and cannot be removed by itself. Let the process exit.", node);

    internal static HandleException ManagerMissing(HandleProcess process) =>
        new(HandleErrorIds.ManagerMissing, Errno.ENOENT,
            $"Process '{process}' cannot take handle 0 because context '{VisibleText.Name(process.Context)}' has no manager.", process);

    internal static HandleException ManagerSelfReference(HandleProcess manager) =>
        new(HandleErrorIds.ManagerSelfReference, Errno.EINVAL,
            $"Process '{manager}' is the manager of context '{VisibleText.Name(manager.Context)}' and cannot hold a handle to its own node. Use another process.", manager);
}
