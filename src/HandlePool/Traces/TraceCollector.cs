using System.Runtime.InteropServices;
using System.Text;
using HandlePool.Text;

namespace HandlePool.Traces;

/// <summary>Collects the events of a trace from its lines, in the order of the files.</summary>
/// <remarks>A line without a binder event costs a search for a word and for its end. Memory is that of the objects in transactions, and of the threads. Not thread-safe.</remarks>
internal sealed class TraceCollector
{
    private const int MostNames = 100;
    private const int LongestCommand = 64;
    private const uint OneWay = 1;

    private readonly List<EventName> _names = [];
    private readonly Dictionary<int, TraceThread> _threads = [];
    private readonly Dictionary<string, int> _commandIndexes = [];
    private readonly List<string> _commands = [];

    // The records whose transaction is not known yet.
    private readonly Dictionary<uint, List<int>> _waiting = [];
    private readonly TraceLosses _losses = new();
    private readonly List<HandleTraceProblem> _problems = [];
    private TraceThread? _found;
    private int _foundId;
    private int _file = -1;
    private string _path = "";
    private long _line;
    private long _allLines;
    private uint _highestId;
    private int _epoch;
    private bool _hasHeader;
    private bool _isCut;

    // The number of transactions, one after the other, with ids near the end of the counter.
    private int _lastIds;

    private enum EventKind
    {
        Other,
        Transaction,
        NodeToReference,
        ReferenceToNode,
        ReferenceToReference,
        Return,
    }

    internal TraceRecords Records { get; } = new();

    internal IReadOnlyList<string> Commands => _commands;

    internal IReadOnlyList<HandleTraceProblem> Problems => _problems;

    internal long ProblemCount { get; private set; }

    internal long OtherLines { get; private set; }

    internal long LostEvents { get; private set; }

    internal long OverwrittenEvents { get; private set; }

    internal long FirstTime => _losses.FirstTime;

    internal long LastTime => _losses.LastTime;

    /// <summary>Gets the lowest id of a transaction; 0 if there is none.</summary>
    internal uint LowestTransaction { get; private set; }

    /// <summary>Gets the lowest id from which on no line is missing at the beginning; 0 if none is.</summary>
    internal uint FirstWhole { get; private set; }

    internal bool IsFull => Records.Count + _losses.Count >= TraceReader.MaxEvents;

    internal long Lines => _allLines + _line;

    /// <summary>Gets the threads by id.</summary>
    internal IReadOnlyDictionary<int, TraceThread> Threads => _threads;

    /// <summary>Gets the highest id.</summary>
    internal uint HighestId => _highestId;

    /// <summary>Gets the file and the line at which the driver's counter of ids has begun again; null if it did not.</summary>
    internal (string Path, long Line)? IdsBeginAgain { get; private set; }

    internal IEnumerable<KeyValuePair<string, long>> Counts => _names.Select(name => new KeyValuePair<string, long>(Encoding.ASCII.GetString(name.Bytes), name.Count));

    private static ReadOnlySpan<byte> Prefix => "binder_"u8;

    internal void BeginFile(string path)
    {
        _allLines += _line;
        _line = 0;
        _path = path;
        _file++;
    }

    internal void AddProblem(long line, string message, string text = "")
    {
        ProblemCount++;
        if (_problems.Count < TraceReader.MaxProblems)
            _problems.Add(new HandleTraceProblem(_path, line, message, text));
    }

    /// <summary>Notes that the text was not read to its end.</summary>
    internal void Cut() => _isCut = true;

    /// <summary>Ends the trace: a thread may have told its process after its objects, and lost lines make calls uncertain.</summary>
    internal void Finish()
    {
        FirstWhole = _losses.Finish(Records, _isCut, isStartKnown: _hasHeader && OverwrittenEvents == 0);
        List<(long Begin, long End)> losses = _losses.Times();
        for (int index = 0; index < Records.Count; index++)
        {
            ref TraceRecord record = ref Records[index];
            if (record.Process == 0 && _threads.TryGetValue(record.Thread, out TraceThread? thread))
                record.Process = thread.Process != 0 || !_losses.IsWhole ? thread.Process : thread.ProcessOfCalls;
            if (record is { IsReply: true, HasCall: true } && (IsWithin(losses, record.Time) || FindThread(record.DestinationThread).IsDisordered))
                (record.HasCall, record.Code, record.TargetNode) = (false, 0, 0);
        }
    }

