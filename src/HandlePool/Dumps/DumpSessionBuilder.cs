using System.Text;
using System.Text.Unicode;
using HandlePool.Evidence;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Parses the lines of states and of processes, and builds the session.</summary>
internal sealed class DumpSessionBuilder
{
    // A node that was referred to as alive may turn out to have no owner, which is an anomaly.
    private const int PendingFindingBytes = 260;

    private static readonly string[] UsualContexts = ["binder", "hwbinder", "vndbinder"];

    private readonly HandleSessionBuilder _builder;
    private readonly IReadOnlyDictionary<int, string>? _givenNames;
    private readonly DumpLog _log;
    private readonly CallCollector _calls;
    private readonly List<HandleProcess> _nameless = [];

    // Nodes that were referred to as alive, or as dead, before their owner was known, with the line.
    private readonly PositionList _saidAlive = new();
    private readonly Dictionary<HandleNode, DumpPosition> _saidDead = [];

    // Whether a node may have been referred to as both.
    private bool _isAnySaidBoth;

    // The number of times that each process has been in this text.
    private readonly Dictionary<(int Id, string Context), int> _opens = [];
    private readonly Dictionary<(int Id, string Context, int OpenNumber), HandleProcess> _processes = [];

    // Where each process was first, if the time is known there.
    private readonly Dictionary<HandleProcess, (string Path, DateTimeOffset Time)> _origins = [];
    private DateTimeOffset? _time;

    // Whether the process is that of another moment, so that its lines are not read.
    private bool _isRefused;

    // The line of a node may go on in the next line of the text.
    private readonly NodeLine _node;
    private (long Line, string Excerpt, bool IsLast)? _pendingNode;

    // A process is created when its context is known: from the line after "proc", or its absence in old kernels.
    private (int Id, string? Name, bool IsUnnumbered)? _pendingProcess;
    private long _pendingLine;
    private HandleProcess? _process;
    private bool _isRepeated;
    private Stage _stage;

    // The id of the reference at handle 0, which a table has once.
    private long? _referenceAtZero;

    // References that were parsed and not added yet.
    private readonly ParsedReference[] _references = new ParsedReference[NodeIndex.MostAtOnce];

    // The ids in lines that are read at once, and the nodes that were there before.
    private readonly long[] _ids = new long[NodeIndex.MostAtOnce];
    private HandleNode?[]? _found;
    private int _nodesAtOnce = 1;

    // A line "proc 1754" behind a node that lacks its list: the next line tells whether it is that list, or begins a process.
    private (byte[] Text, long Line)? _wrapped;

    // Whether the driver prints contexts, and the processes without that line.
    private bool _hasContexts;
    private readonly List<(HandleProcess Process, DumpPosition Position)> _withoutContext = [];
    private readonly ContradictionCounts _contradictions = new();

    private long _budgeted;
    private long _line;

    // The lines that could not be read, and the first of them.
    private long _unreadCount;
    private DumpPosition _firstUnread;
    private HandleSourceKind _kind;
    private int? _knownId;
    private bool _isWholeState;
    private bool _hasProcessStates;
    private bool _inDeadNodes;
    private bool _isTruncated;
    private bool _isAnyTruncated;
    private bool _hasDeathPointers;

    // Whether the text has ended in the present process, and the processes in which texts have ended: references of these are missing.
    private bool _endsHere;
    private readonly HashSet<HandleProcess> _cut = [];

    // The first node tells the form; references tell only the driver.
    private DumpForm? _formOfNodes;
    private DumpForm? _formOfReferences;

    internal DumpSessionBuilder(DumpLog log, CallCollector calls, DumpReaderOptions? options)
    {
        _log = log;
        _calls = calls;
        _builder = new HandleSessionBuilder(options?.Session, isOfDump: true);
        _givenNames = options?.ProcessNames;
        _node = new NodeLine(_builder.Listings);
    }

    /// <summary>Identifies the kinds of lines of a process, in the order in which both drivers print them.</summary>
    private enum Stage
    {
        Begun,
        Threads,
        Nodes,
        References,
    }

    /// <summary>Gets whether other text may follow a reference on its line: not if references end as the C driver's do.</summary>
    internal bool MayRunOn => !_hasDeathPointers;

    /// <summary>Gets whether more than the heading was read.</summary>
    internal bool HasContent => _pendingProcess is not null || _builder.ProcessCount > 0 || _inDeadNodes;

    private DumpPosition Position => new(_log.Path, _line);

    /// <summary>Returns the growth of the session since the last call, in bytes; at first, its size.</summary>
    internal long TakeGrowth()
    {
        long bytes = _builder.Bytes + (PendingFindingBytes * ((long)_saidAlive.Count + _withoutContext.Count));
        long growth = bytes - _budgeted;
        _budgeted = bytes;
        return growth;
    }

    /// <summary>Begins a section: a state, or one or several processes.</summary>
    /// <param name="kind">Which of the two.</param>
    /// <param name="id">The pid in the section's path; null if it has none.</param>
    /// <param name="time">Its time, where texts of several moments are merged; null if it is unknown.</param>
    internal void BeginSection(HandleSourceKind kind, int? id, DateTimeOffset? time)
    {
        CommitPending();

        // A process that is in several texts is one. One that is twice in a text is another open: in the file of a process, the driver begins
        // each of them with a heading of its own.
        if (kind == HandleSourceKind.State || kind != _kind)
            _opens.Clear();
        _kind = kind;
        _time = time;
        _isRefused = false;
        _knownId = id;
        _process = null;
        _inDeadNodes = false;
        _stage = Stage.Begun;
        _hasProcessStates |= kind == HandleSourceKind.ProcessState;
    }

    /// <summary>Ends the text of which one or several sections were.</summary>
    internal void EndText()
    {
        CommitPending();
        _opens.Clear();
    }

