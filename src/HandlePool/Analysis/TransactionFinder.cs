using System.Globalization;
using HandlePool.Evidence;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Analysis;

/// <summary>Finds the calls that the driver shows in a dump: those under way, buffers that are not freed, and its logs. Static and thread-safe.</summary>
/// <remarks>
/// All lines of one id are one call: that of the thread that made it, that of the thread that serves it, its buffer, and its entry in a log. A
/// <c>state</c> shows the same calls as <c>transactions</c>, at its own time.
/// </remarks>
public static class TransactionFinder
{
    private const int SlowestAnswer = 5_000;

    private static readonly HandleSourceKind[] Logs = [HandleSourceKind.TransactionLog, HandleSourceKind.FailedTransactionLog];

    /// <summary>Finds the calls of a session. O(calls).</summary>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Calls under way, the oldest first; then buffers that are not freed, failed calls, and logged calls, as the texts have them.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static IReadOnlyList<HandleTransaction> Find(HandleSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Calls.Count == 0)
            return [];
        ShownCall[] callOf = ShownCall.Join(session.Calls, cancellationToken);
        CallParties parties = new(session, cancellationToken);
        WaitGraph waits = new(session.Calls, callOf, parties.NameOf, cancellationToken);
        return [.. callOf.Distinct().WithCancellation(cancellationToken).Select(call => Create(session, call, parties, waits))
            .OrderBy(call => call.IsInFlight ? HandleTransactionState.Pending : call.State)
            .ThenByDescending(call => call.IsInFlight ? call.Age ?? TimeSpan.Zero : TimeSpan.Zero)];
    }

    /// <summary>Returns what the session lacks to show all calls, as sentences; empty if nothing is missing.</summary>
    /// <param name="session">The session.</param>
    public static IReadOnlyList<string> FindGaps(HandleSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        HashSet<HandleSourceKind> kinds = [.. session.Sources.Select(source => source.Kind)];
        const string Advice = "Import the driver's transactions, transaction_log and failed_transaction_log beside its state, or a bug report.";
        if (session.Calls.Count == 0 && !kinds.Contains(HandleSourceKind.Transactions) && !kinds.Contains(HandleSourceKind.State) && !kinds.Overlaps(Logs))
            return [$"Session '{session}' has no text in which the driver shows calls. {Advice}"];
        return kinds.Overlaps(Logs) ? [] : [$"Session '{session}' has no log of calls, so that only those under way are known. {Advice}"];
    }

    /// <summary>Returns whether a call is stuck: in a circle of waits, or without an answer for so long that Android says the application does not respond.</summary>
    internal static bool IsStuck(HandleTransaction call) =>
        call.Cycle != HandleWaitCycle.None || (call is { IsInFlight: true, Kind: HandleTransactionKind.Call } && call.Age?.TotalMilliseconds >= SlowestAnswer);

    private static HandleTransaction Create(HandleSession session, ShownCall call, CallParties parties, WaitGraph waits)
    {
        HandleProcess? from = call.FromId is { } sender ? parties.Find(sender, call.Context) : null;
        HandleProcess? to = call.ToId is { } receiver ? parties.Find(receiver, call.Context) : null;
        HandleTransactionState state = call.State;
        long? node = call.Value(record => record.Node);
        long? handle = call.Value(record => record.Handle);
        (HandleUseState? use, string? remark) = handle is { } used && call.Entry is not null ? parties.Check(call, from, used, node, state) : (null, null);
        return new HandleTransaction(session, call.Best)
        {
            Id = call.First.Id,
            Kind = call.Kind,
            State = state,
            From = call.FromId is { } fromId ? waits.Name(fromId, call.FromThread) : null,
            FromId = call.FromId,
            FromThread = call.FromThread,
            FromName = call.FromId is { } namedFrom ? parties.NameOf(namedFrom) : null,
            FromProcess = from,
            To = call.ToId is { } toId ? waits.Name(toId, call.ToThread) : null,
            ToId = call.ToId,
            ToThread = call.ToThread,
            ToName = call.ToId is { } namedTo ? parties.NameOf(namedTo) : null,
            ToProcess = to,
            Context = call.Context ?? from?.Context ?? to?.Context,
            Node = node,
            Handle = handle ?? (node is { } called && from is not null ? parties.HandleOf(from, called) : null),
            HandleState = use,
            Code = call.Value(record => record.Code),
            Flags = call.Value(record => record.Flags),
            Age = call.Value(record => record.Age) is { } age && age <= TimeSpan.MaxValue.TotalMilliseconds ? TimeSpan.FromMilliseconds(age) : null,
            Size = call.Value(record => record.Size),
            OffsetsSize = call.Value(record => record.OffsetsSize),
            Return = call.Value(record => record.Return) is > 0 and long returned ? DriverNames.OfReturn(returned) : null,
            Error = call.Value(record => record.Error) is > 0 and long error ? DriverNames.OfError(error) : null,
            DriverLine = call.Value(record => record.DriverLine) is > 0 and long line ? line : null,
            WaitsFor = waits.Describe(call),
            Cycle = waits.CycleOf(call),
            WaitingThreads = waits.WaitingFor(call),
            FreeAsyncSpace = state == HandleTransactionState.NotFreed ? to?.Statistic?.FreeAsyncSpace : null,
            Remark = call.Entry is { IsIncomplete: true } ? "The driver was still writing this entry." : remark,
        };
    }

    /// <summary>Finds the processes of a session that calls are between, and compares the handles of calls with their tables.</summary>
    private sealed class CallParties
    {
        private readonly HandleSession _session;
        private readonly bool _isIncomplete;
        private readonly Dictionary<(int Id, string Context), HandleProcess> _byContext = [];
        private readonly Dictionary<HashedId, HandleProcess> _byId = [];
        private readonly Dictionary<HashedId, string> _names = [];

        internal CallParties(HandleSession session, CancellationToken cancellationToken)
        {
            _session = session;
            _isIncomplete = IncompleteState.IsIncomplete(session, cancellationToken);
            foreach (HandleProcess process in session.GetProcesses().WithCancellation(cancellationToken))
            {
                _byContext.TryAdd((process.Id, process.Context), process);
                _byId.TryAdd(process.Id, process);
                if (process.Name is { } name)
                    _names.TryAdd(process.Id, name);
            }

            foreach (HandleEvidence fact in session.Evidence.WithCancellation(cancellationToken))
            {
                if (fact is { Kind: HandleEvidenceKind.Process, IsListed: true, Pid: { } pid, Name: { Length: > 0 } name })
                    _names.TryAdd(pid, name);
            }
        }

        internal string? NameOf(int pid) => _names.GetValueOrDefault(pid);

        /// <summary>Returns a process by pid and context. Old drivers print no contexts in their logs.</summary>
        internal HandleProcess? Find(int pid, string? context) => context is not null ? _byContext.GetValueOrDefault((pid, context))
            : _byContext.GetValueOrDefault((pid, HandleSession.DefaultContext)) ?? _byId.GetValueOrDefault(pid);

        internal long? HandleOf(HandleProcess holder, long id)
        {
            HandleNode? node;
            lock (_session.SyncRoot)
                node = _session.FindNodeUnlocked(id);
            return node is null ? null : holder.GetReference(node)?.Handle;
        }

        /// <summary>Compares the handle of a logged call with the table of its sender.</summary>
        internal (HandleUseState? State, string? Remark) Check(ShownCall call, HandleProcess? holder, long handle, long? node, HandleTransactionState state)
        {
            if (_byId.Count == 0)
                return (null, null);
            if (holder is null)
                return (HandleUseState.Unknown, $"Process {call.FromId?.ToString(CultureInfo.InvariantCulture) ?? "of unknown pid"} is not in the dump: it has exited since, or the dump lacks it.");
            HandleReference? held = holder.GetReference(handle);
            string name = VisibleText.Of(holder.ToString());
            if (held is not null && (node is null || held.Node.Id == node))
                return (HandleUseState.Held, null);
            if (held is not null)
            {
                return (HandleUseState.Reused, string.Create(CultureInfo.InvariantCulture,
                    $"Handle {handle} of {name} is now that of node {held.Node.Id}: the reference to node {node} was dropped since."));
            }

            if (_isIncomplete || holder.CountSource != HandleCountSource.State)
                return (HandleUseState.Unknown, string.Create(CultureInfo.InvariantCulture, $"{name} has no handle {handle} in what there is of its state, which is incomplete."));
            return (HandleUseState.Dropped, state == HandleTransactionState.Failed && node is null
                ? string.Create(CultureInfo.InvariantCulture, $"{name} has no handle {handle}: the reference was dropped, perhaps before the call.")
                : string.Create(CultureInfo.InvariantCulture, $"{name} has no handle {handle}: the reference was dropped since."));
        }
    }
}