    private static bool IsWithin(List<(long Begin, long End)> losses, long time)
    {
        if (time < 0)
            return losses.Count > 0;
        int index = losses.BinarySearch((time, long.MaxValue));
        index = index < 0 ? ~index - 1 : index;
        return index >= 0 && time <= losses[index].End;
    }

    /// <summary>Passes over lines of other events, which most traces have more of, without looking at each.</summary>
    /// <remarks>It does the same as <see cref="Add"/> for each of them.</remarks>
    /// <param name="text">Text that begins with a line, and may end within one.</param>
    /// <param name="lines">The number of lines.</param>
    /// <returns>Their length.</returns>
    internal int PassOver(ReadOnlySpan<byte> text, out int lines)
    {
        lines = 0;
        if (_losses.IsListening)
            return 0;
        int next = text.IndexOf(Prefix);
        ReadOnlySpan<byte> passed = next < 0 ? text : text[..next];
        passed = passed[..(passed.LastIndexOf((byte)'\n') + 1)];
        if (passed.IsEmpty || IsSpecial(passed[0]))
            return 0;

        // Comments, losses and empty lines are no other events. The first of them ends what is passed over.
        for (int feed = 0, found; (found = passed[feed..^1].IndexOf((byte)'\n')) >= 0; feed += found + 1)
        {
            if (IsSpecial(passed[feed + found + 1]))
            {
                passed = passed[..(feed + found + 1)];
                break;
            }
        }

        lines = passed.Count((byte)'\n');
        OtherLines += lines;
        _line += lines;
        return passed.Length;

        static bool IsSpecial(byte first) => first is (byte)'#' or (byte)'C' or (byte)'\n' or (byte)'\r';
    }

    internal void Add(ReadOnlySpan<byte> text, long number)
    {
        _line = number;
        if (text.IndexOf(Prefix) < 0)
        {
            AddWithoutEvent(text);
            return;
        }

        bool isEvent = TraceLine.TryParse(text, out TraceLine line);
        if (isEvent && line.Name.SequenceEqual("tracing_mark_write"u8) && TryAddProxyCount(line))
            return;
        if (!isEvent || Find(line) is not { } name)
        {
            OtherLines++;
            return;
        }

        name.Count++;
        Hear(line);
        switch (name.Kind)
        {
            case EventKind.Transaction:
                AddTransaction(line);
                break;
            case EventKind.NodeToReference or EventKind.ReferenceToNode or EventKind.ReferenceToReference:
                AddObject(line, name.Kind);
                break;
            case EventKind.Return when IsFailure(line.Payload) && _threads.TryGetValue(line.Thread, out TraceThread? failed):
                failed.Fail();
                break;
        }
    }

    private void AddWithoutEvent(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        if (text[0] == '#')
        {
            AddHeader(text);
        }
        else if (!TryAddLoss(text))
        {
            OtherLines++;
            if (_losses.IsListening && TraceLine.TryParse(text, out TraceLine line))
                Hear(line);
        }
    }

    /// <summary>Reads <c># entries-in-buffer/entries-written: 2633/9000 #P:8</c> and <c>##### CPU 2 buffer started ####</c>.</summary>
    private void AddHeader(ReadOnlySpan<byte> text)
    {
        LineCursor cursor = new(text.TrimStart((byte)'#'));
        if (cursor.TryField("CPU"u8, out long cpu) && cursor.Rest.StartsWith(" buffer started"u8))
        {
            Lose(cpu);
            return;
        }

        if (!cursor.TryField("entries-in-buffer/entries-written:"u8, out long kept) || !cursor.TryText("/"u8) || !cursor.TryNumber(out long written))
            return;
        bool isOverwritten = written > kept;
        cursor.TryField("#P:"u8, out long cpus);
        _losses.Begin(isOverwritten, cpus, _file, _line);
        _hasHeader = true;
        if (isOverwritten)
        {
            OverwrittenEvents += written - kept;
            _epoch++;
        }
    }