    /// <summary>Notes the pid in a path: that of the next process without one.</summary>
    internal void SetId(int id)
    {
        CommitPending();
        if (_kind == HandleSourceKind.ProcessState)
            _opens.Clear();
        _knownId = id;
        _process = null;
        _isRefused = false;
        _stage = Stage.Begun;
    }

    /// <summary>Begins another file of the same session.</summary>
    internal void BeginFile()
    {
        CommitPending();
        _opens.Clear();
        _inDeadNodes = _isTruncated = _hasDeathPointers = _isRefused = false;
        _process = null;
        _stage = Stage.Begun;
    }

    internal void Parse(ReadOnlySpan<byte> line, long number, DumpLineReader.LineKind kind)
    {
        if (_wrapped is not null)
            DecideWrapped(line);
        if (_pendingNode is not null)
        {
            if (_hasContexts && kind == DumpLineReader.LineKind.Whole && _node.MayContinue(line))
            {
                _wrapped = (line.ToArray(), number);
                return;
            }

            if (_node.TryContinue(line, out ReadOnlySpan<byte> ignored))
            {
                NoteIgnored(ignored, number);
                if (kind == DumpLineReader.LineKind.Unterminated)
                {
                    _node.DropLastHolder();
                    NoteTruncation(number);
                }

                return;
            }

            CommitNode();
        }

        _line = number;
        if (kind == DumpLineReader.LineKind.Overlong)
        {
            AddUnknown(line);
            return;
        }

        // The Rust driver omits the line feed after a reference, so that more follows on the line.
        bool isLast = kind == DumpLineReader.LineKind.Unterminated;
        bool hasReference = false;
        LineCursor cursor = new(line);
        cursor.SkipSpace();
        bool isBlank = cursor.IsAtEnd;
        while (!cursor.IsAtEnd)
        {
            if (cursor.TryWord("ref"u8))
            {
                if (ParseReference(ref cursor, isLast, line))
                    hasReference = true;
                else
                    cursor.SkipTo(" ref "u8);
                cursor.SkipSpace();
            }
            else
            {
                ParseOther(cursor, isLast, line, hasReference);
                break;
            }
        }

        if (isLast && !isBlank)
            NoteTruncation(_line);
    }

    /// <summary>Parses the next lines as far as they are references, or nodes, as the drivers print them.</summary>
    /// <remarks>Other lines, and what comes first in a process, are for <see cref="Parse"/>.</remarks>
    /// <param name="text">Text that begins with a line, and may end within one.</param>
    /// <param name="place">The place of that line, where lines were parsed ahead.</param>
    /// <param name="number">The number of that line.</param>
    /// <param name="lines">The number of lines that were parsed.</param>
    /// <returns>Their length.</returns>
    internal int ParseUsual(ReadOnlySpan<byte> text, in ParsedPlace place, long number, out int lines)
    {
        lines = 0;
        if (_pendingNode is not null && _wrapped is null && NodeLine.IsFollowedBy(text))
            CommitNode();
        if (_process is null || _pendingProcess is not null || _pendingNode is not null || _inDeadNodes || _isRefused)
            return 0;
        return text.StartsWith("  ref "u8) ? ParseReferences(text, place, number, out lines)
            : _stage < Stage.References ? ParseNodes(text, place, number, out lines)
            : 0;
    }

    private int ParseReferences(ReadOnlySpan<byte> text, in ParsedPlace place, long number, out int lines)
    {
        ReadOnlySpan<ParsedReference> references = place.References(_ids.Length);
        if (references.IsEmpty)
            references = ParseReferences(text);
        lines = references.Length;
        if (lines == 0)
            return 0;
        for (int index = 0; index < lines; index++)
            _ids[index] = references[index].Line.NodeId;
        ReadOnlySpan<HandleNode?> found = FindNodes(lines);
        _stage = Stage.References;
        int length = 0;
        for (int index = 0; index < lines; index++)
        {
            ref readonly ParsedReference reference = ref references[index];
            _line = number + index;
            NoteForm(reference.Line);
            AddReference(_process!, reference.Line, found[index], text.Slice(length, reference.Length - 1));
            length += reference.Length;
        }

        return length;
    }

    private ReadOnlySpan<ParsedReference> ParseReferences(ReadOnlySpan<byte> text)
    {
        int count = 0;
        for (int start = 0; count < _references.Length && ReferenceLine.TryParseUsual(text[start..], out ReferenceLine line, out int length); start += length)
            _references[count++] = new ParsedReference(start, length, line);
        return _references.AsSpan(0, count);
    }

    private int ParseNodes(ReadOnlySpan<byte> text, in ParsedPlace place, long number, out int lines)
    {
        lines = 0;
        ReadOnlySpan<ParsedNode> parsed = place.Nodes(_nodesAtOnce);
        int count = parsed.Length;
        for (int index = 0; index < count; index++)
            _ids[index] = parsed[index].Id;
        for (ReadOnlySpan<byte> rest = text; parsed.IsEmpty && count < _nodesAtOnce && NodeLine.TryReadId(rest, out _ids[count], out int next); rest = rest[next..])
            count++;
        ReadOnlySpan<HandleNode?> found = FindNodes(count);
        int length = 0;
        for (; lines < count && (parsed.IsEmpty ? _node.ReadUsual(text[length..]) : _node.ReadUsual(text[length..], parsed[lines], place.HoldersOf(parsed[lines]))) is > 0 and int node; length += node)
        {
            _line = number + lines;
            AddNode("", found[lines++]);
        }

        // Lines that cannot be read this way must not be looked at more than once or twice.
        _nodesAtOnce = lines < count ? 1 : Math.Min(2 * _nodesAtOnce, _ids.Length);
        return length;
    }

