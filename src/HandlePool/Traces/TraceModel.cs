using HandlePool.Pools;

namespace HandlePool.Traces;

/// <summary>Plays a trace: predicts each handle that the driver gave out, and infers the releases that the trace does not show.</summary>
/// <remarks>
/// <para>Transactions, nodes and references take their ids from one counter, and a reference gets its id and its handle under one lock. So
/// the ids tell the order, and not the times of the lines; a reference that is newer than its transaction is new; and one with a known id
/// must have its known handle.</para>
/// <para>Releases are not in a trace. They can be anywhere, so a lower handle than the predicted one is explained by a release of the
/// reference that had it, and a higher one is not explained by anything.</para>
/// </remarks>
internal sealed class TraceModel
{
    // This many numbers are sorted in less than a tenth of a second.
    private const int SortedPart = 1 << 20;

    private readonly HandleTrace _trace;
    private readonly HandleSession? _session;
    private readonly HandleSessionOptions _options;
    private readonly ITraceListener _listener;
    private readonly TraceContexts _contexts;
    private readonly Dictionary<int, List<HandleProcess>> _processes = [];
    private readonly Dictionary<HandleProcess, TraceTable> _tables = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(int Process, long Group), TraceTable> _newTables = [];
    private readonly Dictionary<int, List<TraceTable>> _tablesOf = [];
    private readonly HashSet<int> _uncertain = [];

    // The processes that are taken to have opened a device once, and those that turn out not to have.
    private readonly IReadOnlySet<int> _severalOpens;
    private readonly HashSet<int> _found = [];
    private readonly Dictionary<uint, KnownReference> _references = [];
    private readonly HashSet<uint> _managers = [];

    // The references of the dump that were released, which are known by process and node only.
    private readonly Dictionary<(TraceTable Table, uint Node), KnownReference> _released = [];
    private readonly Dictionary<long, HandleNode> _nodes = [];

    // Of the dump: the highest id in it, and whether references have ids and all processes are there.
    private readonly long _dumpId;
    private readonly bool _hasReferenceIds;
    private readonly bool _isWhole;

    private int _losses;
    private int _epoch;

    // The id at which lines were missing last, and whether that was after the dump.
    private uint _lossId;
    private bool _hasLost;
    private bool _isEnding;

