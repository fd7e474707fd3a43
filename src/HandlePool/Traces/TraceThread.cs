namespace HandlePool.Traces;

/// <summary>Represents what a trace has told of a thread so far.</summary>
internal sealed class TraceThread
{
    // More calls within calls than that are calls whose ends are missing.
    private const int DeepestCall = 64;

    private List<TraceCall>? _calls;
    private int _epoch;

    /// <summary>Gets or sets its pid; 0 if it is unknown.</summary>
    internal int Process { get; set; }

    /// <summary>Gets or sets the index of its name.</summary>
    internal int Command { get; set; } = -1;

    /// <summary>Gets or sets the bytes of its name.</summary>
    internal byte[] CommandBytes { get; set; } = [];

    /// <summary>Gets or sets its last transaction, whose objects come next.</summary>
    internal TraceCall Current { get; set; }

    /// <summary>Gets or sets the last line of it since events were lost.</summary>
    internal long LastLine { get; set; }

    /// <summary>Adds a call that waits for a reply.</summary>
    /// <param name="call">The call.</param>
    /// <param name="epoch">The number of losses so far. Calls from before a loss may have ended.</param>
    internal void Begin(in TraceCall call, int epoch)
    {
        Renew(epoch);
        _calls ??= [];
        if (_calls.Count == DeepestCall)
            _calls.Clear();
        _calls.Add(call);
    }

    /// <summary>Ends the last call that waits for a reply.</summary>
    /// <param name="process">The pid that replies; 0 if it is unknown.</param>
    /// <param name="epoch">The number of losses so far.</param>
    /// <param name="call">The call.</param>
    /// <returns>False if the call is not in the trace, or if it is not certain which it is.</returns>
    internal bool TryEnd(int process, int epoch, out TraceCall call)
    {
        Renew(epoch);
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

    /// <summary>Forgets the calls that wait: one of them has failed, and the trace does not tell which.</summary>
    internal void Fail() => _calls?.Clear();

    private void Renew(int epoch)
    {
        if (_epoch == epoch)
            return;
        _calls?.Clear();
        _epoch = epoch;
    }
}

/// <summary>Represents a transaction, as its own event tells of it.</summary>
internal readonly record struct TraceCall(uint Transaction, uint TargetNode, int Process, int Thread, bool IsReply, uint Flags, uint Code, bool HasCall);