    /// <summary>Finds the nodes of the first ids, so that their lines do not wait for memory one after the other.</summary>
    private ReadOnlySpan<HandleNode?> FindNodes(int count)
    {
        _found ??= new HandleNode?[_ids.Length];
        _builder.FindNodes(_ids.AsSpan(0, count), _found);
        Span<HandleNode?> found = _found.AsSpan(0, count);

        // The end of a node is mostly in another line of the caches than its beginning, which the search has read.
        foreach (HandleNode? node in found)
            (node as ListedNode)?.Touch();
        return found;
    }

    /// <summary>Decides what a line <c>proc 1754</c> behind a node without its list was: a process goes on with its context, or a thread.</summary>
    /// <param name="next">The line after it; empty if there is none.</param>
    private void DecideWrapped(ReadOnlySpan<byte> next)
    {
        (byte[] text, long number) = _wrapped!.Value;
        _wrapped = null;
        LineCursor cursor = new(next);
        cursor.SkipSpace();
        if (!next.IsEmpty && !cursor.TryWord("context"u8) && !cursor.TryWord("thread"u8))
        {
            _node.Continue(text);
            return;
        }

        CommitNode();
        _line = number;
        cursor = new LineCursor(text);
        cursor.SkipSpace();
        cursor.TryWord("proc"u8);
        ParseProcess(cursor, isLast: false, text);
    }

    /// <summary>Notes the kind of a line. One that comes before those so far begins another process, whose first lines are missing.</summary>
    private void Enter(Stage stage)
    {
        if (stage < _stage)
            BeginUnnumbered();
        _stage = stage;
    }

    /// <summary>Adds the anomaly that the rest of the file could not be read.</summary>
    internal void NoteInterruption(long line) => NoteTruncation("The dump could not be read beyond this line: the rest is missing.", line);

    /// <summary>Adds the anomaly that the command that printed the text was stopped.</summary>
    internal void NoteTimeout(string reason, long line) =>
        NoteTruncation($"The command that printed the dump {reason}: the rest is missing.", line);

    /// <summary>Adds the anomaly that lines of a state were not read.</summary>
    internal void NoteUnread(string message, string path, long line) => _builder.AddFinding(HandleFindingKind.TextNotRead, message, path, line);

    /// <summary>Counts a line that could not be read, for the anomaly that tells of all of them.</summary>
    internal void NoteNotRead(string path, long line)
    {
        if (_unreadCount++ == 0)
            _firstUnread = new DumpPosition(path, line);
    }

    /// <summary>Adds the anomaly that lines could not be read, if there are any.</summary>
    internal void FindNotRead()
    {
        if (_unreadCount == 0)
            return;
        _builder.AddFinding(HandleFindingKind.LinesNotRead, _unreadCount == 1
            ? "This line could not be read: what it tells is missing."
            : $"{Phrase.Count(_unreadCount, "line")} could not be read, this one first: what they tell is missing.", _firstUnread.Path, _firstUnread.Line);
    }

    /// <summary>Adds the anomaly that statistics, which are all there is, end in the middle of a line.</summary>
    internal void NoteCut(string path, long line) =>
        _builder.AddFinding(HandleFindingKind.Truncated, "The statistics end in the middle of this line, and the rest is missing.", path, line);

    /// <summary>Adds a text that the session is from.</summary>
    internal void AddSource(HandleSource source) => _builder.AddSource(source);

    /// <summary>Completes what the lines say together.</summary>
    /// <param name="names">The names of processes that have none in the dump.</param>
    internal void Complete(ProcessNames names)
    {
        CommitPending();
        foreach ((HandleNode node, DumpPosition position) in _saidDead)
        {
            if (node.Owner is { } owner)
                Find(HandleFindingKind.DeadOwnerMismatch, $"Node {node.Id} is dead here, but process {owner.Id} owns it.", position, node.Id);
            else
                _builder.SetDead(node);
        }

        // Reading all nodes takes time, so that it is done once if nothing is wrong.
        HolderLists.Differences differences = HolderLists.Compare(_builder.SettleNodes(), _builder.GetProcesses(), isWhole: _isWholeState);
        List<(HandleNode Node, DumpPosition Position)> ownerless = [];
        if (_isAnySaidBoth || (_isWholeState && differences.IsAnyOwnerless))
        {
            foreach ((HandleNode node, DumpPosition position) in _saidAlive.Ownerless.DistinctBy(said => said.Node))
            {
                if (node.IsDead)
                    Find(HandleFindingKind.DeadOwnerMismatch, $"Node {node.Id} is alive here and dead elsewhere.", position, node.Id);
                else if (_isWholeState)
                    ownerless.Add((node, position));
            }
        }

        NoteOwnerless(ownerless);
        if (ownerless.Count > IncompleteState.MostOwnerless && _process is not null)
            _cut.Add(_process);

        // Where the rest is missing, holders are, too.
        if (differences.Count > 0 && !_isAnyTruncated)
            Find(HandleFindingKind.HolderMismatch, differences.Describe(), _line, node: differences.FirstNode);
        NoteMissingLines(differences);
        NameProcesses(_nameless, names);
        if ((_formOfNodes ?? _formOfReferences) is { } form)
            _builder.SetDumpForm(form);
    }

    /// <summary>Returns whether there is a process of a pid and context.</summary>
    internal bool HasProcess(int id, string context) => _builder.FindProcess(id, context) is not null;

    /// <summary>Returns the number of processes, and of those that statistics have, too.</summary>
    internal (int Shown, int Common) CountCommon(StatisticsRecord record)
    {
        HashSet<(int, string)> counted = [.. record.Processes.Select(each => (each.Id, each.Context))];
        HandleProcess[] shown = _builder.GetProcesses();
        return (shown.Length, shown.Count(process => counted.Contains((process.Id, process.Context))));
    }