    /// <summary>Reads <c>CPU:2 [LOST 1234 EVENTS]</c>, which trace-cmd writes as <c>CPU:2 [1234 EVENTS DROPPED]</c>.</summary>
    private bool TryAddLoss(ReadOnlySpan<byte> text)
    {
        LineCursor cursor = new(text);
        if (!cursor.TryText("CPU:"u8) || !cursor.TryNumber(out long cpu))
            return false;
        cursor.SkipSpace();
        if (!cursor.TryText("["u8))
            return false;
        bool isLost = cursor.TryText("LOST "u8), isCounted = cursor.TryNumber(out long lost);
        cursor.SkipSpace();
        if (!cursor.TryText(isLost ? "EVENTS]"u8 : "EVENTS DROPPED]"u8))
            return false;
        LostEvents += isCounted ? Math.Min(lost, long.MaxValue - LostEvents) : 1;
        Lose(cpu);
        return true;
    }

    /// <summary>Notes that a CPU lost events. Calls that wait for a reply may have ended.</summary>
    private void Lose(long cpu)
    {
        _losses.Lose(cpu, _file, _line);
        _epoch++;
    }

    private void Hear(in TraceLine line)
    {
        if (_losses.Hear(line.Cpu, line.Time))
            _epoch++;
    }

    private EventName? Find(in TraceLine line)
    {
        foreach (EventName name in _names)
        {
            if (line.Name.SequenceEqual(name.Bytes))
                return name;
        }

        if (!line.Name.StartsWith(Prefix) || _names.Count == MostNames)
            return null;
        EventName added = new(line.Name.ToArray(), KindOf(line.Name));
        _names.Add(added);
        return added;
    }

    private static EventKind KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("binder_transaction"u8) ? EventKind.Transaction
        : name.SequenceEqual("binder_transaction_node_to_ref"u8) ? EventKind.NodeToReference
        : name.SequenceEqual("binder_transaction_ref_to_node"u8) ? EventKind.ReferenceToNode
        : name.SequenceEqual("binder_transaction_ref_to_ref"u8) ? EventKind.ReferenceToReference
        : name.SequenceEqual("binder_return"u8) ? EventKind.Return
        : EventKind.Other;

    private static bool IsFailure(ReadOnlySpan<byte> payload) =>
        payload.EndsWith("BR_FAILED_REPLY"u8) || payload.EndsWith("BR_DEAD_REPLY"u8) || payload.EndsWith("BR_FROZEN_REPLY"u8);

    private void AddTransaction(in TraceLine line)
    {
        TracePayload payload = TracePayload.Parse(line.Payload);
        if (!payload.IsTransaction)
        {
            AddProblem(_line, "a transaction without 'transaction=ID dest_node=ID dest_proc=PID dest_thread=ID reply=N flags=0xHEX code=0xHEX'", Excerpt.Of(line.Payload));
            return;
        }

        TraceThread sender = ThreadOf(line);
        Note(payload.Transaction);
        Watch(payload.Transaction);
        if (LowestTransaction == 0 || payload.Transaction < LowestTransaction)
            LowestTransaction = payload.Transaction;
        _losses.NoteTransaction(sender, line.Time, payload.Transaction);
        TraceCall call = new(payload.Transaction, payload.TargetNode, payload.Process, payload.Thread, payload.Reply != 0, payload.Flags, payload.Code,
            HasCall: payload.Reply == 0);
        if (payload.Thread != 0)
        {
            TraceThread receiver = FindThread(payload.Thread);
            receiver.Process = payload.Process;
            if (call.IsReply && receiver.TryEnd(call.Transaction, sender.Process != 0 ? sender.Process : sender.ProcessOfCalls, _epoch, out TraceCall answered))
            {
                sender.Answer(answered.Process);
                call = call with { Code = answered.Code, TargetNode = answered.TargetNode, HasCall = true };
            }
        }

        if (!call.IsReply && (call.Flags & OneWay) == 0)
            sender.Begin(call, _epoch);
        sender.Current = call;
        if (_waiting.Count > 0 && _waiting.Remove(call.Transaction, out List<int>? records))
        {
            foreach (int index in records)
                Complete(ref Records[index], call);
        }
    }

