using System.Globalization;
using HandlePool.Experiments;
using HandlePool.Text;

namespace HandlePool;

/// <summary>Plays operations in a session one after the other. The same operations give the same handles every time.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class OperationPlayer
{
    /// <summary>The prefix of a node that is an id and not a name.</summary>
    internal const string IdMark = "#";

    private readonly HandleSession _session;

    // The resizers that have been requested and not completed, in the order of the requests.
    private readonly Dictionary<HandleProcess, List<HandlePoolResizer>> _resizers = [];
    private long _rows;

    /// <summary>Creates a player for a session.</summary>
    public OperationPlayer(HandleSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        _session = session;
    }

    /// <summary>Plays an operation.</summary>
    /// <returns>The result. If the operation is refused or incomplete, it contains the error, and nothing has changed.</returns>
    public HandleOperationResult Play(HandleOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        long row = ++_rows;
        try
        {
            return new HandleOperationResult(row, operation, Do(row, operation), error: null);
        }
        catch (HandleException exception)
        {
            return new HandleOperationResult(row, operation, result: null, exception);
        }
    }

    /// <summary>Counts a row that cannot be read, and returns its result.</summary>
    internal HandleOperationResult Refuse(HandleException error) => new(++_rows, operation: null, result: null, error);

    /// <summary>Gets the number of the next row.</summary>
    internal long NextRow => _rows + 1;

    /// <summary>Counts a row that is not played.</summary>
    internal void Skip() => _rows++;

    private object? Do(long row, HandleOperation operation)
    {
        switch (operation.Operation)
        {
            case HandleOperationKind.NewProcess or HandleOperationKind.NewManager:
                return _session.CreateProcess(operation.Process, operation.Id, operation.Context ?? HandleSession.DefaultContext,
                    isManager: operation.Operation == HandleOperationKind.NewManager, operation.Uid, reopens: operation.OpenNumber > 1);
            case HandleOperationKind.RemoveNode:
                HandleNode node = GetNode(row, operation);
                _session.RemoveNode(node);
                return node;
            case HandleOperationKind.RemoveFault:
                return RemoveFault(row, operation);
            case HandleOperationKind.FailAllocation or HandleOperationKind.DelayAllocation or HandleOperationKind.FailNotification
                or HandleOperationKind.FailFreeze:
                return AddFault(row, operation);
        }

        HandleProcess process;
        try
        {
            process = GetProcess(row, operation);
        }
        catch (HandleException refused) when (operation.Operation is HandleOperationKind.SuspendProcess or HandleOperationKind.BeginSuspendProcess
            or HandleOperationKind.ResumeProcess)
        {
            throw DriverReplies.AnswerFreeze(refused, _session);
        }

        switch (operation.Operation)
        {
            case HandleOperationKind.RemoveProcess:
                _session.ExitProcess(process);
                return process;
            case HandleOperationKind.SetManager:
                return _session.SetManager(process);
            case HandleOperationKind.NewNode:
                return CreateNodes(row, process, operation);
            case HandleOperationKind.AddReference:
                (int strong, int weak) = Counts(operation);
                return operation.Node is null && operation.Handle is { } known
                    ? process.AddReference(known, strong, weak)
                    : process.AddReference(GetNode(row, operation), strong, weak);
            case HandleOperationKind.RemoveReference:
                (int lessStrong, int lessWeak) = Counts(operation);
                return process.RemoveReference(GetHandle(row, operation, process), lessStrong, lessWeak);
            case HandleOperationKind.DropReference:
                return process.DropReference(GetHandle(row, operation, process));
            case HandleOperationKind.GrowPool:
                return process.Resize(ResizeDirection.Grow);
            case HandleOperationKind.ShrinkPool or HandleOperationKind.FitPool:
                return process.Resize(ResizeDirection.Shrink, force: operation.Operation == HandleOperationKind.FitPool);
            case HandleOperationKind.OptimizePool:
                return process.Optimize();
            case HandleOperationKind.RequestGrow:
                return Request(process, ResizeDirection.Grow, force: false);
            case HandleOperationKind.RequestShrink or HandleOperationKind.RequestFit:
                return Request(process, ResizeDirection.Shrink, force: operation.Operation == HandleOperationKind.RequestFit);
            case HandleOperationKind.CompleteResize:
                return Complete(row, process, operation);
            case HandleOperationKind.RequestNotification:
                return process.RequestNotification(GetHandle(row, operation, process), KindOf(operation), operation.Cookie);
            case HandleOperationKind.ReceiveNotification:
                return process.ReceiveNotifications(operation.Count ?? int.MaxValue);
            case HandleOperationKind.CompleteNotification:
                return process.CompleteNotification(KindOf(operation), operation.Cookie
                    ?? throw ExperimentErrors.OperationFormat(row, "CompleteNotification needs a Cookie. Give that of the notification.", operation));
            case HandleOperationKind.ClearNotification:
                return process.ClearNotification(GetHandle(row, operation, process), KindOf(operation), operation.Cookie);
            case HandleOperationKind.SuspendProcess:
                return _session.SuspendProcess(process);
            case HandleOperationKind.BeginSuspendProcess:
                return _session.BeginSuspendProcess(process);
            case HandleOperationKind.ResumeProcess:
                return _session.ResumeProcess(process);
            case HandleOperationKind.FlipBit or HandleOperationKind.BreakSummary:
                return DoDamage(row, process, operation);
            default:
                throw ExperimentErrors.OperationFormat(row, $"there is no operation {operation.Operation}. Use one of HandleOperationKind.", operation);
        }
    }

    /// <summary>Adds a fault of one process, or of the session if the row names none.</summary>
    private HandleFault AddFault(long row, HandleOperation operation)
    {
        HandleProcess? process = operation.Process is null && operation.Id is null ? null : GetProcess(row, operation);
        (int after, int count) = (operation.After ?? 0, operation.Count ?? 1);
        return operation.Operation switch
        {
            HandleOperationKind.FailAllocation => _session.FailAllocations(process, operation.Direction, after, count),
            HandleOperationKind.FailNotification => _session.FailNotifications(process, after, count),
            HandleOperationKind.FailFreeze => _session.FailFreezes(process, after, count),
            _ => _session.DelayAllocations(
                operation.Delay ?? throw ExperimentErrors.OperationFormat(row, "DelayAllocation needs a Delay. Give a duration, such as 0:0:0.05.", operation),
                process, operation.Direction, after, operation.Count ?? int.MaxValue),
        };
    }

    private HandleFault DoDamage(long row, HandleProcess process, HandleOperation operation)
    {
        long handle = GetHandle(row, operation, process);
        try
        {
            return operation.Operation == HandleOperationKind.FlipBit
                ? _session.FlipBit(process, (int)Math.Min(handle, int.MaxValue))
                : _session.BreakSummary(process, (int)Math.Min(handle, int.MaxValue));
        }
        catch (ArgumentOutOfRangeException)
        {
            throw ExperimentErrors.OperationFormat(row,
                $"handle {handle} is beyond the pool of process '{process}', which has {process.Capacity} handles. Give a lower one.", operation);
        }
        catch (InvalidOperationException exception)
        {
            throw ExperimentErrors.OperationFormat(row, exception.Message, operation);
        }
    }

    private HandleFault RemoveFault(long row, HandleOperation operation)
    {
        int id = operation.Fault
            ?? throw ExperimentErrors.OperationFormat(row, "RemoveFault needs a Fault. Give its number in the session.", operation);
        return Array.Find(_session.GetFaults(), fault => fault.Id == id) is { } found && _session.RemoveFault(found)
            ? found
            : throw ExperimentErrors.FaultNotFound(id, _session);
    }

    private static HandleNotificationKind KindOf(HandleOperation operation) => operation.Kind ?? HandleNotificationKind.Death;

    private static (int Strong, int Weak) Counts(HandleOperation operation) =>
        operation.Weak ? (0, operation.Count ?? 1) : (operation.Count ?? 1, 0);

    private HandleNode? CreateNodes(long row, HandleProcess owner, HandleOperation operation)
    {
        (string? name, int count) = (operation.Node, operation.Count ?? 1);
        if (count > HandleSession.MaxNewNodes)
            throw ExperimentErrors.OperationFormat(row, $"{count} nodes are too many. Create at most {HandleSession.MaxNewNodes} nodes per row.", operation);

        HandleNode? node = null;
        for (int number = 1; number <= count; number++)
            node = _session.CreateNode(owner, name is null || count == 1 ? name : $"{name}{number}");
        return node;
    }

    private HandlePoolResizer Request(HandleProcess process, ResizeDirection direction, bool force)
    {
        HandlePoolResizer resizer = process.RequestResize(direction, force);
        if (!_resizers.TryGetValue(process, out List<HandlePoolResizer>? open))
            _resizers.Add(process, open = []);
        open.Add(resizer);
        return resizer;
    }

    private HandlePoolResizeResult Complete(long row, HandleProcess process, HandleOperation operation)
    {
        int position = operation.Count ?? 1;
        if (!_resizers.TryGetValue(process, out List<HandlePoolResizer>? open) || open.Count < position)
        {
            throw ExperimentErrors.OperationFormat(row,
                $"process '{process}' has {Phrase.Count(open?.Count ?? 0, "open resizer")}, so there is no number {position}. Request a resize first.", operation);
        }

        HandlePoolResizeResult result = process.CompleteResize(open[position - 1]);
        open.RemoveAt(position - 1);
        return result;
    }

    private HandleProcess GetProcess(long row, HandleOperation operation)
    {
        (HandleProcess[] found, object asked) = operation switch
        {
            { Id: { } id } => (_session.FindProcesses(id, operation.Context), (object)id),
            { Process: { } process } => (_session.FindProcesses(process, operation.Context), process),
            _ => throw ExperimentErrors.OperationFormat(row, $"{operation.Operation} needs a Process. Give its name or pid.", operation),
        };
        if (operation.OpenNumber is { } open)
        {
            HandleProcess[] opens = Array.FindAll(found, process => process.OpenNumber == open);
            found = opens.Length > 0 ? opens : throw SessionErrors.OpenNotFound(asked, open, found);
        }
        else if (operation is { Id: not null, Context: not null } && Array.Find(found, process => process.OpenNumber == 1) is { } first)
        {
            return first;
        }

        return HandleSession.Single(found, asked);
    }

    private HandleNode GetNode(long row, HandleOperation operation) => operation.Node is { } node
        ? node.StartsWith(IdMark, StringComparison.Ordinal) && WholeNumber.TryParse(node.AsSpan(IdMark.Length), NumberStyles.None, out long id)
            ? _session.GetNode(id)
            : _session.GetNode(node)
        : throw ExperimentErrors.OperationFormat(row, operation.Operation == HandleOperationKind.RemoveNode
            ? "RemoveNode needs a Node. Give its name or id."
            : $"{operation.Operation} needs a Node or a Handle. Give one of them.", operation);

    private long GetHandle(long row, HandleOperation operation, HandleProcess process)
    {
        if (operation.Handle is { } handle)
            return handle;
        HandleNode node = GetNode(row, operation);
        return process.GetReference(node)?.Handle ?? throw SessionErrors.NodeNotHeld(node, process);
    }
}