    /// <summary>Sets the driver's statistics, and compares them with the states.</summary>
    internal void SetStatistics(StatisticsRecord record, string path, bool isComplete, ProcessNames names)
    {
        IReadOnlyList<HandleProcess> added = StatisticsCheck.SetStatistics(_builder, record, path, isComplete && !_isAnyTruncated);
        foreach (HandleProcess process in added)
            process.ListedAt = (path, process.Statistic!.Record.Line);
        NameProcesses(added.Where(process => process.Name is null), names);
        foreach (ProcessStatisticsRecord each in record.Processes)
        {
            if (each.Name is { } name && IsOfOtherEncoding(name))
                FindNotUtf8(name, $"process {each.Id} in the statistics", path, each.Line, null);
            if (IsOfOtherEncoding(each.Context))
                FindNotUtf8(each.Context, $"the context of process {each.Id} in the statistics", path, each.Line, null);
        }

        foreach (HandleProcess process in _cut)
            process.IsInferred = process.Statistic?.Handles > process.HandleCount;
    }

    /// <summary>Adds the processes that nodes list as holders and that no text shows, last.</summary>
    internal void AddListedHolders(string path, ProcessNames names) => NameProcesses(_builder.AddListedHolders(path), names);

    /// <summary>Sets what the texts beside the driver's say, and adds anomalies of what contradicts itself.</summary>
    /// <param name="evidence">The facts of the report.</param>
    /// <param name="stateCalls">The calls in the states.</param>
    internal void SetEvidence(EvidenceStore evidence, CallCollector stateCalls)
    {
        foreach ((HandleEvidence where, string message) in evidence.FindContradictions())
            _builder.AddFinding(HandleFindingKind.EvidenceMismatch, message, where.Path, where.Line);
        if (evidence.SkippedCount > 0)
        {
            (string path, long line) = evidence.FirstSkipped;
            _log.Add(DumpProblem.OfFile(path, $"the report has {Phrase.Count(evidence.SkippedCount, "more fact")} than the {EvidenceStore.MostFacts} that are kept, "
                + "from this line on. They are left out.") with
            { Line = line });
        }

        foreach (EvidencePlace cut in evidence.CutLines)
        {
            _log.Add(DumpProblem.OfFile(cut.Path, "this line may have been cut, as it has no line feed. What it says beside the driver's tables is left out.") with
            { Line = cut.Line });
        }

        EvidenceIdentities identities = evidence.Identities;
        if (identities.FindContradiction() is var (found, text))
            _builder.AddFinding(HandleFindingKind.EvidenceMismatch, text, found.Path, found.Line);
        foreach (HandleProcess process in _builder.GetProcesses())
        {
            process.Uid = identities.UidOf(process.Id);
            process.Package = process.Uid is { } uid ? identities.PackageOf(uid, process.Name) : null;
        }

        foreach (CallCollector calls in (CallCollector[])[evidence.Calls, stateCalls])
        {
            if (calls.SkippedCount == 0)
                continue;
            (string path, long line) = calls.FirstSkipped;
            _log.Add(DumpProblem.OfFile(path, $"the text has {Phrase.Count(calls.SkippedCount, "more call")} than the {CallCollector.MostCalls} that are kept, "
                + "from this line on. They are left out.") with
            { Line = line });
        }

        _builder.SetEvidence(evidence.Facts, [.. evidence.Calls.Calls, .. stateCalls.Calls]);
    }

    /// <summary>Builds the session.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="time">The time of the dump, if it is known.</param>
    internal HandleSession Build(string name, DateTimeOffset? time)
    {
        if (time is { } known)
            _builder.SetTime(known);
        HandleSession session = _builder.Build(name);
        session.Interfaces = InterfaceInference.Infer(session);
        return session;
    }

    /// <summary>Adds an anomaly for each living node without an owner; one for all if they are many, as where their owners were cut off.</summary>
    private void NoteOwnerless(List<(HandleNode Node, DumpPosition Position)> ownerless)
    {
        if (ownerless.Count > 1 && (_isAnyTruncated || ownerless.Count > IncompleteState.MostOwnerless))
        {
            (HandleNode first, DumpPosition position) = ownerless[0];
            Find(HandleFindingKind.OwnerMissing, $"{ownerless.Count} nodes are alive, but no process owns them; the first is node {first.Id}. "
                + (_isAnyTruncated ? "The rest of the dump is missing." : "The dump may not be whole."), position, first.Id);
            return;
        }

        foreach ((HandleNode node, DumpPosition position) in ownerless)
            Find(HandleFindingKind.OwnerMissing, $"Node {node.Id} is alive here, but no process owns it.", position, node.Id);
    }

    /// <summary>Adds the anomalies that lines are missing, so that what was read may be of another process.</summary>
    private void NoteMissingLines(HolderLists.Differences differences)
    {
        if (_hasContexts)
        {
            // Nothing can be of another context where nothing was read.
            foreach ((HandleProcess process, DumpPosition position) in _withoutContext.Where(each => each.Process.HandleCount + each.Process.NodeCount > 0))
            {
                _builder.AddFinding(HandleFindingKind.LinesMissing, $"Process {process.Id} has no line with its context, which others have. It is read in "
                    + $"context '{process.Context}', and may be of another.", position.Path, position.Line, process);
            }
        }

        foreach ((HandleProcess process, int count) in _contradictions.Many)
        {
            Find(HandleFindingKind.LinesMissing, $"Process {process.Id} ({VisibleText.Name(process.Context)}) has {count} handles or nodes again that it or another "
                + "process has. Lines before some of them are likely to be missing, so that they are of another process.", _line, process);
        }

        foreach (((int id, string context), int opens) in _contradictions.ManyOpens)
        {
            Find(HandleFindingKind.LinesMissing, $"{opens} lines begin process {id} ({VisibleText.Name(context)}). Some are likely to be the rest of a node's line, "
                + "so that what follows is of other processes.", _line);
        }

        if (!_isAnyTruncated && differences.AreMany)
        {
            Find(HandleFindingKind.LinesMissing, $"{differences.Unlisted} of {Phrase.Count(differences.Compared, "node")} are held by processes that their lines "
                + "do not list. Lines are likely to be missing or cut, so that handles are of other processes.", _line);
        }
    }

