namespace HandlePool.Traces;

/// <summary>Represents what a trace has told of a thread so far.</summary>
internal sealed class TraceThread
{
    // More calls within calls than that are calls whose ends are missing.
    private const int DeepestCall = 64;

    private const int Several = -1;

    private List<TraceCall>? _calls;
    private int _epoch;
    private int _processOfCalls;

    // The ids of its calls and of the replies to it, since the last loss and before it.
    private (uint First, uint Last) _now = (uint.MaxValue, 0);
    private (uint First, uint Last) _before = (uint.MaxValue, 0);

    /// <summary>Gets or sets its pid; 0 if it is unknown.</summary>
    internal int Process { get; set; }

    /// <summary>Gets or sets the index of its name.</summary>
    internal int Command { get; set; } = -1;

    /// <summary>Gets or sets the bytes of its name.</summary>
    internal byte[] CommandBytes { get; set; } = [];

    /// <summary>Gets or sets its last transaction, whose objects come next.</summary>
    internal TraceCall Current { get; set; }

    /// <summary>Gets or sets the time of its last line with an id; -1 if there is none.</summary>
    internal long LastTime { get; set; } = -1;

    /// <summary>Gets or sets the highest id that it took.</summary>
    internal uint LastId { get; set; }

    /// <summary>Gets the pid that the calls tell which it answered; 0 if there are none, or if they tell several.</summary>
    internal int ProcessOfCalls => Math.Max(0, _processOfCalls);

    /// <summary>Gets whether its calls and the replies to it are not in the order of ids, so that it is not certain which reply is to which call.</summary>
    internal bool IsDisordered { get; private set; }

    /// <summary>Adds a call that waits for a reply.</summary>
    /// <param name="call">The call.</param>
    /// <param name="epoch">The number of losses so far. Calls from before a loss may have ended.</param>
    internal void Begin(in TraceCall call, int epoch)
    {
        Renew(epoch);
        Order(call.Transaction);
        _calls ??= [];
        if (_calls.Count == DeepestCall)
            _calls.Clear();
        _calls.Add(call);
    }

    /// <summary>Ends the last call that waits for a reply.</summary>
    /// <param name="reply">The id of the reply.</param>
    /// <param name="process">The pid that replies; 0 if it is unknown.</param>
    /// <param name="epoch">The number of losses so far.</param>
    /// <param name="call">The call.</param>
    /// <returns>False if the call is not in the trace, or if it is not certain which it is.</returns>
    internal bool TryEnd(uint reply, int process, int epoch, out TraceCall call)
    {
        Renew(epoch);
        Order(reply);
        call = default;
        if (_calls is not { Count: > 0 } calls)
            return false;
        call = calls[^1];
        if (process != 0 && process != call.Process)
        {
            calls.Clear();
            return false;
        }

        calls.RemoveAt(calls.Count - 1);
        return true;
    }

    /// <summary>Takes from a call that this thread answered that it is of the process that was called.</summary>
    internal void Answer(int process) => _processOfCalls = _processOfCalls == 0 || _processOfCalls == process ? process : Several;

    /// <summary>Forgets the calls that wait: one of them has failed, and the trace does not tell which.</summary>
    internal void Fail() => _calls?.Clear();

    private void Renew(int epoch)
    {
        if (_epoch == epoch)
            return;
        _calls?.Clear();
        _epoch = epoch;
        _before = (Math.Min(_before.First, _now.First), Math.Max(_before.Last, _now.Last));
        _now = (uint.MaxValue, 0);
    }

    /// <summary>Notes the id of a call or a reply. Parts of a trace may be in any order, but not lines within one, or of the same time.</summary>
    private void Order(uint id)
    {
        if (id < _now.Last || (id >= _before.First && id <= _before.Last))
            IsDisordered = true;
        _now = (Math.Min(_now.First, id), Math.Max(_now.Last, id));
    }
}

/// <summary>Represents a transaction, as its own event tells of it.</summary>
internal readonly record struct TraceCall(uint Transaction, uint TargetNode, int Process, int Thread, bool IsReply, uint Flags, uint Code, bool HasCall);
