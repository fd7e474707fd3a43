using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Finds in the lines of a report what it says about handles beside the driver's tables.</summary>
/// <remarks>
/// Each kind of section has a parser of its own. Lines of no section are looked at for logs and for records of processes. A line that holds
/// nothing of these costs a few searches for words. Not thread-safe.
/// </remarks>
internal sealed class EvidenceReader
{
    private const string RefusalSection = "Refusals";

    private const int ShortestSeparator = 40;

    private readonly SectionParser[][] _byLetter = new SectionParser[256][];
    private readonly ServiceClientParser _clients = new();
    private readonly ProcessRecordParser _records = new();
    private readonly TransactionParser _transactions = new();
    private readonly LogParser _log = new();
    private readonly bool[] _isSpecial = new bool[256];
    private readonly bool[] _mayHavePid = new bool[256];
    private readonly WordSearch _logWord = new(LogParser.Word.ToArray());
    private readonly WordSearch _overflow = new(ReferenceTableParser.Overflow.ToArray());
    private readonly WordSearch _recordMark = new(ProcessRecordParser.Mark.ToArray());
    private readonly WordSearch[] _processWords = Array.ConvertAll(ProcessEventParser.Words, word => new WordSearch(word));

    // What the sections of the activity manager, of memory and of packages have.
    private readonly SectionParser[] _activity;
    private readonly SectionParser[] _memory;
    private readonly SectionParser[] _packages;

    private SectionParser? _section;

    // Records of processes are in what services print, and in texts without a heading.
    private bool _mayHaveRecords = true;

    // The time since the start of the device is told before the first section.
    private bool _mayHaveUptime = true;

    internal EvidenceReader()
    {
        _activity = [new BinderProxyParser(), new ExitInfoParser()];
        _memory = [new MemoryInfoParser()];
        _packages = [new PackageParser()];
        SectionParser[] parsers = [new ProcessList(), .. _activity, .. _memory, .. _packages, new ServiceParser(), _clients, new HardwareServiceParser()];

        // By the few letters there are, as every small text has a reader of its own.
        Array.Fill(_byLetter, []);
        foreach (SectionParser parser in parsers)
        {
            foreach (byte letter in parser.FirstLetters)
            {
                _byLetter[letter] = [.. _byLetter[letter], parser];
                _isSpecial[letter] = true;
            }
        }

        foreach (byte letter in SpecialLetters)
            _isSpecial[letter] = true;
        foreach (byte letter in "pP-"u8)
            _mayHavePid[letter] = true;
    }

    /// <summary>Gets whether the lines are of a section that a parser knows.</summary>
    internal bool IsInSection => _section is not null;

    /// <summary>Gets whether the lines are of a log in the format <c>long</c>.</summary>
    internal bool IsInLongLog => _log.IsLong;

    /// <summary>Gets whether the file has ends of sections, so that one that lacks its end was cut. A text by itself, such as lines of a log, has none.</summary>
    internal bool HasEnds { get; private set; }

    private static ReadOnlySpan<byte> Uptime => "Uptime: up "u8;

    private static ReadOnlySpan<byte> ServiceHeading => "DUMP OF SERVICE "u8;

    private static ReadOnlySpan<byte> ManagerHeading => "ACTIVITY MANAGER "u8;

    /// <summary>Gets the letters with which headings and refusals begin, besides those of the sections.</summary>
    private static ReadOnlySpan<byte> SpecialLetters => "DA*CP"u8;

    /// <summary>Begins a file.</summary>
    internal void BeginFile()
    {
        _section = null;
        HasEnds = false;
        _mayHaveRecords = _mayHaveUptime = true;
        _records.BeginFile();
        _transactions.BeginFile();
        _log.BeginFile();
        _recordMark.BeginFile();
        _logWord.BeginFile();
        _overflow.BeginFile();
        Array.ForEach(_processWords, word => word.BeginFile());
    }

    /// <summary>Returns whether the driver's name is in a line, as for <see cref="SaysNothing"/>.</summary>
    internal bool NamesDriver(ReadOnlySpan<byte> text, long offset, int length) => _logWord.IsIn(text, offset, length);

    /// <summary>Returns whether a line certainly says nothing: <see cref="Add"/> would find nothing.</summary>
    /// <remarks>A report has millions of such lines. What words are in them is known from a search through all of them at once.</remarks>
    /// <param name="text">Text that begins with the line, and may have more behind it.</param>
    /// <param name="offset">The number of bytes before it in the file.</param>
    /// <param name="length">The length of the line.</param>
    /// <param name="blanks">The number of blanks before its first letter. There is a letter.</param>
    internal bool SaysNothing(ReadOnlySpan<byte> text, long offset, int length, int blanks)
    {
        if (_log.NeedsAll)
            return false;
        ReadOnlySpan<byte> line = text[blanks..length];
        if (_overflow.IsIn(text, offset, length) || (_logWord.IsIn(text, offset, length) && _log.MaySay(line)))
            return false;
        if (_isSpecial[line[0]] && MayBegin(line))
            return false;
        if (LogLine.MayBe(line))
            return _log.IsBegun && line[0] != (byte)'[' && !MayTellOfProcess(text, offset, length);
        if (_section is not null)
            return _section.ReadLetters is { Length: > 0 } letters && !letters.Contains(line[0]);
        return !(_mayHavePid[line[0]] && ReferenceTableParser.MayHavePid(line)) && !(_mayHaveRecords && _recordMark.IsIn(text, offset, length));
    }