    private void NameProcesses(IEnumerable<HandleProcess> nameless, ProcessNames names)
    {
        foreach (HandleProcess process in nameless)
        {
            if (_givenNames?.GetValueOrDefault(process.Id) is { } given)
            {
                _builder.SetName(process, given);
            }
            else if (names.Find(process.Id) is { } found)
            {
                _builder.SetName(process, found);
                if (IsOfOtherEncoding(found))
                    FindNotUtf8(found, $"process {process.Id} in the list of processes", _log.Path, _line, process);
            }
        }
    }

    /// <summary>Parses a reference after its first word.</summary>
    /// <returns>True if it was read, so that parsing can go on behind it.</returns>
    private bool ParseReference(ref LineCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        if (ReferenceLine.Parse(ref cursor, out ReferenceLine reference, out ReadOnlySpan<byte> ignored) is { } fault)
            return Broken(fault, isLast, line);
        if (isLast && _hasDeathPointers && !reference.HasDeathPointer)
            return Broken("a reference that is cut off", isLast, line);
        NoteForm(reference);
        if (reference.Handle == 0)
            EnterTable(reference.Id);
        Enter(Stage.References);
        MakePendingProcess();
        if (_isRefused)
            return true;
        if (_process is null)
            return Broken("a reference outside a process", isLast: false, line);
        if (reference.Strong > int.MaxValue || reference.Weak > int.MaxValue)
            return Broken($"a count above {int.MaxValue}", isLast: false, line);
        NoteIgnored(ignored, _line);
        return AddReference(_process, reference, known: null, line);
    }

    private void NoteForm(in ReferenceLine reference)
    {
        _hasDeathPointers |= reference.HasDeathPointer;
        _formOfReferences ??= reference.HasDeathPointer ? DumpForm.C : DumpForm.Rust;
    }

    /// <summary>Notes the reference at handle 0. A second one begins another process, whose first lines are missing.</summary>
    private void EnterTable(long id)
    {
        if (_stage == Stage.References && _referenceAtZero is { } first && first != id)
            BeginUnnumbered();
        _referenceAtZero = id;
    }

    private bool AddReference(HandleProcess process, in ReferenceLine reference, HandleNode? known, ReadOnlySpan<byte> line)
    {
        bool added = _builder.TryAddReference(process, reference.Handle, reference.NodeId, known, (int)reference.Strong, (int)reference.Weak,
            out HandleNode? node, out bool isNewNode, out HandleReference? existing);
        if (node is null)
            return Broken($"handle {reference.Handle} is too large for the pools of a session", isLast: false, line);
        if (!added && _isRepeated && existing!.Handle == reference.Handle && existing.Node == node)
            return true;

        if (reference.IsDead)
        {
            _isAnySaidBoth |= _saidDead.TryAdd(node, Position) && !isNewNode;
        }
        else if (isNewNode || (_saidDead.Count > 0 && node.Owner is null && _saidDead.ContainsKey(node)))
        {
            _isAnySaidBoth |= !isNewNode;
            _saidAlive.Add((ListedNode)node, _log.Path, _line);
        }

        _builder.NoteReference(process, reference.Id);
        if (added && reference.HasDeath)
            _builder.AddDeathNotification(process, (int)reference.Handle, node);
        if (!added)
            FindDuplicate(process, reference.Handle, node, existing!);

        // The list of the node has a process that holds it by two handles twice.
        if (added || existing!.Node == node)
            ((ListedNode)node).Balance -= ListedNode.Weigh(process.Id);
        return true;
    }

    private void FindDuplicate(HandleProcess process, long handle, HandleNode node, HandleReference existing)
    {
        _contradictions.Add(process);
        if (existing.Handle == handle)
        {
            Find(HandleFindingKind.DuplicateHandle,
                $"Process {process.Id} ({VisibleText.Name(process.Context)}) has handle {handle} again, for node {node.Id}; the first, for node {existing.Node.Id}, is kept.",
                _line, process, handle, node.Id);
        }
        else
        {
            Find(HandleFindingKind.DuplicateReference,
                $"Process {process.Id} ({VisibleText.Name(process.Context)}) also holds node {node.Id} by handle {handle}; handle {existing.Handle} is kept.",
                _line, process, handle, node.Id);
        }
    }

