namespace HandlePool.Evidence;

/// <summary>Keeps the calls and buffers that the driver shows in a moment, no more than a limit.</summary>
internal sealed class CallCollector
{
    /// <summary>The number of lines that are kept; the others are only counted. A busy phone has some thousand.</summary>
    internal const int MostCalls = 100_000;

    // The approximate memory of a record, in bytes.
    private const int RecordBytes = 300;

    // The looper flags of threads that take calls to their process: registered, entered.
    private const int PoolFlags = 3;

    private readonly List<CallRecord> _calls = [];
    private (int? Id, string? Context) _host;
    private int? _thread;
    private bool _isOfPool = true;

    /// <summary>Gets the lines in their order.</summary>
    internal IReadOnlyList<CallRecord> Calls => _calls;

    /// <summary>Gets the number of lines that were not kept.</summary>
    internal long SkippedCount { get; private set; }

    /// <summary>Gets the line of the first that was not kept, with its file.</summary>
    internal (string Path, long Line) FirstSkipped { get; private set; }

    /// <summary>Gets the approximate memory of the calls, in bytes.</summary>
    internal long Bytes => RecordBytes * (long)_calls.Count;

    /// <summary>Leaves out the calls of some lines.</summary>
    internal void Remove(IReadOnlySet<EvidencePlace> lines)
    {
        if (lines.Count > 0)
            _calls.RemoveAll(call => lines.Contains(new EvidencePlace(call.Path, call.Line)));
    }

    /// <summary>Sets the process in whose part of the text the lines are that follow.</summary>
    internal void SetHost(int? id, string? context)
    {
        if (_host == (id, context))
            return;
        _host = (id, context);
        _thread = null;
    }

    /// <summary>Adds a line of a process: of a thread, a call or a buffer. Other lines say nothing of these.</summary>
    /// <returns>The call or buffer; null if the line is none, or cannot be read.</returns>
    internal CallRecord? Add(ReadOnlySpan<byte> text, string path, long line)
    {
        if (text[0] == (byte)'t')
        {
            if (CallParser.ParseThread(text, out long flags) is { } thread)
                (_thread, _isOfPool) = (thread, flags < 0 || (flags & PoolFlags) != 0);
            return null;
        }

        if (CallParser.Parse(text, path, line) is not { } call)
            return null;
        call = call.Kind == CallRecordKind.Buffer
            ? call with { HostId = _host.Id, Context = _host.Context, ToId = _host.Id }
            : call with
            {
                HostId = _host.Id,
                Context = _host.Context,
                HostThread = call.Kind is CallRecordKind.Incoming or CallRecordKind.Outgoing ? _thread : null,
                IsOfPool = _isOfPool,
                ToId = call.ToId ?? (call.Kind is CallRecordKind.Incoming or CallRecordKind.Pending ? _host.Id : null),
            };
        Keep(call);
        return call;
    }

    /// <summary>Adds an entry of a log.</summary>
    /// <returns>The entry; null if it cannot be read.</returns>
    internal CallRecord? AddEntry(ReadOnlySpan<byte> text, CallRecordKind kind, string path, long line)
    {
        if (CallParser.ParseEntry(text, kind, path, line) is not { } call)
            return null;
        Keep(call);
        return call;
    }

    private void Keep(CallRecord call)
    {
        if (_calls.Count < MostCalls)
            _calls.Add(call);
        else if (SkippedCount++ == 0)
            FirstSkipped = (call.Path, call.Line);
    }
}