    /// <summary>Returns whether a line of a log may tell of a process that started or ended.</summary>
    private bool MayTellOfProcess(ReadOnlySpan<byte> text, long offset, int length)
    {
        foreach (WordSearch word in _processWords)
        {
            if (word.IsIn(text, offset, length))
                return true;
        }

        return false;
    }

    /// <summary>Returns whether a line may begin a section, or say that a part is missing.</summary>
    private bool MayBegin(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith(ServiceHeading) || line.StartsWith(ManagerHeading) || line.StartsWith(Uptime) || EvidenceRefusal.MayBe(line))
            return true;
        foreach (SectionParser parser in _byLetter[line[0]])
        {
            if (parser.Begins(line))
                return true;
        }

        return false;
    }

    /// <summary>Ends a file.</summary>
    internal void EndFile(EvidenceStore store) => EndSection(store);

    /// <summary>Ends a section of an older release, <c>[TITLE: 0.1s elapsed]</c>.</summary>
    internal void EndTitled()
    {
        HasEnds = true;
        _log.IsOfEarlierBoot = false;
    }

    /// <summary>Begins the section of a heading in dashes.</summary>
    internal void BeginTitled(ReadOnlySpan<byte> title, long number, EvidenceStore store)
    {
        // Columns and sums of a memory report are ruled: "------   ------". Services are separated by long lines.
        if (!title.ContainsAnyExcept((byte)'-', (byte)' ') && (title.Contains((byte)' ') || title.Length < ShortestSeparator))
            return;
        EndSection(store);
        _mayHaveUptime = false;

        // The buffers of a log have headings of their own: "--------- beginning of main".
        if (title.IndexOf(" beginning of "u8) < 0)
            _log.IsOfEarlierBoot = title.StartsWith("------ LAST "u8) || title.IndexOf("logcat -L"u8) >= 0;
        HasEnds |= title.IndexOf("was the duration of "u8) >= 0;
        if (title.Contains((byte)' '))
            _mayHaveRecords = title.IndexOf((byte)'(') < 0 || title.IndexOf("dumpsys"u8) >= 0 || title.IndexOf("DUMPSYS"u8) >= 0;
        TryBegin(new EvidenceLine(title, number), store);
    }

    /// <summary>Adds a line of one of the driver's texts that show calls.</summary>
    /// <returns>False if the line begins as a call does, and cannot be read.</returns>
    internal bool AddCall(ReadOnlySpan<byte> text, long number, bool isOfFailedLog, EvidenceStore store) =>
        _transactions.Add(new EvidenceLine(text, number), isOfFailedLog, store);

    /// <summary>Adds a line.</summary>
    /// <param name="text">The line, without blanks before it. It is not empty.</param>
    /// <param name="number">Its number in the file.</param>
    /// <param name="store">What keeps the facts.</param>
    /// <returns>The part of the report that the device refused to show, as this line says; null for all other lines.</returns>
    internal (string What, string Reason)? Add(ReadOnlySpan<byte> text, long number, EvidenceStore store)
    {
        EvidenceLine line = new(text, number);
        bool isSpecial = _isSpecial[text[0]];
        if (isSpecial && _mayHaveUptime && text.StartsWith(Uptime))
            store.Lives.SetUptime(text[Uptime.Length..], new EvidencePlace(store.Path, number));
        if (isSpecial && TryBeginAny(line, store))
            return null;
        bool isOfLog = LogLine.MayBe(text);
        if (isOfLog || _section is null)
            _log.Add(line, isOfLog, store);
        else
            _section.Add(line, store);
        if (_mayHaveRecords && !isOfLog && _section is null)
            _records.Add(line, store);
        return isSpecial && EvidenceRefusal.TryParse(text, out string what, out string reason) ? Refuse(what, reason, line, store) : null;
    }

    /// <summary>Adds a line of a section in which only a part of all counts.</summary>
    /// <param name="scope">What counts.</param>
    /// <param name="text">The line, without blanks before it. It is not empty.</param>
    /// <param name="number">Its number in the file.</param>
    /// <param name="store">What keeps the facts.</param>
    /// <returns>The part of the report that the device refused to show, as this line says; null for all other lines.</returns>
    internal (string What, string Reason)? AddWithin(EvidenceScope scope, ReadOnlySpan<byte> text, long number, EvidenceStore store)
    {
        EvidenceLine line = new(text, number);
        switch (scope)
        {
            case EvidenceScope.Nothing:
                return null;
            case EvidenceScope.LongLog:
                _log.Add(line, LogLine.MayBe(text), store);
                return null;
            case EvidenceScope.Tables:
                _log.AddOfProcess(line, store);
                return null;
            default:
                AddToService(scope, line, store);
                return EvidenceRefusal.TryParse(text, out string what, out string reason) ? Refuse(what, reason, line, store) : null;
        }
    }

    private void AddToService(EvidenceScope scope, in EvidenceLine line, EvidenceStore store)
    {
        SectionParser[] parsers = scope switch
        {
            EvidenceScope.Clients => [_clients],
            EvidenceScope.Activity => _activity,
            EvidenceScope.Memory => _memory,
            EvidenceScope.Packages => _packages,
            _ => [],
        };
        if (LogLine.MayBe(line.Text))
            return;
        if (_section is not null && (!parsers.Contains(_section) || line.Text.StartsWith(ManagerHeading)))
            EndSection(store);
        foreach (SectionParser parser in parsers)
        {
            if (parser.Begins(line.Text))
            {
                Begin(parser, line, store);
                return;
            }
        }

        if (_section is not null)
        {
            _section.Add(line, store);
        }
        else if (scope == EvidenceScope.Activity)
        {
            _log.AddOfProcess(line, store);
            _records.Add(line, store);
        }
    }

    /// <summary>Begins a section, or ends one, if the line says so.</summary>
    private bool TryBeginAny(in EvidenceLine line, EvidenceStore store)
    {
        if (line.Text.StartsWith(ServiceHeading))
        {
            EndSection(store);
            _clients.SetService(line.Text);
            _mayHaveRecords = true;
            return true;
        }

        if (line.Text.StartsWith(ManagerHeading))
        {
            EndSection(store);
            _mayHaveRecords = true;
        }

        return TryBegin(line, store);
    }

    private static (string What, string Reason)? Refuse(string what, string reason, in EvidenceLine line, EvidenceStore store)
    {
        store.Add(RefusalSection, new HandleEvidence(HandleEvidenceKind.Refusal, store.Path, line.Number, EvidenceStore.TextOf(line.Text)) { Name = what });
        return (what, reason);
    }

    private bool TryBegin(in EvidenceLine line, EvidenceStore store)
    {
        foreach (SectionParser parser in _byLetter[line.Text[0]])
        {
            if (!parser.Begins(line.Text))
                continue;
            Begin(parser, line, store);
            return true;
        }

        return false;
    }

    private void Begin(SectionParser parser, in EvidenceLine line, EvidenceStore store)
    {
        if (_section != parser)
        {
            EndSection(store);
            parser.Begin();
            store.BeginSection(parser.Name, line);
            _section = parser;
        }

        parser.Add(line, store);
    }

    private void EndSection(EvidenceStore store)
    {
        _log.EndSection();
        _section?.End(store);
        _section = null;
    }
}