    private void ParseOther(LineCursor cursor, bool isLast, ReadOnlySpan<byte> line, bool hasReference)
    {
        if (cursor.TryWord("node"u8))
        {
            ParseNode(cursor, isLast, line);
        }
        else if (cursor.TryWord("proc"u8))
        {
            ParseProcess(cursor, isLast, line);
        }
        else if (cursor.TryWord("context"u8))
        {
            ParseContext(cursor, isLast, line);
        }
        else if (KnownLine.IsThread(cursor.Rest))
        {
            Enter(Stage.Threads);
            if (!isLast)
                AddCall(cursor.Rest);
        }
        else if (cursor.TryWords("dead"u8, "nodes:"u8))
        {
            MakePendingProcess();
            _process = null;
            _isRefused = false;
            _inDeadNodes = true;
            _stage = Stage.Nodes;
        }
        else if (cursor.TryWords("binder"u8, "state:"u8))
        {
            _isWholeState = true;
            NoteRest(cursor, line);
        }
        else if (cursor.TryWord("binder"u8) && cursor.TryWords("proc"u8, "state:"u8))
        {
            NoteRest(cursor, line);
        }
        else if (KnownLine.IsWork(cursor.Rest, out ImportedWork work))
        {
            MakePendingProcess();
            if (_process is not null && !_isRepeated)
                _builder.AddWork(_process, work, KnownLine.IsOfThread(line[..^cursor.Rest.Length]));
        }
        else if (cursor.TryText("failed to generate state: "u8))
        {
            NoteFailure(cursor.Rest);
        }
        else if (KnownLine.HasNoHandles(cursor.Rest))
        {
            if (!isLast && CallParser.IsCall(cursor.Rest))
                AddCall(cursor.Rest);
        }
        else
        {
            if (isLast)
            {
                // A process whose context cannot be read must not get the default context.
                if ("context "u8.StartsWith(cursor.Rest))
                    _pendingProcess = null;
                Broken("a line that is cut off", isLast, line);
            }
            else if (hasReference)
            {
                NoteIgnored(cursor.Rest, _line);
            }
            else
            {
                AddUnknown(line);
            }
        }
    }

    /// <summary>Adds a line of a thread, a call or a buffer. A process may begin with a thread in old kernels, and is not created by that.</summary>
    private void AddCall(ReadOnlySpan<byte> text)
    {
        if (_pendingProcess is { } pending && KnownLine.IsThread(text))
        {
            _calls.SetHost(pending.Id, HandleSession.DefaultContext);
            _calls.Add(text, _log.Path, _line);
            return;
        }

        MakePendingProcess();
        if (_process is null || _isRepeated || _isRefused)
            return;
        _calls.SetHost(_process.Id, _process.Context);
        _calls.Add(text, _log.Path, _line);
    }

    /// <summary>Parses a node after its first word. It is added when the next line is not its rest.</summary>
    private void ParseNode(LineCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        if (cursor.TryText("work "u8))
            return;
        NoteIgnored(_node.Begin(cursor), _line);
        if (_node.Fault is null && _process is null && _pendingProcess is null && !_inDeadNodes && !_isRefused)
        {
            Broken("a node outside a process", isLast: false, line);
            return;
        }

        _pendingNode = (_line, _node.Fault is null ? "" : Excerpt.Of(line), isLast);
        if (!isLast)
            return;
        _node.DropLastHolder();
        CommitNode();
    }

    private void CommitNode()
    {
        if (_pendingNode is not { } pending)
            return;
        _pendingNode = null;
        _line = pending.Line;
        if (_node.Fault is { } fault)
            Broken(fault, pending.IsLast, pending.Excerpt);
        else
            AddNode(pending.Excerpt, found: null);
    }

    /// <summary>Adds the node whose line was read.</summary>
    /// <param name="excerpt">The line, for a problem.</param>
    /// <param name="found">The node, if it was looked up and was there.</param>
    private void AddNode(string excerpt, HandleNode? found)
    {
        _formOfNodes ??= _node.Counts.Strong is not null ? DumpForm.Rust
            : _node.Counts.Priority is not null ? DumpForm.C : DumpForm.CMainline;
        if (!_inDeadNodes)
            Enter(Stage.Nodes);
        MakePendingProcess();
        if (_isRefused)
            return;
        HandleNode? known = found ?? _builder.FindNode(_node.Id);
        if (_inDeadNodes)
        {
            bool isFirst = known is not ListedNode { Counts: not null };
            HandleNode node = known ?? _builder.AddNode(_node.Id, owner: null);
            _isAnySaidBoth |= _saidDead.TryAdd(node, Position) && known is not null;
            if (isFirst)
                Keep(node);
        }
        else if (_process is null)
        {
            Broken("a node outside a process", isLast: false, excerpt);
        }
        else if (known?.Owner is null)
        {
            HandleNode node = known ?? _builder.AddNode(_node.Id, _process);
            if (known is not null)
                _builder.SetOwner(known, _process);
            Keep(node);
            if (_node is { Counts.HasPointers: true, Pointer: 0, Cookie: 0 })
                _builder.SetRegistered(node);
        }
        else if (known.Owner != _process || !_isRepeated)
        {
            _contradictions.Add(_process);
            Find(HandleFindingKind.TwoOwners, known.Owner == _process
                    ? $"Process {_process.Id} ({VisibleText.Name(_process.Context)}) has node {_node.Id} twice."
                    : $"Node {_node.Id} is also owned by process {_process.Id} ({VisibleText.Name(_process.Context)}); process {known.Owner.Id} ({VisibleText.Name(known.Owner.Context)}) is kept.",
                _line, _process, node: _node.Id);
        }
    }

    private void Keep(HandleNode node) => _builder.Count(HolderLists.Keep((ListedNode)node, _node));

    /// <summary>Parses <c>proc 1754</c> after its first word; vendors add the name, with or without parentheses.</summary>
    private void ParseProcess(LineCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        // The lines that follow do not belong to the process before, even if this pid cannot be read.
        MakePendingProcess();
        _process = null;
        _inDeadNodes = _isRefused = false;
        _stage = Stage.Begun;
        if (!cursor.TryNumber(out long id) || id > int.MaxValue || !cursor.IsAtWordEnd)
        {
            Broken("a process without a pid", isLast, line);
            return;
        }

        if (isLast)
        {
            Broken("a process whose pid may be cut off", isLast, line);
            return;
        }

        // The path is not that of this text.
        if (id != _knownId)
            _knownId = null;
        string name = ReadName(cursor.Rest);

        // Without the second parenthesis, the name is cut off.
        if (name is ['(', ..])
            name = name is [_, .., ')'] ? name[1..^1] : "";
        if (_givenNames is not null && _givenNames.TryGetValue((int)id, out string? given))
            name = given;
        _pendingProcess = ((int)id, string.IsNullOrWhiteSpace(name) ? null : name, IsUnnumbered: false);
        _pendingLine = _line;
    }

