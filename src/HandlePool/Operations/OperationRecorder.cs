using System.Globalization;

namespace HandlePool.Operations;

/// <summary>Keeps what was done to a session, in the order in which it was done.</summary>
/// <remarks>
/// The order counts, as it says who got which handle: so while a session is recorded, its operations are done one at a time.
/// Operations that were refused are kept as well, since they may be what is to be replayed; not those on a process that has exited
/// and whose pid another has, nor changes of both counts at once, as one of the two operations that these are kept as may be granted.
/// Thread-safe; a hundred bytes each.
/// </remarks>
internal sealed class OperationRecorder
{
    private readonly object _lock = new();
    private readonly List<HandleOperation> _operations = [];
    private readonly Dictionary<HandleProcess, List<HandlePoolResizer>> _resizers = [];
    private bool _hasNumberForName;

    // How many of the newest are taken back if what they stand for is refused.
    private int _parts;

    internal HandleOperation[] ToArray()
    {
        lock (_lock)
            return [.. _operations];
    }

    /// <summary>Keeps a new process, before it is created.</summary>
    internal Scope Begin(string? name, int? id, string context, bool isManager) => Begin(new HandleOperation
    {
        Operation = isManager ? HandleOperationKind.NewManager : HandleOperationKind.NewProcess,
        Process = name,
        Context = context,
        Id = id,
    });

    /// <summary>Keeps what is about to be done to or by a process.</summary>
    internal Scope Begin(HandleOperationKind kind, HandleProcess process, string? node = null)
    {
        Monitor.Enter(_lock);
        if (!IsReplaced(process))
            _operations.Add(For(kind, process) with { Node = node });
        _hasNumberForName |= node is not null && long.TryParse(node, NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
        return new Scope(this);
    }

    /// <summary>Keeps the removal of a node.</summary>
    internal Scope Begin(HandleNode removed)
    {
        Monitor.Enter(_lock);
        _operations.Add(new HandleOperation { Operation = HandleOperationKind.RemoveNode, Node = IdOf(removed) });
        return new Scope(this);
    }

    /// <summary>Keeps a change of counts: as two operations if it is of both kinds.</summary>
    internal Scope Begin(HandleOperationKind kind, HandleProcess process, HandleNode? node, long? handle, int strong, int weak)
    {
        Monitor.Enter(_lock);
        if (IsReplaced(process))
            return new Scope(this);

        HandleOperation operation = For(kind, process) with { Node = node is null ? null : IdOf(node), Handle = handle };
        if (strong > 0 || weak == 0)
            _operations.Add(operation with { Count = Math.Max(1, strong) });
        if (weak > 0)
            _operations.Add(operation with { Count = weak, Weak = true });
        _parts = strong > 0 && weak > 0 ? 2 : 0;
        return new Scope(this);
    }

    /// <summary>Keeps which resizer is about to be completed.</summary>
    internal Scope Begin(HandlePoolResizer completed)
    {
        Monitor.Enter(_lock);
        int place = _resizers.TryGetValue(completed.Process, out List<HandlePoolResizer>? open) ? open.IndexOf(completed) : -1;
        if (place >= 0)
        {
            open!.RemoveAt(place);
        }

        if (place >= 0 && !IsReplaced(completed.Process))
        {
            _operations.Add(For(HandleOperationKind.CompleteResize, completed.Process) with { Count = place + 1 });
        }

        return new Scope(this);
    }

    /// <summary>Remembers a resizer that was requested, so that its completion can say which it is.</summary>
    internal void Remember(HandlePoolResizer resizer)
    {
        lock (_lock)
        {
            if (!_resizers.TryGetValue(resizer.Process, out List<HandlePoolResizer>? open))
                _resizers.Add(resizer.Process, open = []);
            open.Add(resizer);
        }
    }

    /// <summary>Whether a process has exited and another has its pid: a row would mean that one, and do to it what is refused here.</summary>
    private static bool IsReplaced(HandleProcess process) =>
        process.IsDead && process.Session.GetProcesses().Any(other => other.Id == process.Id && other.Context == process.Context);

    private static HandleOperation For(HandleOperationKind kind, HandleProcess process) => new()
    {
        Operation = kind,
        Process = process.Name,
        Context = process.Context,
        Id = process.Id,
    };

    /// <summary>A node by its id, marked as such once a name could be taken for one.</summary>
    private string IdOf(HandleNode node) => string.Create(CultureInfo.InvariantCulture,
        $"{(_hasNumberForName ? OperationPlayer.IdMark : "")}{node.Id}");

    private Scope Begin(HandleOperation operation)
    {
        Monitor.Enter(_lock);
        _operations.Add(operation);
        return new Scope(this);
    }

    /// <summary>The time during which an operation is done. The default is of a session that is not recorded.</summary>
    internal readonly struct Scope : IDisposable
    {
        private readonly OperationRecorder? _recorder;

        internal Scope(OperationRecorder locked) => _recorder = locked;

        /// <summary>Says that the operation was not refused.</summary>
        internal T Granted<T>(T result)
        {
            if (_recorder is not null)
                _recorder._parts = 0;
            return result;
        }

        public void Dispose()
        {
            if (_recorder is null)
                return;
            _recorder._operations.RemoveRange(_recorder._operations.Count - _recorder._parts, _recorder._parts);
            _recorder._parts = 0;
            Monitor.Exit(_recorder._lock);
        }
    }
}
