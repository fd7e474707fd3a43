using System.Text;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Parses the lines of one dump, or of several to merge, and builds the session.</summary>
internal sealed class DumpSessionBuilder
{
    // Other lines of a dump, which have no bearing on handles.
    private static readonly byte[][] KnownLines =
    [
        .. new[]
        {
            "thread ", "buffer ", "outgoing transaction", "incoming transaction", "pending transaction", "pending async transaction",
            "bad transaction ", "transaction complete", "transaction error: ", "node work ", "has dead binder", "has cleared dead binder",
            "has cleared death notification", "has delivered dead binder", "has delivered freeze binder", "has frozen binder",
            "has cleared freeze notification", "unknown work: type ", "#",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly (byte[] Text, ImportedWork Work)[] WorkLines =
    [
        ("has dead binder"u8.ToArray(), ImportedWork.Death),
        ("has cleared dead binder"u8.ToArray(), ImportedWork.ClearedAndDeath),
        ("has cleared death notification"u8.ToArray(), ImportedWork.ClearedDeath),
        ("has frozen binder"u8.ToArray(), ImportedWork.Freeze),
        ("has cleared freeze notification"u8.ToArray(), ImportedWork.ClearedFreeze),
        ("has delivered dead binder"u8.ToArray(), ImportedWork.DeliveredDeath),
        ("has delivered freeze binder"u8.ToArray(), ImportedWork.DeliveredFreeze),
        ("transaction error: 2147774976"u8.ToArray(), ImportedWork.Error),
    ];

    // Work of a thread is indented by four spaces, that of a process by two.
    private static ReadOnlySpan<byte> ThreadIndent => "    "u8;

    // A node that was referred to as alive may turn out to have no owner, which is an anomaly.
    private const int PendingFindingBytes = 260;

    private static readonly string[] UsualContexts = ["binder", "hwbinder", "vndbinder"];

    private readonly HandleSessionBuilder _builder;
    private readonly IReadOnlyDictionary<int, string>? _givenNames;
    private readonly List<DumpProblem> _problems = [];
    private readonly List<DumpProblem> _unknownLines = [];
    private readonly List<HandleProcess> _nameless = [];

    // Nodes that were referred to as alive, or as dead, before their owner was known, with the line.
    private readonly List<(HandleNode Node, DumpPosition Position)> _saidAlive = [];
    private readonly Dictionary<HandleNode, DumpPosition> _saidDead = [];

    private string _path;
    private long _problemCount;
    private long _unknownLineCount;
    private long _budgeted;

    // The counts before this file, in case it turns out not to be a dump.
    private (int Problems, long ProblemCount, int UnknownLines, long UnknownLineCount) _before;
    private bool _isWholeState;
    private bool _inDeadNodes;
    private bool _isTruncated;
    private bool _hasDeathPointers;

    // The first node tells the form; references tell only the driver.
    private DumpForm? _formOfNodes;
    private DumpForm? _formOfReferences;
    private long _line;
    private HandleProcess? _process;

    // The number of times that each process has been in this file.
    private readonly Dictionary<(int Id, string Context), int> _opens = [];

    // A process is created when its context is known: from the line after "proc", or its absence in old kernels.
    private (int Id, string? Name)? _pendingProcess;

    internal DumpSessionBuilder(string path, DumpReaderOptions? options)
    {
        _path = path;
        _builder = new HandleSessionBuilder(options?.Session);
        _givenNames = options?.ProcessNames;
    }

    /// <summary>Gets whether this file has had a line that only dumps have.</summary>
    internal bool IsDump { get; private set; }

    /// <summary>Gets whether this file has had a heading of the driver's.</summary>
    internal bool HasHeading { get; private set; }

    /// <summary>Gets whether other text may follow a reference on its line: not if references end as the C driver's do.</summary>
    internal bool MayRunOn => !_hasDeathPointers;

    /// <summary>Gets whether more than the heading was read.</summary>
    internal bool HasContent => _pendingProcess is not null || _builder.ProcessCount > 0 || _inDeadNodes;

    /// <summary>Returns the growth of the session since the last call, in bytes; at first, its size.</summary>
    internal long TakeGrowth()
    {
        long bytes = _builder.Bytes + (PendingFindingBytes * _saidAlive.Count);
        long growth = bytes - _budgeted;
        _budgeted = bytes;
        return growth;
    }

    private DumpPosition Position => new(_path, _line);

    internal void Parse(ReadOnlySpan<byte> line, long number, DumpLineReader.LineKind kind)
    {
        _line = number;
        if (kind == DumpLineReader.LineKind.Overlong)
        {
            Unknown(line);
            return;
        }

        // The Rust driver omits the line feed after a reference, so that more follows on the line.
        bool isLast = kind == DumpLineReader.LineKind.Unterminated;
        DumpCursor cursor = new(line);
        cursor.SkipSpace();
        bool isBlank = cursor.IsAtEnd;
        while (!cursor.IsAtEnd)
        {
            if (cursor.TryText("ref "u8))
            {
                if (!ParseReference(ref cursor, isLast, line))
                    cursor.SkipTo(" ref "u8);
                cursor.SkipSpace();
            }
            else
            {
                ParseOther(cursor, isLast, line);
                break;
            }
        }

        // The end of a file matters only if it is a dump.
        if (isLast && !isBlank && IsDump)
            NoteTruncation();
    }

    /// <summary>Begins another file of the same session.</summary>
    internal void BeginFile(string path)
    {
        MakePendingProcess(HandleSession.DefaultContext);
        _path = path;
        _before = (_problems.Count, _problemCount, _unknownLines.Count, _unknownLineCount);
        IsDump = HasHeading = false;
        _opens.Clear();
        _inDeadNodes = _isTruncated = _hasDeathPointers = false;
        _process = null;
    }

    /// <summary>Drops the problems of this file, which is not a dump.</summary>
    internal void Disregard()
    {
        _problems.RemoveRange(_before.Problems, _problems.Count - _before.Problems);
        _unknownLines.RemoveRange(_before.UnknownLines, _unknownLines.Count - _before.UnknownLines);
        (_problemCount, _unknownLineCount) = (_before.ProblemCount, _before.UnknownLineCount);
        _pendingProcess = null;
        _process = null;
        _inDeadNodes = false;
    }

    /// <summary>Adds a problem of a file.</summary>
    internal void AddProblem(DumpProblem problem)
    {
        _problemCount++;
        _problems.Add(problem);
    }

    /// <summary>Adds the anomaly that the rest of the file could not be read.</summary>
    internal void NoteInterruption(long line)
    {
        if (!_isTruncated)
            Find(HandleFindingKind.Truncated, "The dump could not be read beyond this line: the rest is missing.", line);
        _isTruncated = true;
    }

    /// <param name="path">The source.</param>
    /// <param name="name">The name of the session.</param>
    /// <param name="time">The time of the dump, if it is known.</param>
    /// <param name="names">The names of processes that have none in the dump.</param>
    internal ImportedDump Finish(string path, string name, DateTimeOffset? time, ProcessList names)
    {
        MakePendingProcess(HandleSession.DefaultContext);
        foreach ((HandleNode node, DumpPosition position) in _saidDead)
        {
            if (node.Owner is { } owner)
                Find(HandleFindingKind.DeadOwnerMismatch, $"Node {node.Id} is dead here, but process {owner.Id} owns it.", position, node.Id);
            else
                _builder.SetDead(node);
        }

        foreach ((HandleNode node, DumpPosition position) in _saidAlive.DistinctBy(said => said.Node))
        {
            if (node.Owner is not null)
                continue;
            if (node.IsDead)
                Find(HandleFindingKind.DeadOwnerMismatch, $"Node {node.Id} is alive here and dead elsewhere.", position, node.Id);
            else if (_isWholeState)
                Find(HandleFindingKind.OwnerMissing, $"Node {node.Id} is alive here, but no process owns it.", position, node.Id);
        }

        foreach (HandleProcess process in _nameless)
        {
            if (names.Find(process.Id) is { } found)
                _builder.SetName(process, found);
        }

        if (time is { } known)
            _builder.SetTime(known);
        if ((_formOfNodes ?? _formOfReferences) is { } form)
            _builder.SetDumpForm(form);
        return new ImportedDump(path, _builder.Build(name), _problems, _problemCount, _unknownLines, _unknownLineCount);
    }

    /// <summary>Parses <c>ref 871: desc 911 dead node 52494 s 1 w 1 d 0000000000000000</c> after its first word.</summary>
    /// <returns>True if it was read, so that parsing can go on behind it.</returns>
    private bool ParseReference(ref DumpCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        if (!cursor.TryNumber(out _) || !cursor.TryText(":"u8) || !cursor.TryField("desc"u8, out long handle))
            return Broken("a reference without 'ref ID: desc HANDLE'", isLast, line);

        cursor.SkipSpace();
        bool isDead = cursor.TryText("dead"u8);
        if (!cursor.TryField("node"u8, out long nodeId))
            return Broken("a reference without 'node ID'", isLast, line);
        if (!cursor.TryField("s"u8, out long strong) || !cursor.TryField("w"u8, out long weak))
            return Broken("a reference without 's COUNT w COUNT'", isLast, line);

        bool hasDeath = false;
        DumpCursor death = cursor;
        death.SkipSpace();
        if (death.TryText("d "u8))
        {
            // A pointer in hex, padded with spaces or zeros, or "(null)": the end of each reference of the C driver.
            death.SkipSpace();
            hasDeath = !DumpCursor.IsNull(death.Word());
            cursor = death;
            _hasDeathPointers = true;
            _formOfReferences ??= DumpForm.C;
        }
        else if (isLast && _hasDeathPointers)
        {
            return Broken("a reference that is cut off", isLast, line);
        }
        else
        {
            _formOfReferences ??= DumpForm.Rust;
        }

        MakePendingProcess(HandleSession.DefaultContext);
        if (_process is null)
            return Broken("a reference outside a process", isLast: false, line);
        if (strong > int.MaxValue || weak > int.MaxValue)
            return Broken($"a count above {int.MaxValue}", isLast: false, line);
        bool added = _builder.TryAddReference(_process, handle, nodeId, (int)strong, (int)weak,
            out HandleNode? node, out bool isNewNode, out HandleReference? existing);
        if (node is null)
            return Broken($"handle {handle} is too large for the pools of a session", isLast: false, line);
        if (isDead)
            _saidDead.TryAdd(node, Position);
        else if (isNewNode || (node.Owner is null && _saidDead.ContainsKey(node)))
            _saidAlive.Add((node, Position));
        if (added && hasDeath)
            _builder.AddDeathNotification(_process, (int)handle, node);
        if (!added)
            Duplicate(_process, handle, node, existing!);
        return true;
    }

    private void Duplicate(HandleProcess process, long handle, HandleNode node, HandleReference existing)
    {
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

    private void ParseOther(DumpCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        if (cursor.TryText("node "u8))
        {
            ParseNode(cursor, isLast, line);
        }
        else if (cursor.TryText("proc "u8))
        {
            ParseProcess(cursor, isLast, line);
        }
        else if (cursor.TryText("context "u8))
        {
            ParseContext(cursor, isLast, line);
        }
        else if (cursor.TryText("dead nodes:"u8))
        {
            MakePendingProcess(HandleSession.DefaultContext);
            _process = null;
            _inDeadNodes = true;
        }
        else if (cursor.TryText("binder state:"u8))
        {
            IsDump = HasHeading = true;
            _isWholeState = true;
            NoteRest(cursor, line);
        }
        else if (cursor.TryText("binder proc state:"u8))
        {
            IsDump = HasHeading = true;
            NoteRest(cursor, line);
        }
        else if (IsWork(cursor.Rest, out ImportedWork work))
        {
            MakePendingProcess(HandleSession.DefaultContext);
            if (_process is not null)
                _builder.AddWork(_process, work, isForThread: line[..^cursor.Rest.Length].EndsWith(ThreadIndent));
        }
        else if (cursor.TryText("failed to generate state: "u8))
        {
            NoteFailure(cursor.Rest);
        }
        else if (!IsKnown(cursor.Rest))
        {
            if (isLast && IsDump)
            {
                // A process whose context cannot be read must not get the default context.
                if ("context "u8.StartsWith(cursor.Rest))
                    _pendingProcess = null;
                Broken("a line that is cut off", isLast, line);
            }
            else
            {
                Unknown(line);
            }
        }
    }

    /// <summary>
    /// Parses <c>node 57057: u00000000efdb9050 c00000000f0614870 pri 0:139 hs 1 hw 1 ls 0 lw 0 is 2 iw 2 tr 1 proc 1921 1648</c> after
    /// its first word. Only the id matters, and whether the pointers are null: the references tell the holders.
    /// </summary>
    private void ParseNode(DumpCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        if (cursor.TryText("work "u8))
            return;

        bool isNull = false, isNullCookie = false;
        bool isWhole = cursor.TryNumber(out long id) && cursor.TryText(":"u8) && cursor.TryPointer("u"u8, out isNull)
            && cursor.TryPointer("c"u8, out isNullCookie);
        cursor.SkipSpace();
        if (!isWhole)
        {
            Broken("a node without 'node ID: uPOINTER cPOINTER'", isLast, line);
            return;
        }

        bool hasPriority = cursor.TryText("pri "u8);
        if (!hasPriority && !cursor.TryText("hs "u8))
        {
            Broken("a node without its counts", isLast, line);
            return;
        }

        _formOfNodes ??= line.IndexOf("hs true "u8) >= 0 || line.IndexOf("hs false "u8) >= 0 ? DumpForm.Rust
            : hasPriority ? DumpForm.C : DumpForm.CMainline;

        MakePendingProcess(HandleSession.DefaultContext);
        HandleNode? node = _builder.FindNode(id);
        if (_inDeadNodes)
        {
            node ??= _builder.AddNode(id, owner: null);
            _saidDead.TryAdd(node, Position);
            IsDump = true;
        }
        else if (_process is null)
        {
            Broken("a node outside a process", isLast: false, line);
        }
        else if (node?.Owner is null)
        {
            if (node is null)
                node = _builder.AddNode(id, _process);
            else
                _builder.SetOwner(node, _process);
            if (isNull && isNullCookie)
                _builder.SetRegistered(node);
        }
        else
        {
            Find(HandleFindingKind.TwoOwners, node.Owner == _process
                    ? $"Process {_process.Id} ({VisibleText.Name(_process.Context)}) has node {id} twice."
                    : $"Node {id} is also owned by process {_process.Id} ({VisibleText.Name(_process.Context)}); process {node.Owner.Id} ({VisibleText.Name(node.Owner.Context)}) is kept.",
                _line, _process, node: id);
        }
    }

    /// <summary>Parses <c>proc 1754</c> after its first word; vendors add the name, with or without parentheses.</summary>
    private void ParseProcess(DumpCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        // The lines that follow do not belong to the process before, even if this pid cannot be read.
        MakePendingProcess(HandleSession.DefaultContext);
        _process = null;
        _inDeadNodes = false;
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

        string name = Encoding.UTF8.GetString(cursor.Rest).Trim();
        if (name is ['(', .., ')'])
            name = name[1..^1];
        if (_givenNames is not null && _givenNames.TryGetValue((int)id, out string? given))
            name = given;
        _pendingProcess = ((int)id, string.IsNullOrWhiteSpace(name) ? null : name);
        IsDump = true;
    }

    /// <summary>Parses <c>context binder</c> after its first word.</summary>
    private void ParseContext(DumpCursor cursor, bool isLast, ReadOnlySpan<byte> line)
    {
        string context = Encoding.UTF8.GetString(cursor.Rest).Trim();
        if (context.Length == 0)
            Broken("a context without a name", isLast, line);
        else if (_pendingProcess is null)
            Broken("a context outside a process", isLast, line);
        else if (isLast && !UsualContexts.Contains(context))
            Broken("a context whose name may be cut off", isLast, line);
        else
            MakePendingProcess(context);

        // A process whose context cannot be read must not get the default context.
        _pendingProcess = null;
    }

    private void MakePendingProcess(string context)
    {
        if (_pendingProcess is not { } pending)
            return;

        _pendingProcess = null;

        // A process that has opened a device twice is in the dump twice. A file that is merged with it has the same ones, in that order.
        int openNumber = _opens[(pending.Id, context)] = _opens.GetValueOrDefault((pending.Id, context)) + 1;
        if (_builder.FindProcess(pending.Id, context, openNumber) is { } existing)
        {
            _process = existing;
            Find(HandleFindingKind.DuplicateProcess,
                $"Process {pending.Id} is in context '{VisibleText.Name(context)}' again; its lines are added to the first.", _line, existing);
        }
        else
        {
            _process = _builder.AddProcess(pending.Id, context, pending.Name);
            if (openNumber > 1)
            {
                Find(HandleFindingKind.DuplicateProcess,
                    $"Process {pending.Id} is in context '{VisibleText.Name(context)}' again; it is read as another open of the device.", _line, _process);
            }

            if (pending.Name is null)
                _nameless.Add(_process);
        }
    }

    /// <summary>Counts the text after a heading as an unknown line, as where lines end in carriage returns only.</summary>
    private void NoteRest(DumpCursor cursor, ReadOnlySpan<byte> line)
    {
        cursor.SkipSpace();
        if (!cursor.IsAtEnd)
            Unknown(line);
    }

    /// <summary>Returns whether a line is about work for a notification. One that is cut off is not.</summary>
    private static bool IsWork(ReadOnlySpan<byte> line, out ImportedWork work)
    {
        line = line.TrimEnd(" "u8);
        foreach ((byte[] text, ImportedWork each) in WorkLines)
        {
            work = each;
            if (line.SequenceEqual(text))
                return true;
        }

        work = default;
        return false;
    }

    private static bool IsKnown(ReadOnlySpan<byte> line)
    {
        foreach (byte[] known in KnownLines)
        {
            if (line.StartsWith(known))
                return true;
        }

        return false;
    }

    private void Find(HandleFindingKind kind, string message, long line, HandleProcess? process = null, long? handle = null, long? node = null) =>
        _builder.AddFinding(kind, message, _path, line, process, handle, node);

    private void Find(HandleFindingKind kind, string message, in DumpPosition position, long node) =>
        _builder.AddFinding(kind, message, position.Path, position.Line, node: node);

    private bool Broken(string what, bool isLast, ReadOnlySpan<byte> line)
    {
        if (isLast)
            what = $"the dump ends in the middle of a line, {what}";
        _problemCount++;
        if (_problems.Count < DumpReader.MaxProblems)
            _problems.Add(new DumpProblem(_path, _line, what, Excerpt.Of(line)));
        return false;
    }

    /// <summary>Adds the anomaly that the Rust driver could not print the rest, for example for lack of memory.</summary>
    private void NoteFailure(ReadOnlySpan<byte> error)
    {
        if (!_isTruncated)
            Find(HandleFindingKind.Truncated, $"The driver failed to print the rest of the dump: {Excerpt.Of(error)}.", _line);
        _isTruncated = true;
    }

    private void NoteTruncation()
    {
        if (!_isTruncated)
            Find(HandleFindingKind.Truncated, "The dump ends without a line feed: this line may be cut off, and the rest is missing.", _line);
        _isTruncated = true;
    }

    private void Unknown(ReadOnlySpan<byte> line)
    {
        _unknownLineCount++;
        if (_unknownLines.Count < DumpReader.MaxUnknownLines)
            _unknownLines.Add(new DumpProblem(_path, _line, "unknown line", Excerpt.Of(line)));
    }

    private readonly record struct DumpPosition(string Path, long Line);
}