    /// <summary>Parses <c>context binder</c> after its first word.</summary>
    private void ParseContext(LineCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        if (_pendingProcess is null)
            BeginUnnumbered();
        _hasContexts = true;
        if (KnownLine.FindGlued(cursor.Rest) is > 0 and int next)
        {
            // The line feed is missing before the next line.
            MakePendingProcess(ReadName(cursor.Rest[..next]));
            Parse(cursor.Rest[next..], _line, isLast ? DumpLineReader.LineKind.Unterminated : DumpLineReader.LineKind.Whole);
            return;
        }

        string context = ReadName(cursor.Rest);
        if (context.Length == 0)
            Broken("a context without a name", isLast, line);
        else if (isLast && !UsualContexts.Contains(context))
            Broken("a context whose name may be cut off", isLast, line);
        else
            MakePendingProcess(context);

        // A process whose context cannot be read must not get the default context.
        _pendingProcess = null;
    }

    /// <summary>Begins a process whose first line is missing: its pid is that in the path of its file, or else 0.</summary>
    private void BeginUnnumbered()
    {
        // The lines that follow do not belong to the process before.
        MakePendingProcess();
        _process = null;
        _inDeadNodes = _isRefused = false;
        _stage = Stage.Begun;
        int id = _knownId ?? 0;
        _pendingProcess = (id, _givenNames?.GetValueOrDefault(id), IsUnnumbered: _knownId is null);
        _pendingLine = _line;
    }

    /// <summary>Creates the process whose first line was read, if it is not created yet.</summary>
    /// <param name="printed">Its context; null if the text does not have it.</param>
    private void MakePendingProcess(string? printed = null)
    {
        if (_pendingProcess is not { } pending)
            return;

        _pendingProcess = null;
        string context = printed ?? HandleSession.DefaultContext;
        if (pending.IsUnnumbered)
            AddUnnumbered(context, pending.Name);
        else
            AddNumbered(pending.Id, context, pending.Name);
        if (printed is not null || _process is null || _isRepeated)
            return;
        _withoutContext.Add((_process, Position));
        if (!pending.IsUnnumbered)
            _contradictions.AddOpen(_process);
    }

    private void AddNumbered(int id, string context, string? name)
    {

        // A process that has opened a device twice is in the dump twice. A file that is merged with it has the same ones, in that order.
        int openNumber = _opens[(id, context)] = _opens.GetValueOrDefault((id, context)) + 1;
        _isRepeated = false;
        if (_processes.TryGetValue((id, context, openNumber), out HandleProcess? existing))
        {
            if (_time is { } time && _origins.TryGetValue(existing, out (string Path, DateTimeOffset Time) origin) && !Moment.IsSame(origin.Time, time))
            {
                _isRefused = true;
                _log.AddBroken(_line, $"process {id} ({VisibleText.Name(context)}) is not of the time of that in {VisibleText.Of(origin.Path)}, "
                    + "which is kept. Merge only texts of one moment.", "");
                return;
            }

            _process = existing;
            _isRepeated = true;

            // A state has every process that has a file of its own.
            if (!(_isWholeState && _hasProcessStates))
            {
                Find(HandleFindingKind.DuplicateProcess,
                    $"Process {id} is in context '{VisibleText.Name(context)}' again; its lines are added to the first.", _line, existing);
            }
        }
        else
        {
            _process = _builder.AddProcess(id, context, name);
            _process.ListedAt = (_log.Path, _pendingLine);
            _processes.Add((id, context, openNumber), _process);
            if (_time is { } time)
                _origins.Add(_process, (_log.Path, time));
            if (openNumber > 1)
            {
                Find(HandleFindingKind.DuplicateProcess,
                    $"Process {id} is in context '{VisibleText.Name(context)}' again; it is read as another open of the device.", _line, _process);
            }

            if (name is null)
                _nameless.Add(_process);
        }
    }

    /// <summary>Adds a process of unknown pid. Nothing tells that two of them are one, and no list of processes has its name.</summary>
    private void AddUnnumbered(string context, string? name)
    {
        _process = _builder.AddProcess(0, context, name);
        _process.ListedAt = (_log.Path, _pendingLine);
        _isRepeated = false;
        Find(HandleFindingKind.PidMissing, "The first line of this process is missing or cannot be read, so that its pid is unknown. It is read as pid 0.",
            _line, _process);
    }

    private void CommitPending()
    {
        if (_wrapped is not null)
            DecideWrapped([]);
        CommitNode();
        MakePendingProcess();
        if (_endsHere && _process is not null)
            _cut.Add(_process);
        _endsHere = false;
    }

    /// <summary>Returns the text without blanks around it, and without a remark, which begins with two slashes.</summary>
    private string ReadName(ReadOnlySpan<byte> text)
    {
        // A name in parentheses may contain anything.
        int remark = text.IndexOf(" //"u8);
        if (remark >= 0 && text.TrimEnd(" \t"u8) is not [.., (byte)')'])
        {
            NoteIgnored(text[(remark + 1)..], _line);
            text = text[..remark];
        }

        // The driver prints bytes of the process's choice. A null byte is of UTF-16 without a mark, which is valid UTF-8.
        string name = Encoding.UTF8.GetString(text).Trim();
        if (!Utf8.IsValid(text) || text.Contains((byte)0))
            Find(HandleFindingKind.NameNotUtf8, $"The name '{VisibleText.Name(name)}' is not UTF-8. Bytes that are no character are read as U+FFFD.", _line);
        return name;
    }