    /// <summary>Begins a play.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="session">The session of a dump; null to start from nothing.</param>
    /// <param name="driver">The driver whose rules predict.</param>
    /// <param name="listener">Takes what the trace tells.</param>
    /// <param name="severalOpens">The processes outside the dump that have several opens of a device, so that it is not known which of them got an object.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal TraceModel(HandleTrace trace, HandleSession? session, HandleDriver driver, ITraceListener listener, IReadOnlySet<int> severalOpens,
        CancellationToken cancellationToken)
    {
        trace.CheckOrder();
        _severalOpens = severalOpens;
        _trace = trace;
        _session = session;
        _options = new HandleSessionOptions { Driver = driver };
        _listener = listener;
        _contexts = new TraceContexts(trace.Records, session, cancellationToken);
        if (session is null)
            return;
        foreach (HandleProcess process in session.GetProcesses())
        {
            if (!_processes.TryGetValue(process.Id, out List<HandleProcess>? opens))
                _processes.Add(process.Id, opens = []);
            opens.Add(process);
            if (process.BinderContext.ManagerNode is { Id: <= uint.MaxValue } manager)
                _managers.Add((uint)manager.Id);
        }

        foreach (HandleNode node in session.GetNodes())
            _nodes[node.Id] = node;
        _hasReferenceIds = session.HighestListedId > 0;
        _dumpId = session.HighestId;
        _isWhole = (session.Sources.Count == 0 || session.Sources.Any(source => source.Kind == HandleSourceKind.State))
            && !IncompleteState.IsIncomplete(session, cancellationToken);

        // Ids between the dump and the first transaction are of what the trace does not show.
        _hasLost = trace.LowestTransaction == 0 || Math.Max(trace.LowestTransaction, trace.FirstWhole) > _dumpId + 1;
        BeginsLater = _hasLost;
    }

    /// <summary>Gets whether the trace begins after the session's dump, so that what happened in between is unknown.</summary>
    internal bool BeginsLater { get; }

    /// <summary>Gets the processes outside the dump in which two references had one handle at once, as they can in two opens of a device.</summary>
    internal IReadOnlySet<int> SeveralOpens => _found;

    /// <summary>Plays the events one after the other, in the order of ids.</summary>
    /// <returns>The number of events so far.</returns>
    internal IEnumerable<int> Play(CancellationToken cancellationToken)
    {
        int[] order = Sort(cancellationToken);
        for (int index = 0; index < order.Length; index++)
        {
            if ((index & 0xff) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            Play(_trace.Records[order[index]]);
            yield return index + 1;
        }
    }

    /// <summary>Returns the indexes of the records in the order of ids; those of one id in their order.</summary>
    private int[] Sort(CancellationToken cancellationToken)
    {
        const int IndexBits = 26;
        TraceRecords records = _trace.Records;
        long[] keys = new long[records.Count];
        bool isSorted = true;
        for (int index = 0; index < keys.Length; index++)
        {
            ref readonly TraceRecord record = ref records[index];

            // A reference is used after it was created, also by a transaction with a lower id.
            int place = record.Kind switch
            {
                TraceRecordKind.LossBegin or TraceRecordKind.End => 3,
                TraceRecordKind.LossEnd => 0,
                _ => record is { HasReference: true, IsNewer: true } ? 1 : 2,
            };
            keys[index] = (((4L * record.Order) + place) << IndexBits) | (uint)index;
            isSorted &= index == 0 || keys[index] >= keys[index - 1];
        }

        if (!isSorted)
            keys = Sort(keys, SortedPart, cancellationToken);
        return Array.ConvertAll(keys, key => (int)(key & ((1L << IndexBits) - 1)));
    }

    /// <summary>Sorts numbers part by part, and merges the parts, so that cancellation is looked at.</summary>
    internal static long[] Sort(long[] keys, int part, CancellationToken cancellationToken)
    {
        for (int start = 0; start < keys.Length; start += part)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Array.Sort(keys, start, Math.Min(part, keys.Length - start));
        }

        long[] merged = new long[keys.Length > part ? keys.Length : 0];
        for (int width = part; width < keys.Length; width *= 2)
        {
            for (int start = 0; start < keys.Length; start += 2 * width)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int middle = Math.Min(start + width, keys.Length), end = Math.Min(middle + width, keys.Length);
                for (int one = start, other = middle, to = start; to < end; to++)
                    merged[to] = other == end || (one < middle && keys[one] <= keys[other]) ? keys[one++] : keys[other++];
            }

            (keys, merged) = (merged, keys);
        }

        return keys;
    }

    private void Play(in TraceRecord record)
    {
        switch (record.Kind)
        {
            case TraceRecordKind.LossBegin:
                _losses++;
                NoteLoss(record);
                break;
            case TraceRecordKind.LossEnd:
                _losses--;
                NoteLoss(record);
                break;
            case TraceRecordKind.End:
                _isEnding = true;
                NoteLoss(record);
                break;
            case TraceRecordKind.ProxyCount:
                break;
            default:
                if (record.HasSource)
                    PlaySource(record);
                if (record.HasReference)
                    PlayReference(record);
                break;
        }
    }

    private void NoteLoss(in TraceRecord record)
    {
        _lossId = record.Order;
        _epoch++;
        _hasLost |= _session is null || record.Order > _dumpId;
    }

    /// <summary>Takes from an object that the sender holds it by this handle.</summary>
    private void PlaySource(in TraceRecord record)
    {
        if (_references.TryGetValue(record.SourceReference, out KnownReference known))
        {
            if (Contradict(known, record, record.SourceHandle, isSource: true))
                _references[record.SourceReference] = new KnownReference(record.Node, record.SourceHandle);
            return;
        }

        _references.Add(record.SourceReference, new KnownReference(record.Node, record.SourceHandle));
        if (record.Process <= 0 || TableOf(record.Process, record, isReceiver: false) is not { } table || IsBeforeDump(table, record))
            return;
        if (table.TryGetSlot(record.SourceHandle, out TraceSlot slot) && slot.Node == record.Node && slot.Reference == record.SourceReference)
            return;
        table.Learn(record.SourceHandle, record.Node, record.SourceReference);
        _listener.Learn(table, record.SourceHandle, record);
    }

    private void PlayReference(in TraceRecord record)
    {
        TraceTable? table = record.HasDestination ? TableOf(record.DestinationProcess, record, isReceiver: true) : null;
        if (table is not null && IsBeforeDump(table, record))
        {
            _references.TryAdd(record.Reference, new KnownReference(record.Node, record.Handle));
            _listener.Open(record, HandleTraceGapReason.BeforeDump);
            return;
        }

        if (_references.TryGetValue(record.Reference, out KnownReference known))
        {
            if (!Contradict(known, record, record.Handle, isSource: false))
                _listener.Agree(table, record, isNew: false);
            else
                _references[record.Reference] = new KnownReference(record.Node, record.Handle);
            return;
        }

        _references.Add(record.Reference, new KnownReference(record.Node, record.Handle));
        if (table is null)
            PlayUnplaced(record);
        else if (!TryPlayHeld(table, record))
            PlayUnheld(table, record);
    }

    /// <summary>Plays an object whose receiver is uncertain: each table that may have got it is no longer known to have the handle free.</summary>
    private void PlayUnplaced(in TraceRecord record)
    {
        _listener.Open(record, record.HasDestination ? HandleTraceGapReason.UnknownContext : HandleTraceGapReason.UnknownReceiver);
        if (!record.HasDestination)
        {
            NoteLoss(record);
            return;
        }

        _uncertain.Add(record.DestinationProcess);
        foreach (TraceTable table in _tablesOf.GetValueOrDefault(record.DestinationProcess, []))
            table.Doubt(record.Handle);
    }

    /// <summary>Plays an object that the receiver already holds, as far as is known.</summary>
    /// <returns>False if the receiver does not hold it, or held it by another reference, which is released now.</returns>
    private bool TryPlayHeld(TraceTable table, in TraceRecord record)
    {
        if (!table.TryGetHandle(record.Node, out int handle) || !table.TryGetSlot(handle, out TraceSlot slot))
            return false;
        if (slot.Reference == 0 && (IsOfDump(table, record) || (record.Reference <= _dumpId && record.Handle == handle)))
        {
            table.Learn(record.Handle, record.Node, record.Reference);
            if (record.Handle == handle)
                _listener.Agree(table, record, isNew: false);
            else
                Diverge(record, handle, record.Handle, $"the dump has node {record.Node} at handle {handle}");
            return true;
        }

        Release(table, handle, slot, record);
        return false;
    }

    private void PlayUnheld(TraceTable table, in TraceRecord record)
    {
        if (!record.IsNewer)
        {
            if (IsOfDump(table, record) && _released.TryGetValue((table, record.Node), out KnownReference known) && record.Transaction > known.ReleasedBy)
                Diverge(record, known.Handle, record.Handle, $"the dump's reference at handle {known.Handle} had to be released for reference {known.ReleasedBy}, and is still used");
            else
                _listener.Open(record, GapOf(table, record) ?? HandleTraceGapReason.UnseenCreation);
            Replace(table, record);
            table.Learn(record.Handle, record.Node, record.Reference);
            _listener.Learn(table, record.Handle, record);
            return;
        }

        bool isManager = record.Handle == 0 || _managers.Contains(record.Node);
        if (record.Handle == 0 && _managers.Add(record.Node))
        {
            // Nothing else has told that this is the manager's node.
            _listener.Open(record, HandleTraceGapReason.UnseenCreation);
        }
        else if (MissingReason(record) is { } reason)
        {
            _listener.Open(record, reason);
        }
        else
        {
            Judge(table, record, isManager);
        }

        Replace(table, record);
        if (MissingReason(record) is not null)
            table.Learn(record.Handle, record.Node, record.Reference);
        else
            table.Take(record.Handle, record.Node, record.Reference, isManager);
        _listener.Place(table, record);
    }

    private void Judge(TraceTable table, in TraceRecord record, bool isManager)
    {
        int? predicted = table.Predict(isManager);
        if (predicted == record.Handle)
            _listener.Agree(table, record, isNew: true);
        else if (predicted is { } free && free < record.Handle)
            DivergeNew(table, record, free);
        else if (table.WasUsed(record.Handle))
            _listener.Open(record, HandleTraceGapReason.UnseenRelease);
        else
            _listener.Open(record, GapOf(table, record) ?? HandleTraceGapReason.UnknownStart);
    }

    /// <summary>Reports a new handle above one that is free. A dump is not of one moment: what happened while it was printed is not known.</summary>
    private void DivergeNew(TraceTable table, in TraceRecord record, int free)
    {
        if (_session is not null && record.Transaction <= _dumpId)
        {
            table.Forget();
            _listener.Open(record, HandleTraceGapReason.UnknownStart);
            return;
        }

        Diverge(record, free, record.Handle, $"handle {free} is free");
    }

    /// <summary>Infers that the reference at the handle of a new one was released.</summary>
    private void Replace(TraceTable table, in TraceRecord record)
    {
        if (table.TryGetSlot(record.Handle, out TraceSlot slot) && slot.Node != record.Node)
            Release(table, record.Handle, slot, record);
    }

    private void Release(TraceTable table, int handle, TraceSlot slot, in TraceRecord record)
    {
        KnownReference released = new(slot.Node, handle) { ReleasedBy = record.Reference };
        if (slot.Reference == 0)
            _released[(table, slot.Node)] = released;
        else
            _references[slot.Reference] = released;
        table.Release(handle);
        _listener.Release(table, handle, slot.Node);
    }

    /// <summary>Reports a reference that has another handle or node than before, or that must have been released.</summary>
    /// <returns>False if there is no contradiction.</returns>
    private bool Contradict(in KnownReference known, in TraceRecord record, int handle, bool isSource)
    {
        uint id = isSource ? record.SourceReference : record.Reference;
        if (known.Node != record.Node || known.Handle != handle)
        {
            Diverge(record, known.Handle, handle, $"reference {id} is that of handle {known.Handle} to node {known.Node}");
            return true;
        }

        // The reference was used after the transaction had taken its id.
        if (known.ReleasedBy == 0 || record.Transaction <= known.ReleasedBy)
            return false;
        int process = isSource ? record.Process : record.DestinationProcess;
        if (!_processes.ContainsKey(process))
            _found.Add(process);
        Diverge(record, known.Handle, handle, $"reference {id} had to be released for reference {known.ReleasedBy}, and is still used");
        return true;
    }

    private void Diverge(in TraceRecord record, int expected, int found, string reason) => _listener.Diverge(record, expected, found, reason);

    private HandleTraceGapReason? GapOf(TraceTable table, in TraceRecord record) => MissingReason(record)
        ?? (table.HasLost && !BeginsLater ? HandleTraceGapReason.LostEvents : table.IsComplete ? null : HandleTraceGapReason.UnknownStart);

    /// <summary>Returns why lines may be missing that were written as a record was; null if none are.</summary>
    private HandleTraceGapReason? MissingReason(in TraceRecord record) => _isEnding ? HandleTraceGapReason.UnknownEnd
        : _losses == 0 ? null
        : record.Order < _trace.FirstWhole ? HandleTraceGapReason.UnknownStart : HandleTraceGapReason.LostEvents;

    /// <summary>Returns the highest id that was taken before the dump was taken, or before it came to this process, as far as it shows.</summary>
    private long DumpIdOf(TraceTable table) => _hasReferenceIds && table.Source is { } source ? source.ListedUpTo : _dumpId;

    /// <summary>Returns whether a reference that the dump has at some handle can be this one.</summary>
    private bool IsOfDump(TraceTable table, in TraceRecord record) => _hasReferenceIds ? record.Reference <= DumpIdOf(table) : !record.IsNewer;

    /// <summary>Returns whether a dump shows what became of an object. A transaction may be older than the dump whose reference is newer.</summary>
    private bool IsBeforeDump(TraceTable table, in TraceRecord record) => _session is not null && record.Order <= DumpIdOf(table);

    /// <summary>Returns the table of the sender or the receiver of an object; null if it is not certain which of several it is.</summary>
    private TraceTable? TableOf(int process, in TraceRecord record, bool isReceiver)
    {
        long group = _contexts.GroupOf(record.Node);
        TraceTable? table;
        if (_processes.TryGetValue(process, out List<HandleProcess>? opens))
        {
            string? context = _contexts.NameOf(group);
            HandleProcess? open = null;
            if (isReceiver && record is { HasCall: true, IsReply: false } && _nodes.TryGetValue(record.TargetNode, out HandleNode? target)
                && target.Owner is { IsDead: false } owner && owner.Id == process)
            {
                open = owner;
            }
            else
            {
                foreach (HandleProcess each in opens)
                {
                    if (context is not null && each.Context != context)
                        continue;
                    if (open is not null)
                        return null;
                    open = each;
                }
            }

            if (open is not null)
            {
                if (!_tables.TryGetValue(open, out table))
                    _tables.Add(open, table = Create(process, open.Context, open, isKnown: open.CountSource == HandleCountSource.State));
                return Update(table);
            }
        }

        if (_severalOpens.Contains(process) || (_contexts.NameOf(group) is null && !_contexts.IsOnly(process, group)))
            return null;
        if (!_newTables.TryGetValue((process, group), out table))
            _newTables.Add((process, group), table = Create(process, _contexts.NameOf(group), source: null, isKnown: _session is not null));
        return Update(table);
    }

    private TraceTable Create(int process, string? context, HandleProcess? source, bool isKnown)
    {
        // A process that is not in a whole dump began after it, with no handles.
        long dumpId = _hasReferenceIds && source is not null ? source.ListedUpTo : _dumpId;
        IdPool? pool = isKnown && _isWhole && !_hasLost && _losses == 0 && _lossId <= dumpId && !_uncertain.Contains(process)
            ? IdPool.Create(_options.Allocator, _options.MaxCapacity, _options.Rules)
            : null;
        TraceTable table = new(process, context, source, pool, _options.Rules.ManagerNodeStart, _epoch);
        if (!_tablesOf.TryGetValue(process, out List<TraceTable>? tables))
            _tablesOf.Add(process, tables = []);
        tables.Add(table);
        return table;
    }

    private TraceTable Update(TraceTable table)
    {
        if (table.Epoch != _epoch)
            table.Lose(_epoch, isKnown: _losses == 0 && _session is not null && _lossId <= DumpIdOf(table));
        return table;
    }

    /// <summary>Represents what the trace has told of a reference.</summary>
    private readonly record struct KnownReference(uint Node, int Handle)
    {
        /// <summary>Gets the id of the reference for which it had to be released; 0 if it may exist.</summary>
        internal uint ReleasedBy { get; init; }
    }
}

/// <summary>Takes what a trace tells, event by event in the order of ids.</summary>
internal interface ITraceListener
{
    /// <summary>The handle is the predicted one.</summary>
    void Agree(TraceTable? table, in TraceRecord record, bool isNew);

    /// <summary>The handle cannot be the one that the driver gives out.</summary>
    void Diverge(in TraceRecord record, int expected, int found, string reason);

    /// <summary>The handle could not be predicted.</summary>
    void Open(in TraceRecord record, HandleTraceGapReason reason);

    /// <summary>A reference was released before the event that is played.</summary>
    void Release(TraceTable table, int handle, uint node);

    /// <summary>A new reference was added.</summary>
    void Place(TraceTable table, in TraceRecord record);

    /// <summary>A reference exists whose creation the trace does not show.</summary>
    void Learn(TraceTable table, int handle, in TraceRecord record);
}
