using System.Globalization;
using System.Text;
using HandlePool.Evidence;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Reads dumps from lines as they arrive. <see cref="DumpReader"/> uses it for files.</summary>
/// <remarks>
/// <para>It tells which text each line belongs to, by the lines themselves: a heading with a path, the line that the driver prints first, or
/// a line that only one kind of text has. Texts of one moment become one session: see <see cref="DumpMoment"/>.</para>
/// <para>Memory is that of the sessions. Not thread-safe.</para>
/// </remarks>
/// <example>
/// <code>
/// IncrementalDumpReader reader = new("adb");
/// while (adb.StandardOutput.ReadLine() is { } line)
///     reader.Add(line);
/// HandleSession session = reader.Finish()[0].Session;
/// </code>
/// </example>
internal sealed class IncrementalDumpReader
{
    private const string DefaultName = "Dump";
    private const int MostRefusalsNamed = 8;

    // An archive may have the states of a series first, and then the statistics.
    private const int MostMomentsLookedAt = 1_000;

    // Fingerprints have some 100 characters.
    private const int LongestBuild = 400;

    // What ends each line of a copied text is short.
    private const int LongestEnding = 16;

    private const string Advice = "A dump begins with 'binder state:', 'binder proc state:' or 'binder stats:', with or without a report around it.";

    private readonly DumpReaderOptions? _options;
    private readonly bool _isMerging;
    private readonly ModelBudget _budget;
    private readonly List<DumpMoment> _moments;

    // That of the present text: the last one, or in an archive that of the entry's time.
    private DumpMoment _moment;
    private readonly EvidenceReader _evidence = new();
    private readonly UndecidedLines _undecided = new();
    private readonly ReportScope _scope = new();

    private DumpFile _file = new();
    private TextRecognizer _recognizer = new();
    private string? _firstLine;
    private long _line;
    private bool _isFirst = true;
    private byte[] _encoded = [];
    private DateTimeOffset? _statedTime;
    private DateTimeOffset? _archivedTime;
    private readonly List<DumpProblem> _refusals = [];
    private HandleSourceKind? _otherKind;
    private bool _isReport;

    // Whether the present moment has a text of the present report, so that what the report says beside it is of both.
    private bool _isOfReport;

    // Whether this file has evidence that tells of handles without a dump.
    private bool _tellsOfHandles;

    // Lines of a state where none is expected: the first one, their number, and the heading above the first.
    private long _firstUnread;
    private long _unreadCount;
    private string? _unreadTitle;
    private string? _title;

    // The text that lines belong to now; null if there is none. It may begin without a heading where it is open.
    private HandleSourceKind? _kind;
    private bool _isRepeated;
    private bool _isOpen;

    // The last line, if it has no line feed; 0 if it has one.
    private long _unterminated;
    private HandleSourceKind? _announced;
    private int? _announcedId;

    // What each line of the text ends with, and whether lines are folded.
    private byte[] _ending = [];
    private bool _isFolded;

    /// <summary>Creates a reader.</summary>
    /// <param name="path">The source, which errors and anomalies name. The session is named after its file name.</param>
    /// <param name="options">The options; null for the defaults.</param>
    public IncrementalDumpReader(string path, DumpReaderOptions? options = null)
        : this(new DumpPath(NotEmpty(path)), options, isMerging: false, new ModelBudget())
    {
    }

    internal IncrementalDumpReader(DumpPath path, DumpReaderOptions? options, bool isMerging, ModelBudget budget)
    {
        Path = path;
        _options = options;
        _isMerging = isMerging;
        _budget = budget;
        _moments = [_moment = new DumpMoment(new ReportEvidence(), options)];
        BeginFile(path, new DumpFile());
    }

    /// <summary>Gets whether this file has had a dump so far.</summary>
    internal bool HasDump { get; private set; }

    /// <summary>Gets the file.</summary>
    internal DumpPath Path { get; private set; }

    /// <summary>Gets the reason why no more is read; null if there is none.</summary>
    internal string? Fullness { get; private set; }

    /// <summary>Gets whether the lines belong to a state, so that many are likely to be references and nodes.</summary>
    internal bool IsInState => _kind is HandleSourceKind.State or HandleSourceKind.ProcessState && !_isRepeated && _ending.Length == 0;

    /// <summary>Gets whether this file has a text that shows no handles, or that the device refused: it needs no problem of its own.</summary>
    internal bool IsExplained => _otherKind is not null || _refusals.Count > 0 || (_isReport && IsEntry);

    // Of the properties of a bug report, which may lack the header that has it, too.
    private static ReadOnlySpan<byte> BuildProperty => "[ro.build.fingerprint]:"u8;

    private DumpMoment Moment => _moment;

