using HandlePool.Evidence;
using HandlePool.Tables;

namespace HandlePool.Analysis;

/// <summary>Represents a call, with all lines of its id, or of the place of its buffer where that has no id: of the thread that made it, of the one that serves it, of its buffer and of the logs.</summary>
internal sealed class ShownCall
{
    private CallRecord? _outgoing;
    private CallRecord? _incoming;
    private CallRecord? _pending;
    private CallRecord? _buffer;
    private CallRecord? _entry;

    private ShownCall(CallRecord first) => First = first;

    /// <summary>Gets the first line.</summary>
    internal CallRecord First { get; }

    /// <summary>Gets the line that shows it best: that of the thread that serves it or made it, rather than that of a log.</summary>
    internal CallRecord Best => _incoming ?? _outgoing ?? _pending ?? _entry ?? First;

    /// <summary>Gets the entry of a log.</summary>
    internal CallRecord? Entry => _entry;

    internal int? FromId => Value(record => record.FromId);

    internal int? FromThread => Value(record => record.FromThread);

    internal int? ToId => Value(record => record.ToId);

    /// <summary>Gets the thread that is called. The Rust driver shows it only where that thread is.</summary>
    internal int? ToThread => Value(record => record.ToThread) ?? _incoming?.HostThread;

    internal string? Context => Value(record => record.Context);

    internal bool IsInFlight => _outgoing is not null || _incoming is not null || _pending is not null;

    internal HandleTransactionKind Kind => Value(record => record.CallKind) ?? HandleTransactionKind.Buffer;

    internal HandleTransactionState State =>
        _entry is { Kind: CallRecordKind.Failed } or { Return: > 0 } or { Error: > 0 } ? HandleTransactionState.Failed
        : _incoming is not null || (IsInFlight && _pending is null && ToThread is not null) ? HandleTransactionState.Running
        : IsInFlight ? HandleTransactionState.Pending

        // The driver prints that a buffer is active until the call has its reply, or a one-way call its thread.
        : _buffer is { IsDelivered: false, Id: not null } ? HandleTransactionState.Active
        : _buffer is not null ? HandleTransactionState.NotFreed
        : HandleTransactionState.Logged;

    /// <summary>Gets whether its sender waits for a reply.</summary>
    internal bool IsWaitedFor => IsInFlight && Kind == HandleTransactionKind.Call;

    /// <summary>Joins the lines of each call.</summary>
    /// <param name="records">The lines.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The call of each line, in the same order.</returns>
    internal static ShownCall[] Join(IReadOnlyList<CallRecord> records, CancellationToken cancellationToken)
    {
        ShownCall[] calls = new ShownCall[records.Count];
        Dictionary<HashedId, ShownCall> byId = [];
        Dictionary<(int?, string?, long), ShownCall> byOffset = [];
        for (int index = 0; index < calls.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CallRecord record = records[index];
            ShownCall? call = record.Id is { } known ? byId.GetValueOrDefault(known)
                : record.Offset is { } place ? byOffset.GetValueOrDefault((record.HostId, record.Context, place))
                : null;
            if (call is null || !call.MayHave(record))
            {
                call = new ShownCall(record);
                if (record.Id is { } id)
                    byId[id] = call;
                else if (record.Offset is { } offset)
                    byOffset[(record.HostId, record.Context, offset)] = call;
            }

            call.Add(record);
            calls[index] = call;
        }

        return calls;
    }

    /// <summary>Returns the first value that a line has: those of both threads come before those of the buffer and the log.</summary>
    internal T? Value<T>(Func<CallRecord, T?> get)
        where T : struct
    {
        foreach (CallRecord? record in (ReadOnlySpan<CallRecord?>)[_incoming, _outgoing, _pending, _entry, _buffer])
        {
            if (record is not null && get(record) is { } value)
                return value;
        }

        return null;
    }

    private string? Value(Func<CallRecord, string?> get)
    {
        foreach (CallRecord? record in (ReadOnlySpan<CallRecord?>)[_incoming, _outgoing, _pending, _entry, _buffer])
        {
            if (record is not null && get(record) is { } value)
                return value;
        }

        return null;
    }

    /// <summary>Returns whether a line of the same id or place can be of this call: texts of two boots have the same ids, and places are used again.</summary>
    private bool MayHave(CallRecord record) => Agree(FromId, record.FromId) && Agree(ToId, record.ToId) && (record.Offset is null || record.Size == First.Size)
        && (record.CallKind is not { } kind || Kind == HandleTransactionKind.Buffer || kind == Kind);

    private static bool Agree(int? one, int? other) => one is null || other is null || one == other;

    private void Add(CallRecord record)
    {
        switch (record.Kind)
        {
            case CallRecordKind.Outgoing:
                _outgoing ??= record;
                break;
            case CallRecordKind.Incoming:
                _incoming ??= record;
                break;
            case CallRecordKind.Pending:
                _pending ??= record;
                break;
            case CallRecordKind.Buffer:
                _buffer ??= record;
                break;
            case CallRecordKind.Failed:
                _entry = record;
                break;
            default:
                _entry ??= record;
                break;
        }
    }
}