    private void AddObject(in TraceLine line, EventKind kind)
    {
        TracePayload payload = TracePayload.Parse(line.Payload);
        TraceRecordKind recordKind = kind switch
        {
            EventKind.NodeToReference => TraceRecordKind.NodeToReference,
            EventKind.ReferenceToNode => TraceRecordKind.ReferenceToNode,
            _ => TraceRecordKind.ReferenceToReference,
        };
        if ((recordKind != TraceRecordKind.ReferenceToNode && !payload.HasReference) || (recordKind != TraceRecordKind.NodeToReference && !payload.HasSource))
        {
            AddProblem(_line, "an object in a transaction without 'transaction=ID node=ID' and the ids and handles of its references", Excerpt.Of(line.Payload));
            return;
        }

        TraceThread sender = ThreadOf(line);
        TraceRecord record = new()
        {
            Kind = recordKind,
            File = _file,
            Time = line.Time,
            Line = _line,
            Thread = line.Thread,
            Process = sender.Process,
            Command = sender.Command,
            Transaction = payload.Transaction,
            Node = payload.Node,
            SourceReference = payload.SourceReference,
            SourceHandle = payload.SourceHandle,
            Reference = payload.Reference,
            Handle = payload.Handle,
        };
        Note(record.Order);
        _losses.NoteObject(sender, line.Time, record.Order);
        if (sender.Current.Transaction == payload.Transaction)
        {
            Complete(ref record, sender.Current);
        }
        else
        {
            ref List<int>? waiting = ref CollectionsMarshal.GetValueRefOrAddDefault(_waiting, payload.Transaction, out _);
            (waiting ??= []).Add(Records.Count);
        }

        Records.Add(record);
    }

    private static void Complete(ref TraceRecord record, in TraceCall call)
    {
        record.HasDestination = true;
        record.HasCall = call.HasCall;
        record.IsReply = call.IsReply;
        record.TargetNode = call.HasCall ? call.TargetNode : 0;
        record.DestinationProcess = call.Process;
        record.DestinationThread = call.Thread;
        record.Flags = call.Flags;
        record.Code = call.Code;
    }

    /// <summary>Reads <c>C|PID|binder_proxies|COUNT</c>.</summary>
    private bool TryAddProxyCount(in TraceLine line)
    {
        LineCursor cursor = new(line.Payload);
        if (!cursor.TryText("C|"u8) || !cursor.TryNumber(out long pid) || !cursor.TryText("|binder_proxies|"u8) || !cursor.TryNumber(out long count)
            || pid > int.MaxValue || count > int.MaxValue)
        {
            return false;
        }

        Hear(line);
        Records.Add(new TraceRecord
        {
            Kind = TraceRecordKind.ProxyCount,
            File = _file,
            Time = line.Time,
            Line = _line,
            Thread = line.Thread,
            Process = (int)pid,
            Command = ThreadOf(line).Command,
            Handle = (int)count,
        });
        return true;
    }

    private TraceThread FindThread(int id)
    {
        // The lines of a transaction and of its objects follow one another.
        if (_found is not null && id == _foundId)
            return _found;
        ref TraceThread? thread = ref CollectionsMarshal.GetValueRefOrAddDefault(_threads, id, out _);
        (_foundId, _found) = (id, thread ??= new TraceThread());
        return thread;
    }

    private TraceThread ThreadOf(in TraceLine line)
    {
        TraceThread thread = FindThread(line.Thread);
        if (line.Process != 0)
            thread.Process = line.Process;
        if (thread.Command >= 0 && line.Command.SequenceEqual(thread.CommandBytes))
            return thread;
        thread.CommandBytes = line.Command[..Math.Min(line.Command.Length, LongestCommand)].ToArray();
        string command = Encoding.UTF8.GetString(thread.CommandBytes);
        if (!_commandIndexes.TryGetValue(command, out int index))
        {
            _commandIndexes.Add(command, index = _commands.Count);
            _commands.Add(command);
        }

        thread.Command = index;
        return thread;
    }

    private void Note(uint id) => _highestId = Math.Max(_highestId, id);

    /// <summary>Finds where the counter of ids begins again: in its first quarter after transactions in the last one. A single one may be a damaged line.</summary>
    private void Watch(uint transaction)
    {
        const uint Quarter = 1u << 30;
        if (transaction >= uint.MaxValue - Quarter)
        {
            _lastIds++;
            return;
        }

        if (_lastIds > 1 && transaction < Quarter)
            IdsBeginAgain ??= (_path, _line);
        _lastIds = 0;
    }

    private sealed class EventName(byte[] bytes, EventKind kind)
    {
        internal byte[] Bytes { get; } = bytes;

        internal EventKind Kind { get; } = kind;

        internal long Count { get; set; }
    }
}