    /// <summary>Returns whether a name that was read has bytes of no character, or those of UTF-16 without a mark.</summary>
    private static bool IsOfOtherEncoding(string name) => name.AsSpan().ContainsAny('\ufffd', '\0');

    private void FindNotUtf8(string name, string where, string path, long line, HandleProcess? process) =>
        _builder.AddFinding(HandleFindingKind.NameNotUtf8, $"The name '{VisibleText.Name(name)}' of {where} is not UTF-8. Bytes that are no "
            + "character are read as U+FFFD.", path, line, process);

    /// <summary>Counts the text after a heading as an unknown line, as where lines end in carriage returns only.</summary>
    private void NoteRest(LineCursor cursor, ReadOnlySpan<byte> line)
    {
        cursor.SkipSpace();
        if (!cursor.IsAtEnd)
            AddUnknown(line);
    }

    private void AddUnknown(ReadOnlySpan<byte> line)
    {
        _log.AddUnknown(_line, line);
        NoteNotRead(_log.Path, _line);
    }

    private void NoteIgnored(ReadOnlySpan<byte> text, long line)
    {
        if (!text.IsEmpty)
            _log.AddIgnored(line, text);
    }

    private void Find(HandleFindingKind kind, string message, long line, HandleProcess? process = null, long? handle = null, long? node = null) =>
        _builder.AddFinding(kind, message, _log.Path, line, process, handle, node);

    private void Find(HandleFindingKind kind, string message, in DumpPosition position, long node) =>
        _builder.AddFinding(kind, message, position.Path, position.Line, node: node);

    private bool Broken(string what, bool isLast, ReadOnlySpan<byte> line)
    {
        Broken(what, isLast, Excerpt.Of(line));
        return false;
    }

    private void Broken(string what, bool isLast, string excerpt)
    {
        _log.AddBroken(_line, isLast ? $"the dump ends in the middle of a line, {what}" : what, excerpt);
        if (!isLast)
            NoteNotRead(_log.Path, _line);
    }

    /// <summary>Adds the anomaly that the Rust driver could not print the rest, for example for lack of memory.</summary>
    private void NoteFailure(ReadOnlySpan<byte> error) =>
        NoteTruncation($"The driver failed to print the rest of the dump: {Excerpt.Of(error)}.", _line);

    private void NoteTruncation(long line) =>
        NoteTruncation("The dump ends without a line feed: this line may be cut off, and the rest is missing.", line);

    private void NoteTruncation(string message, long line)
    {
        if (!_isTruncated)
            Find(HandleFindingKind.Truncated, message, line);
        _isTruncated = _isAnyTruncated = _endsHere = true;
    }

    /// <summary>Keeps the places of nodes in parts that are never copied: they are as many as the nodes.</summary>
    private sealed class PositionList
    {
        private const int FirstPartSize = 4;
        private const int LargestPartSize = 256;

        private readonly List<Part> _parts = [];

        internal int Count { get; private set; }

        /// <summary>Gets those of nodes that have no owner.</summary>
        internal IEnumerable<(HandleNode Node, DumpPosition Position)> Ownerless
        {
            get
            {
                foreach (Part part in _parts)
                {
                    for (int index = 0; index < part.Count; index++)
                    {
                        if (part.Nodes[index] is { Owner: null } node)
                            yield return (node, new DumpPosition(part.Path, part.FirstLine + part.Lines[index]));
                    }
                }
            }
        }

        internal void Add(ListedNode node, string path, long line)
        {
            Part? last = _parts.Count == 0 ? null : _parts[^1];
            if (last is null || !last.TryAdd(node, path, line))
            {
                // There may be many files with few nodes each.
                _parts.Add(last = new Part(path, line, last?.Path == (object)path ? Math.Min(2 * last.Count, LargestPartSize) : FirstPartSize));
                last.TryAdd(node, path, line);
            }

            Count++;
        }

        /// <summary>Holds places in one file. A line is kept as its distance from the first one.</summary>
        private sealed class Part(string path, long firstLine, int size)
        {
            internal string Path { get; } = path;

            internal long FirstLine { get; } = firstLine;

            internal ListedNode[] Nodes { get; } = new ListedNode[size];

            internal int[] Lines { get; } = new int[size];

            internal int Count { get; private set; }

            internal bool TryAdd(ListedNode node, string path, long line)
            {
                long distance = line - FirstLine;
                if (Count == Nodes.Length || Path != (object)path || distance != (int)distance)
                    return false;
                Nodes[Count] = node;
                Lines[Count++] = (int)distance;
                return true;
            }
        }
    }

    private readonly record struct DumpPosition(string Path, long Line);

    /// <summary>Counts what no driver prints: handles and nodes that are there twice, and processes that are there often.</summary>
    private sealed class ContradictionCounts
    {
        /// <summary>The greatest number that may be due to a few damaged lines, and of opens of a device by processes.</summary>
        internal const int Most = 10;

        private readonly Dictionary<HandleProcess, int> _counts = [];

        private readonly Dictionary<(int Id, string Context), int> _opens = [];

        /// <summary>Gets the processes with many lines that begin them, and their number.</summary>
        internal IEnumerable<KeyValuePair<(int Id, string Context), int>> ManyOpens => _opens;

        /// <summary>Gets the processes with many, and their number.</summary>
        internal IEnumerable<(HandleProcess Process, int Count)> Many => _counts.Where(each => each.Value > Most).Select(each => (each.Key, each.Value));

        internal void AddOpen(HandleProcess process)
        {
            if (process.OpenNumber > Most)
                _opens[(process.Id, process.Context)] = process.OpenNumber;
        }

        internal void Add(HandleProcess process) => _counts[process] = _counts.GetValueOrDefault(process) + 1;
    }
}
