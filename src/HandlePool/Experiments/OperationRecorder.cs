using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Experiments;

/// <summary>Records the operations on a session in order.</summary>
/// <remarks>
/// The order determines which process gets which handle, so a recorded session does one operation at a time. Refused operations
/// are recorded too, because they may be what is to be replayed. There are two exceptions: operations on a process that has exited
/// and whose pid another has, and refused changes of both counts at once, because one of the two rows that stand for such a change
/// may succeed. Thread-safe; about a hundred bytes per operation.
/// </remarks>
internal sealed class OperationRecorder : IOperationObserver
{
    // Held from the beginning of an operation to its end.
    private readonly object _lock = new();
    private readonly List<HandleOperation> _operations = [];

    // The resizers that have been requested and not completed, in the order of the requests.
    private readonly Dictionary<HandleProcess, List<HandlePoolResizer>> _resizers = [];
    private bool _hasNumberForName;

    // The faults whose removal ended a delay, and is recorded before the operation that it delayed.
    private readonly HashSet<int> _removedFaults = [];

    // The number of rows before those of the running operation.
    private int _start;

    // The number of newest rows to take back if the operation that they stand for is refused.
    private int _parts;

    internal HandleOperation[] ToArray()
    {
        lock (_lock)
            return [.. _operations];
    }

    public OperationScope Begin(in SessionOperation operation)
    {
        Monitor.Enter(_lock);
        _start = _operations.Count;
        switch (operation)
        {
            case { Kind: HandleOperationKind.RemoveFault, Fault: { } fault }:
                if (!_removedFaults.Remove(fault))
                    _operations.Add(new HandleOperation { Operation = operation.Kind, Fault = fault });
                break;
            case
            {
                Kind: HandleOperationKind.FailAllocation or HandleOperationKind.DelayAllocation or HandleOperationKind.FlipBit
                    or HandleOperationKind.BreakSummary or HandleOperationKind.FailNotification or HandleOperationKind.FailFreeze
            }:
                if (operation.Process is null || !IsReplaced(operation.Process))
                    _operations.Add(RowOfFault(operation));
                break;
            case { Kind: HandleOperationKind.RemoveNode, Node: { } node }:
                _operations.Add(new HandleOperation { Operation = operation.Kind, Node = IdOf(node) });
                break;
            case { Resizer: { } resizer }:
                AddCompletion(resizer);
                break;
            case { Process: not { } }:
                _operations.Add(new HandleOperation
                {
                    Operation = operation.Kind,
                    Process = operation.Name,
                    Context = operation.Context,
                    Id = operation.Id,
                    Uid = operation.Uid,
                    OpenNumber = operation.IsReopen ? 2 : null,
                });
                break;
            case { Process: { } process } when !IsReplaced(process):
                AddRows(process, operation);
                break;
        }

        _hasNumberForName |= operation.Kind == HandleOperationKind.NewNode
            && WholeNumber.TryParse<long>(operation.Name, NumberStyles.Integer, out _);
        return new OperationScope(this);
    }

    public void Precede(in SessionOperation operation)
    {
        if (operation.Fault is { } fault && _removedFaults.Add(fault))
            _operations.Insert(_start, new HandleOperation { Operation = operation.Kind, Fault = fault });
    }

    public void Succeeded(object? result)
    {
        _parts = 0;
        if (result is not HandlePoolResizer resizer)
            return;
        if (!_resizers.TryGetValue(resizer.Process, out List<HandlePoolResizer>? open))
            _resizers.Add(resizer.Process, open = []);
        open.Add(resizer);
    }

    public void End()
    {
        _operations.RemoveRange(_operations.Count - _parts, _parts);
        _parts = 0;
        Monitor.Exit(_lock);
    }

    private static HandleOperation RowOfFault(in SessionOperation operation)
    {
        HandleOperation row = operation.Process is { } process ? For(operation.Kind, process) : new HandleOperation { Operation = operation.Kind };
        return operation.Handle is { } handle ? row with { Handle = handle } : row with
        {
            Direction = operation.Direction,
            After = operation.After > 0 ? operation.After : null,
            Count = operation.Count == int.MaxValue && operation.Kind == HandleOperationKind.DelayAllocation ? null : operation.Count,
            Delay = operation.Delay > TimeSpan.Zero ? operation.Delay : null,
        };
    }

    private void AddRows(HandleProcess process, in SessionOperation operation)
    {
        HandleOperation row = For(operation.Kind, process) with
        {
            Node = operation.Node is { } node ? IdOf(node) : operation.Name,
            Handle = operation.Handle,
            Kind = operation.NotificationKind,
            Cookie = operation.Cookie,
            Count = operation.Count,
        };
        if ((operation.Node is null && operation.Handle is null) || operation.NotificationKind is not null)
        {
            _operations.Add(row);
            return;
        }

        if (operation.Strong > 0 || operation.Weak == 0)
            _operations.Add(row with { Count = Math.Max(1, operation.Strong) });
        if (operation.Weak > 0)
            _operations.Add(row with { Count = operation.Weak, Weak = true });
        _parts = operation is { Strong: > 0, Weak: > 0 } ? 2 : 0;
    }

    /// <summary>Adds the completion of a resizer by its position among the open ones of its process.</summary>
    private void AddCompletion(HandlePoolResizer resizer)
    {
        HandleProcess process = resizer.Process;
        int position = _resizers.TryGetValue(process, out List<HandlePoolResizer>? open) ? open.IndexOf(resizer) : -1;
        if (position < 0)
            return;
        open!.RemoveAt(position);
        if (!IsReplaced(process))
            _operations.Add(For(HandleOperationKind.CompleteResize, process) with { Count = position + 1 });
    }

    /// <summary>
    /// Returns whether a process has exited and another has its pid. A row would mean the other one, and succeed where this is
    /// refused.
    /// </summary>
    private static bool IsReplaced(HandleProcess process) =>
        process.IsDead && process.Session.GetProcesses().Any(other => other.Id == process.Id && other.Context == process.Context && other.OpenNumber == process.OpenNumber);

    private static HandleOperation For(HandleOperationKind kind, HandleProcess process) => new()
    {
        Operation = kind,
        Process = process.Name,
        Context = process.Context,
        Id = process.Id,

        // The row of one that has exited must not mean another open that is alive.
        OpenNumber = process.OpenNumber > 1 || process.IsDead ? process.OpenNumber : null,
    };

    /// <summary>Returns a node's id, marked as an id if there may be a node with a number for a name.</summary>
    private string IdOf(HandleNode node) => string.Create(CultureInfo.InvariantCulture,
        $"{(_hasNumberForName ? OperationPlayer.IdMark : "")}{node.Id}");
}