    /// <summary>Gets what keeps the evidence of the present moment and file.</summary>
    private EvidenceStore Evidence
    {
        get
        {
            EvidenceStore store = _moment.Evidence.Store;
            if (store.Path != (object)Path.Text)
                store.Path = Path.Text;
            return store;
        }
    }

    private bool IsEntry => Path.ArchiveName is not null;

    /// <summary>Adds one line, or several separated by line feeds.</summary>
    /// <param name="text">The text. A line feed at its end ends its last line.</param>
    public void Add(ReadOnlySpan<char> text)
    {
        int size = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_encoded.Length < size)
            _encoded = new byte[size];
        Add(_encoded.AsSpan(0, Encoding.UTF8.GetBytes(text, _encoded)));
    }

    /// <summary>Adds one line, or several separated by line feeds.</summary>
    /// <param name="text">The text as UTF-8. A line feed at its end ends its last line.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        _file.Size += text.Length;
        if (_isFirst && text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        _isFirst = false;
        do
        {
            int feed = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = feed < 0 ? text : text[..feed];
            text = feed < 0 ? [] : text[(feed + 1)..];
            Add(DumpLineReader.TrimReturn(line), _line + 1, DumpLineReader.LineKind.Whole);
        }
        while (!text.IsEmpty);
    }

    /// <summary>Completes the sessions. Call it once, last.</summary>
    /// <returns>A session for each dump, at least one.</returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: there was no line, or no dump in them.</exception>
    public IReadOnlyList<ImportedDump> Finish()
    {
        DumpProblem? fault = EndFile();
        if (!HasDump)
            throw (fault ?? DumpProblem.OfFile(Path.Text, "the text has no dump.")).ToException();
        if (Fullness is not null)
            NoteInterruption(Fullness);
        return Build(Path);
    }

    /// <summary>Begins another file, of the same moment if possible.</summary>
    internal void BeginFile(DumpPath path, DumpFile file)
    {
        Path = path;
        _file = file;
        _firstLine = null;
        _line = 0;
        _statedTime = null;
        _refusals.Clear();
        _otherKind = null;
        _isReport = _isOfReport = _tellsOfHandles = false;
        _unreadCount = 0;
        _title = null;
        _recognizer = new TextRecognizer();
        (_ending, _isFolded) = ([], false);
        _unterminated = 0;
        _undecided.Path = path.Text;
        _undecided.Clear();
        _evidence.BeginFile();
        _scope.BeginFile(path.Text);
        (_kind, _announced, _announcedId) = (null, null, IdOf(path));
        _isOpen = true;
        HasDump = false;
        Moment.State.BeginFile();
    }

    /// <summary>Ends the file.</summary>
    /// <returns>The reason why it has no dump; null if it has one, and for an entry of an archive that is none, as most are.</returns>
    internal DumpProblem? EndFile()
    {
        EndSection();
        _evidence.EndFile(Evidence);
        if (_evidence.HasEnds && Evidence.IsLast(_unterminated))
            Evidence.AddCut(Path.Text, _unterminated);
        if (_unreadCount > 0)
            Moment.State.NoteUnread(DescribeUnread(), Path.Text, _firstUnread);
        if (_scope.IsWithoutEnd)
        {
            AddProblem(DumpProblem.OfFile(Path.Text, $"'{Excerpt.Of(_scope.Title)}' has no end, and apps write in it: {Phrase.Count(_scope.Headings, "heading")} in it "
                + $"{(_scope.Headings == 1 ? "was" : "were")} not read."));
        }

        // A report may have the time, and other entries beside it the dump.
        if (IsEntry)
            _archivedTime ??= _statedTime;
        if (HasDump && DropPrefixed() is { } prefixed)
            return prefixed;
        HasDump |= _tellsOfHandles;
        if (HasDump)
        {
            Moment.Time ??= _statedTime ?? Path.Time;
            return null;
        }

        return Describe();
    }

    /// <summary>Adds a problem of a file.</summary>
    internal void AddProblem(DumpProblem problem) => Moment.Log.Add(problem);

    /// <summary>Adds the problem that the rest of this file could not be read.</summary>
    internal void NoteInterruption(string message)
    {
        AddProblem(DumpProblem.OfFile(Path.Text, message));
        Moment.State.NoteInterruption(_line);
    }

    /// <summary>Adds a line without its end.</summary>
    internal void Add(ReadOnlySpan<byte> line, long number, DumpLineReader.LineKind kind)
    {
        if (Fullness is not null)
            return;
        _line = number;
        _firstLine ??= Excerpt.Of(line);

        // Empty lines are no problem, and a small compressed file may have hundreds of millions of them.
        if (line.IsEmpty)
            return;

        // Copied text may be indented, and that of a mail be quoted.
        ReadOnlySpan<byte> text = line.TrimStart(" \t"u8);
        while (text is [(byte)'>', ..])
        {
            line = text[1..];
            text = line.TrimStart(" \t"u8);
        }

        if (_ending.Length > 0)
        {
            line = WithoutEnding(line, number);
            text = line.TrimStart(" \t"u8);
        }

        if (text.IsEmpty)
            return;
        if (_kind is HandleSourceKind.State or HandleSourceKind.ProcessState && DumpHeading.FindTimeout(text) is > 0 and int stop)
        {
            ReadOnlySpan<byte> cut = line[..(line.Length - text.Length + stop)];
            AddState(cut, text[..stop], number, DumpLineReader.LineKind.Unterminated);
            line = text = text[stop..];
        }

        if (_kind is HandleSourceKind.State or HandleSourceKind.ProcessState && DumpHeading.IsUsual(text))
        {
            AddState(line, text, number, kind);
            return;
        }

        EvidenceScope scope = _scope.Enter(text, line.Length - text.Length, _evidence.IsInLongLog);
        DumpMoment moment = Moment;
        bool isEvidence = kind != DumpLineReader.LineKind.Overlong && AddEvidence(text, number, kind, scope);
        if (scope == EvidenceScope.All || (scope == EvidenceScope.LongLog && !_scope.HasTitle))
        {
            if (!TryBegin(line, text, number, kind))
                AddToText(line, text, number, kind);
        }
        else
        {
            AddToSection(text, scope);
        }

        if (isEvidence && _kind != HandleSourceKind.BinderProxies)
            moment.Evidence.AddSource(Path, HandleSourceKind.BugReport, _file);
    }

    /// <summary>
    /// Adds the next lines, as far as they are references and nodes of a state as the drivers print them, or lines of a report that say nothing.
    /// </summary>
    /// <remarks>
    /// Nearly all lines of a large dump or report are. It does the same as <see cref="Add(ReadOnlySpan{byte}, long, DumpLineReader.LineKind)"/> for
    /// each of them.
    /// </remarks>
    /// <param name="text">Text that begins with a line, and may end within one.</param>
    /// <param name="place">The place of that line, where lines were parsed ahead.</param>
    /// <param name="offset">The number of bytes before it in the file.</param>
    /// <param name="number">The number of that line.</param>
    /// <param name="lines">The number of lines that were added.</param>
    /// <returns>Their length.</returns>
    internal int AddUsual(ReadOnlySpan<byte> text, in ParsedPlace place, long offset, long number, out int lines)
    {
        lines = 0;
        if (_ending.Length > 0 || Fullness is not null)
            return 0;
        return _kind switch
        {
            HandleSourceKind.State or HandleSourceKind.ProcessState when !_isRepeated => AddUsualState(text, place, number, out lines),
            null when !_isOpen && _recognizer.IsDone && !_scope.IsInPreamble => PassOver(text, offset, number, out lines),
            _ => 0,
        };
    }

    /// <summary>Passes over lines of a report that say nothing.</summary>
    private int PassOver(ReadOnlySpan<byte> text, long offset, long number, out int lines)
    {
        lines = 0;
        int start = 0;
        for (ReadOnlySpan<byte> rest = text; rest.IndexOf((byte)'\n') is >= 0 and int length; rest = text[start..])
        {
            int blanks = rest[..length].IndexOfAnyExcept((byte)' ', (byte)'\t');
            if (blanks >= 0 && (DumpHeading.MayBe(rest[blanks..length])
                || (_evidence.NamesDriver(rest, offset + start, length) && DumpHeading.MayName(rest[blanks..length]))
                || !_evidence.SaysNothing(rest, offset + start, length, blanks)))
                break;
            start += length + 1;
            lines++;
        }

        if (lines > 0)
            _line = number + lines - 1;
        return start;
    }

    private int AddUsualState(ReadOnlySpan<byte> text, in ParsedPlace place, long number, out int lines)
    {
        lines = 0;
        int length = 0;
        DumpSessionBuilder state = Moment.State;
        while (Fullness is null && state.ParseUsual(text[length..], place.Behind(length), number + lines, out int parsed) is > 0 and int taken)
        {
            length += taken;
            lines += parsed;
            _line = number + lines - 1;
            Take(taken - 1);
        }

        return length;
    }

    /// <summary>Builds the sessions, whether or not the last file had a dump.</summary>
    /// <param name="path">The source, after which the session of several files is named.</param>
    internal IReadOnlyList<ImportedDump> Build(DumpPath path)
    {
        HashSet<ReportEvidence> shown = [.. _moments.Where(moment => moment.HasContent).Select(moment => moment.Evidence)];
        DumpMoment[] moments = [.. _moments.Where(moment => moment.HasContent || (moment.HasEvidence && shown.Add(moment.Evidence)))];
        if (Array.Find(moments, moment => moment.Evidence is { IsContinued: true, Store.Facts.Count: > 0 }) is { } first)
        {
            first.Log.Add(DumpProblem.OfFile(Source(first).Text, $"this has more than {ReportEvidence.MostMoments} states and statistics, so that what it says beside them is "
                + $"joined with the {ReportEvidence.MostMoments} among which it is, and not with the others."));
        }

        string[] names = Array.ConvertAll(moments, moment => NameOf(Source(moment).SessionName));
        Dictionary<string, int> counts = Count(names);
        for (int index = 0; index < names.Length; index++)
        {
            if (counts[names[index]] > 1)
                names[index] = NameOf(Source(moments[index]).LongSessionName);
        }

        counts = Count(names);
        foreach (DumpMoment moment in _moments)
        {
            moment.Time ??= _archivedTime ?? moment.Path?.ArchiveTime;
            moment.CompleteEvidence();
        }

        ProcessNames listed = _moments.Find(moment => !moment.Evidence.Store.Names.IsEmpty)?.Evidence.Store.Names ?? new ProcessNames();
        List<ImportedDump> results = [];
        Dictionary<string, int> numbers = [];
        foreach ((DumpMoment moment, string name) in moments.Zip(names))
        {
            int number = numbers[name] = numbers.GetValueOrDefault(name) + 1;
            results.Add(moment.Finish(Source(moment).Text,
                counts[name] == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}#{number}"), NamesOf(moment)));
        }

        return results;

        // States without a report may be of a series whose processes are listed once.
        ProcessNames NamesOf(DumpMoment moment) => moment.Evidence is { HasHeading: false, Store.Names.IsEmpty: true } ? listed : moment.Evidence.Store.Names;

        DumpPath Source(DumpMoment moment) => _isMerging ? path : moment.Path ?? path;

        string NameOf(string given) => _options?.Name ?? (string.IsNullOrWhiteSpace(given) ? DefaultName : given);

        static Dictionary<string, int> Count(string[] names) => names.GroupBy(name => name).ToDictionary(group => group.Key, group => group.Count());
    }

    /// <summary>Takes from a line what it says beside the driver's tables.</summary>
    /// <returns>True if it says something.</returns>
    private bool AddEvidence(ReadOnlySpan<byte> text, long number, DumpLineReader.LineKind kind, EvidenceScope scope)
    {
        EvidenceStore store = Evidence;
        (long before, int handleFacts) = (store.Bytes, store.HandleFactCount);
        if (scope == EvidenceScope.All && DumpHeading.IsTitle(text))
            _evidence.BeginTitled(text, number, store);
        else if ((scope == EvidenceScope.All ? _evidence.Add(text, number, store) : _evidence.AddWithin(scope, text, number, store)) is var (what, reason))
            Moment.Log.AddRefusal(new DumpProblem(Path.Text, number, reason, what));
        if (kind == DumpLineReader.LineKind.Unterminated)
            _unterminated = number;
        if (store.Bytes == before)
            return false;
        _tellsOfHandles |= store.HandleFactCount > handleFacts;
        Take(text.Length);
        return true;
    }

    /// <summary>Adds a line of a section in which no text of the driver is.</summary>
    private void AddToSection(ReadOnlySpan<byte> text, EvidenceScope scope)
    {
        if (scope != EvidenceScope.Activity || !TryBeginProxies(text))
            _recognizer.Look(text);
    }

    /// <summary>Begins a text, or ends one, if the line says so.</summary>
    private bool TryBegin(ReadOnlySpan<byte> line, ReadOnlySpan<byte> text, long number, DumpLineReader.LineKind kind)
    {
        if (DumpHeading.IsTitle(text))
        {
            BeginTitled(text);
            return true;
        }

        switch (text[0])
        {
            case (byte)'[' when DumpHeading.IsEnd(text):
                _evidence.EndTitled();
                EndSection();
                return true;
            case (byte)'=' when text.StartsWith(DumpTime.Heading):
                EndSection();
                _isReport = true;
                if (DumpTime.FromHeading(text) is { } time)
                    BeginReport(time);
                return true;
            case (byte)'B' when text.StartsWith("Build fingerprint:"u8) && _kind is null:
                SetBuild(text["Build fingerprint:"u8.Length..].Trim(" '\""u8));
                return true;
            case (byte)'[' when text.StartsWith(BuildProperty) && _kind is null:
                SetBuild(text[BuildProperty.Length..].Trim(" []"u8));
                return true;
            case (byte)'A' when TryBeginProxies(text):
                return true;
            case (byte)'D' when _kind is not null && text.StartsWith(ReportScope.ServiceHeading):
                EndSection();
                return true;
        }

        if (DumpHeading.OfText(line, out int index) is { } begun)
        {
            BeginText(line, index, number, kind, begun);
            return true;
        }

        return DumpHeading.TryFindPath(text, out BinderPath path) && BeginPath(text, path, number);
    }

    /// <summary>Begins the activity manager's count of proxies, if the line says so.</summary>
    private bool TryBeginProxies(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("ACTIVITY MANAGER BINDER PROXY STATE"u8))
            return false;
        EndSection();
        Begin(HandleSourceKind.BinderProxies, id: null);
        return true;
    }

    /// <summary>Sets the build fingerprint of the device. The first that is not empty counts.</summary>
    private void SetBuild(ReadOnlySpan<byte> fingerprint)
    {
        if (!fingerprint.IsEmpty)
            Moment.Build ??= Excerpt.Of(fingerprint, LongestBuild);
    }

    /// <summary>Begins the section of a heading in dashes. Only those of the driver's files are read.</summary>
    private void BeginTitled(ReadOnlySpan<byte> title)
    {
        EndSection();
        _undecided.Clear();
        if (DumpHeading.IsEnd(title))
        {
            _isReport = true;
            _title = null;
            return;
        }

        _title = Excerpt.Of(title);
        HandleSourceKind? kind = DumpHeading.TryFindPath(title, out BinderPath path) ? path.Kind : DumpHeading.OfTitle(title);
        Announce(kind, path.Id);

        // Text before the first section of a bug report is not a dump, even if it looks like one.
        if (kind is HandleSourceKind.State or HandleSourceKind.ProcessState && Moment.IsHeadless && Moment.Path == Path && !_isMerging)
        {
            DropMoment();
            HasDump = false;
        }
    }

    /// <summary>Begins another report, if this file has had one: a file may be several reports, one after another.</summary>
    private void BeginReport(DateTimeOffset time)
    {
        bool isOther = _statedTime is { } known && known != time && ((HasDump && Moment.HasContent) || Moment.HasEvidence);
        if (isOther)
            Moment.Time ??= _statedTime;
        _statedTime = time;
        if (_isMerging)
            return;
        if (isOther || !TryFindMoment(kind: null))
        {
            _moments.Add(_moment = new DumpMoment(new ReportEvidence(), _options));
            _isOfReport = false;
        }

        _moment.Evidence.HasHeading = true;
    }

    /// <summary>Begins the text whose first line this is. It may follow the last line of another text, if that was cut off.</summary>
    private void BeginText(ReadOnlySpan<byte> line, int index, long number, DumpLineReader.LineKind kind, HandleSourceKind begun)
    {
        ReadOnlySpan<byte> before = line[..index];
        if (before.Trim(" \t"u8).Length > 0)
        {
            // A reference may be whole there, where a driver omits the line feed.
            bool mayBeWhole = Moment.State.MayRunOn && before.TrimStart(" \t"u8).StartsWith("ref "u8);
            AddToText(before, before.TrimStart(" \t"u8), number, mayBeWhole ? DumpLineReader.LineKind.Whole : DumpLineReader.LineKind.Unterminated);
        }

        if (_isOpen)
            _undecided.Skip();
        else
            _undecided.Clear();
        Begin(begun, _announcedId);
        NoteSkipped(begun);
        ReadOnlySpan<byte> heading = line[index..];
        SetEnding(heading[(heading.IndexOf((byte)':') + 1)..].Trim(" \t"u8));
        heading = WithoutEnding(heading, number);
        AddToText(heading, heading, number, kind);
    }

    /// <summary>Notes what follows the heading on its line, which other lines of a copied text have as well, such as <c>$</c> or <c>&lt;br&gt;</c>.</summary>
    private void SetEnding(ReadOnlySpan<byte> rest)
    {
        bool isEnding = rest.Length is > 0 and <= LongestEnding && !char.IsAsciiLetterOrDigit((char)rest[0]) && rest.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0;
        if (isEnding)
            _ending = rest.ToArray();
    }

    /// <summary>Returns a line without what ends all lines of the text.</summary>
    private ReadOnlySpan<byte> WithoutEnding(ReadOnlySpan<byte> line, long number)
    {
        if (_ending.Length == 0)
            return line;
        if (line.TrimEnd(" \t"u8).EndsWith(_ending))
        {
            Moment.Log.AddIgnored(number, _ending);
            return line[..line.LastIndexOf(_ending)];
        }

        if (!_isFolded && _ending is [(byte)'$'] && line is [.., (byte)'\\'])
        {
            _isFolded = true;
            AddProblem(DumpProblem.OfFile(Path.Text, "long lines are folded, as by 'sed -n l', so that holders are missing. Print the text with 'cat'.") with { Line = number });
        }

        return line;
    }

    /// <summary>Begins the text of a path: in a line of its own, or in a command. Or notes that the device refused it.</summary>
    private bool BeginPath(ReadOnlySpan<byte> text, in BinderPath path, long number)
    {
        ReadOnlySpan<byte> reason = DumpHeading.RefusalOf(text, path);
        if (!reason.IsEmpty)
        {
            // What a command printed until it was stopped is kept.
            bool isCut = _kind is HandleSourceKind.State or HandleSourceKind.ProcessState && path.Kind == _kind && DumpHeading.IsTimeout(reason);
            EndSection();
            if (isCut && !_isRepeated)
            {
                Moment.State.NoteTimeout(Excerpt.Of(reason), number);
                return true;
            }

            DumpProblem refusal = new(Path.Text, number, Excerpt.Of(reason), Excerpt.Of(text[path.Start..path.End]));
            if (_refusals.Count < MostRefusalsNamed && !_refusals.Exists(known => known.Text == refusal.Text))
                _refusals.Add(refusal);
            Moment.Log.AddRefusal(refusal);
            return true;
        }

        if (!DumpHeading.IsHeading(text, path))
            return false;

        // A command may be a remark in the text that it printed.
        if (path.Kind == _kind || (_kind == HandleSourceKind.State && text[0] == (byte)'#'))
        {
            if (path.Id is { } id)
                Moment.State.SetId(id);
        }
        else
        {
            EndSection();
            Announce(path.Kind, path.Id);
        }

        return true;
    }

    private void Announce(HandleSourceKind? kind, int? id)
    {
        _isOpen = kind is not null;
        _announced = kind;
        _announcedId = id;
    }

    private void AddToText(ReadOnlySpan<byte> line, ReadOnlySpan<byte> text, long number, DumpLineReader.LineKind kind)
    {
        switch (_kind)
        {
            case HandleSourceKind.State or HandleSourceKind.ProcessState:
                AddState(line, text, number, kind);
                break;
            case HandleSourceKind.Statistics when !_isRepeated:
                _recognizer.Look(text);
                Moment.AddStatistic(line, number, kind == DumpLineReader.LineKind.Unterminated);
                Take(line.Length);
                break;
            case HandleSourceKind.Transactions or HandleSourceKind.TransactionLog or HandleSourceKind.FailedTransactionLog
                when kind != DumpLineReader.LineKind.Overlong:
                if (kind == DumpLineReader.LineKind.Unterminated || !_evidence.AddCall(text, number, _kind == HandleSourceKind.FailedTransactionLog, Evidence))
                    Moment.Log.AddUnknown(number, text);
                _tellsOfHandles |= Evidence.Calls.Calls.Count > 0;
                Take(line.Length);
                break;
            case null when _isOpen:
                AddUndecided(line, text, number, kind);
                break;
            case null when _evidence.IsInSection:
                break;
            case null:
                if (DumpHeading.IsOfState(text))
                    AddUnread(number);
                _recognizer.Look(text);
                break;
        }
    }

    private void AddState(ReadOnlySpan<byte> line, ReadOnlySpan<byte> text, long number, DumpLineReader.LineKind kind)
    {
        // The heading of another text may follow a reference without a line feed.
        if (line[^1] is (byte)':' or (byte)' ' && DumpHeading.OfText(line, out int index) is { } begun && index > line.Length - text.Length)
        {
            BeginText(line, index, number, kind, begun);
            return;
        }

        if (_isRepeated)
            return;
        if (!DumpHeading.IsUsual(text))
            _recognizer.Look(text);
        Moment.State.Parse(line, number, kind);
        Take(line.Length);
    }

    private void Take(int length)
    {
        _budget.Take(length + 1, Moment.TakeGrowth());
        if (_budget.IsExceeded)
            Fullness = _budget.Describe();
    }

    /// <summary>Adds a line of a text without a heading of the driver's. A later line may tell what it is.</summary>
    private void AddUndecided(ReadOnlySpan<byte> line, ReadOnlySpan<byte> text, long number, DumpLineReader.LineKind kind)
    {
        HandleSourceKind? told = kind == DumpLineReader.LineKind.Overlong ? null : DumpHeading.OfLine(text);
        if (told is null || (_undecided.IsEmpty && _announced is null && !DumpHeading.IsBeginning(text)))
        {
            // In an archive, a text without a heading is a dump only if it begins like one.
            bool begins = text.StartsWith("proc "u8) || text.StartsWith("context "u8);
            if (_undecided.IsEmpty && IsEntry && _announced is null && !(begins && number == 1))
                _isOpen = false;
            _recognizer.Look(text);
            if (!_undecided.TryAdd(line, text, number, kind, begins))
                Decide(_undecided.HasTransactions ? HandleSourceKind.Transactions : HandleSourceKind.ProcessState);
            return;
        }

        // The lines of a state and of a process, and of both logs, are alike.
        Decide((told, _announced) is (HandleSourceKind.ProcessState, HandleSourceKind.State) or (HandleSourceKind.TransactionLog, HandleSourceKind.FailedTransactionLog)
            ? _announced.Value
            : told.Value);
        AddToText(line, text, number, kind);
    }

    /// <summary>Decides what the undecided lines are, and adds them to that.</summary>
    private void Decide(HandleSourceKind kind)
    {
        bool isHeadless = _announced is null;
        Begin(kind, _announcedId, isHeadless);
        NoteSkipped(kind);
        foreach ((byte[] line, long number, DumpLineReader.LineKind lineKind) in _undecided.Take())
            AddToText(line, line.AsSpan().TrimStart(" \t"u8), number, lineKind);
    }

    /// <summary>Counts the lines before the beginning of a dump as unknown.</summary>
    private void NoteSkipped(HandleSourceKind kind)
    {
        if (kind is HandleSourceKind.State or HandleSourceKind.ProcessState or HandleSourceKind.Statistics)
            Moment.Log.AddUnknownOf(_undecided.TakeSkipped());
    }

    /// <summary>Begins a text. One that the moment already has begins another moment.</summary>
    private void Begin(HandleSourceKind kind, int? id, bool isHeadless = false)
    {
        bool isOfOtherTime = !TryFindMoment(kind);
        DumpMoment moment = Moment;
        bool isOther = isOfOtherTime || kind switch
        {
            HandleSourceKind.State => moment.IsHeadless || (moment.HasWholeState && moment.State.HasContent),
            HandleSourceKind.ProcessState => IsEntry && (moment.IsHeadless || (isHeadless && moment.HasContent)),
            HandleSourceKind.Statistics => moment.HasStatistics,
            _ => false,
        };
        if (isOther && !_isMerging)
        {
            if (!isOfOtherTime)
                moment.Time ??= _statedTime;
            _moments.Add(_moment = moment = new DumpMoment(_isOfReport && !isOfOtherTime ? moment.Evidence.Share() : new ReportEvidence(), _options) { Build = moment.Build });
        }

        _isOfReport = true;

        moment.IsHeadless |= isHeadless && !moment.HasContent;
        (_kind, _isOpen, _announced, _announcedId) = (kind, false, null, null);
        DateTimeOffset? time = _isMerging ? _statedTime ?? Path.Time : null;
        string? repeated = kind switch
        {
            HandleSourceKind.Statistics when _isMerging && moment.HasStatistics => "this has statistics again; the first are kept.",
            HandleSourceKind.Statistics when moment.StatesApartFrom(time) is { } other => $"these statistics are not of the time of {other}, which is kept.",
            HandleSourceKind.State when moment.OtherState(time) is { } other => $"this state is not of the time of that in {other}, which is kept.",
            _ => null,
        };
        _isRepeated = repeated is not null;
        if (_isRepeated)
            AddProblem(DumpProblem.OfFile(Path.Text, $"{repeated} Merge only texts of one moment."));
        else
            BeginIn(moment, kind, id, time);
        if (moment.HasContent && kind is HandleSourceKind.State or HandleSourceKind.ProcessState or HandleSourceKind.Statistics)
            HasDump = true;
        else
            _otherKind ??= kind;
    }

    /// <summary>Goes on with the moment of the time of an archive's entry, which may be an earlier one.</summary>
    /// <param name="kind">The text that begins, of which a moment may have only one; null for a report.</param>
    /// <returns>False if the present moment is of another time, and there is none of this time.</returns>
    private bool TryFindMoment(HandleSourceKind? kind)
    {
        if (_isMerging || !IsEntry || Moment.Time is not { } present || (_statedTime ?? Path.Time) is not { } time)
            return true;
        DumpMoment? nearest = _moments.TakeLast(MostMomentsLookedAt)
            .Where(moment => moment.Time is { } known && !DumpMoment.AreApart(known, time) && !(kind is { } text && moment.Has(text)))
            .MinBy(moment => (moment.Time!.Value - time).Duration());
        if (nearest is null || nearest == Moment)
            return nearest is not null || !DumpMoment.AreApart(present, time);
        _moment = nearest;
        nearest.State.BeginFile();
        return true;
    }

    private void BeginIn(DumpMoment moment, HandleSourceKind kind, int? id, DateTimeOffset? time)
    {
        bool isFirst = kind == HandleSourceKind.State || (kind == HandleSourceKind.ProcessState && !moment.HasStates);
        if (isFirst && moment.DropStatisticsApartFrom(time) is { } dropped)
        {
            AddProblem(DumpProblem.OfFile(dropped.Text, $"these statistics are not of the time of {VisibleText.Of(Path.Text)}, which is kept. "
                + "Merge only texts of one moment."));
        }

        moment.Begin(kind, Path, _file, id, time);
    }

    /// <summary>Ends the text, or decides what it was.</summary>
    private void EndSection()
    {
        if (_kind is null && _isOpen && !_undecided.IsEmpty)
        {
            HandleSourceKind kind = _announced
                ?? (_undecided.HasTransactions ? HandleSourceKind.Transactions : HandleSourceKind.ProcessState);
            if (_announced is not null || _undecided.HasProcess)
                Decide(kind);
        }

        if (_kind is HandleSourceKind.State or HandleSourceKind.ProcessState)
            Moment.State.EndText();
        _undecided.Clear();
        (_kind, _isOpen, _announced, _announcedId) = (null, false, null, null);
    }

    private DumpProblem? Describe()
    {
        if (_refusals.Count > 0)
        {
            string refused = string.Join("; ", _refusals.Select(refusal => $"{refusal.Text}: {refusal.Message}"));
            return _refusals[0] with { Message = $"{(_isReport ? "this is a bug report in which " : "")}the device refused to show {refused}", Text = "" };
        }

        if (_unreadCount > 0)
            return DumpProblem.OfFile(Path.Text, $"{DescribeUnread()} Put 'binder state:' on a line before the first.") with { Line = _firstUnread };
        if (_otherKind is { } other)
        {
            return DumpProblem.OfFile(Path.Text, _isReport
                ? $"this is a bug report without a binder state and statistics. It has {NameOf(other)}, which shows no handles."
                : $"this is {NameOf(other)}, which shows no handles. {Advice}");
        }

        if (_isReport)
            return DumpProblem.OfFile(Path.Text, "this is a bug report in which no binder state and no statistics were found. Read the driver's files on the device.");
        if (IsEntry)
            return null;
        if (_firstLine is null)
        {
            // A log without entries is a file without a line.
            _otherKind = DumpHeading.OfLogName(Path.Name);
            return DumpProblem.OfFile(Path.Text, "the file is empty.");
        }

        if (_recognizer.Prefix is { } prefix)
            return DumpProblem.OfFile(Path.Text, prefix);
        if (_recognizer.Kind is { } foreign)
            return DumpProblem.OfFile(Path.Text, $"this is {NameOf(foreign)}, not a binder dump. {Advice}") with { Found = foreign };
        return DumpProblem.OfFile(Path.Text,
            "this is not a binder dump: " + (_line == 1 ? "its only line does not begin one" : $"none of its {Phrase.Count(_line, "line")} begins one")
            + $". {Advice} It starts with '{_firstLine}'.");
    }

    private void AddUnread(long number)
    {
        if (_unreadCount++ > 0)
            return;
        _firstUnread = number;
        _unreadTitle = _title;
    }

    private string DescribeUnread() =>
        $"{Phrase.Count(_unreadCount, "line")} of a state {(_unreadCount == 1 ? "was" : "were")} not read: "
        + (_unreadTitle is null ? "no heading is above." : $"the heading above is '{_unreadTitle}', which is none of the driver's.");

    /// <summary>Drops a dump of which nothing but the heading was read because all other lines have a prefix.</summary>
    private DumpProblem? DropPrefixed()
    {
        DumpMoment moment = Moment;
        if (_recognizer.Prefix is not { } prefix || moment.State.HasContent || moment.HasStatistics)
            return null;
        if (!_isMerging)
            DropMoment();
        HasDump = _moments.Count > 1;
        return DumpProblem.OfFile(Path.Text, prefix);
    }

    /// <summary>Puts an empty moment in the place of the present one.</summary>
    private void DropMoment()
    {
        _moment.Evidence.Moments--;
        DumpMoment moment = new(_moment.Evidence, _options);
        _moments[_moments.LastIndexOf(_moment)] = _moment = moment;
    }

    private static string NameOf(HandleSourceKind kind) => kind switch
    {
        HandleSourceKind.BinderProxies => "the activity manager's count of proxies (dumpsys activity binder-proxies)",
        HandleSourceKind.Transactions => "a list of transactions (binder transactions)",
        HandleSourceKind.TransactionLog => "a log of transactions (transaction_log)",
        _ => "a log of failed transactions (failed_transaction_log)",
    };

    private static string NameOf(ForeignText kind) => kind switch
    {
        ForeignText.SessionFile => "a session file",
        ForeignText.Log => "a log (logcat)",
        ForeignText.Trace => "a trace (ftrace)",
        ForeignText.Memory => "a report of memory (meminfo)",
        ForeignText.ProcessList => "a list of processes (ps)",
        ForeignText.Html => "an HTML page",
        _ => "binary data",
    };

    /// <summary>Returns the pid in the name of a file, such as <c>binder_logs/proc/1754</c>; null if there is none.</summary>
    private static int? IdOf(DumpPath path)
    {
        string[] parts = path.Text.Split('/', '\\');
        return parts.Length > 1 && parts[^2] == "proc" && WholeNumber.TryParse(parts[^1], NumberStyles.None, out int id) ? id : null;
    }

    private static string NotEmpty(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path;
    }
}