/// <summary>Recognizes the lines that say that a part of a report with evidence is missing.</summary>
internal static class EvidenceRefusal
{
    // The services and commands whose output is read.
    private static readonly string[] Parts = ["activity", "meminfo", "package", "logcat", "ps", "lshal", "service"];

    /// <summary>Returns whether a line may say so, by how it begins.</summary>
    internal static bool MayBe(ReadOnlySpan<byte> text) =>
        text.StartsWith("*** "u8) || text.StartsWith("Can't find service: "u8) || text.StartsWith("Permission Denial: can't dump "u8);

    /// <summary>Parses <c>*** SERVICE 'activity' DUMP TIMEOUT (10000ms) EXPIRED ***</c>, <c>*** command 'logcat -d' timed out after 10s</c>,
    /// <c>Can't find service: activity</c> and <c>Permission Denial: can't dump ActivityManager ...</c>.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out string what, out string reason)
    {
        what = reason = "";
        if (text.StartsWith("*** "u8))
        {
            LineCursor cursor = new(text);
            cursor.SkipTo("'"u8);
            if (!cursor.TryText("'"u8))
                return false;
            int end = cursor.Rest.IndexOf((byte)'\'');
            if (end <= 0)
                return false;
            what = Excerpt.Of(cursor.Rest[..end]);
            reason = Excerpt.Of(cursor.Rest[(end + 1)..].Trim(" *"u8));
        }
        else if (text.StartsWith("Can't find service: "u8))
        {
            what = Excerpt.Of(text["Can't find service: "u8.Length..].Trim((byte)' '));
            reason = "there is no such service";
        }
        else if (text.StartsWith("Permission Denial: can't dump "u8))
        {
            ReadOnlySpan<byte> rest = text["Permission Denial: can't dump "u8.Length..];
            int end = rest.IndexOf((byte)' ');
            what = Excerpt.Of(end < 0 ? rest : rest[..end]);
            reason = "Permission denied";
        }
        else
        {
            return false;
        }

        string[] words = what.Split(' ', '/');
        return what.Length > 0 && Array.Exists(words, word => Array.Exists(Parts, part => word.StartsWith(part, StringComparison.OrdinalIgnoreCase)));
    }
}
