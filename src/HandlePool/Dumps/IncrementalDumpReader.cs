using System.Text;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Reads dumps from lines as they arrive. <see cref="DumpReader"/> uses it for files.</summary>
/// <remarks>Memory is that of the sessions. Not thread-safe.</remarks>
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

    private readonly DumpReaderOptions? _options;
    private readonly bool _isMerging;
    private readonly ModelBudget _budget;
    private readonly List<DumpSessionBuilder> _dumps;
    private readonly ProcessList _processList = new();

    private string? _firstLine;
    private long _line;
    private bool _isInSection;
    private bool _isInProcessList;
    private bool _isWaiting;
    private bool _isFirst = true;
    private byte[] _encoded = [];
    private DateTimeOffset? _statedTime;
    private DateTimeOffset? _time;

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
        BeginText();
        _dumps = [new DumpSessionBuilder(path.Text, options)];
    }

    private static ReadOnlySpan<byte> StateHeading => "binder state:"u8;

    private static ReadOnlySpan<byte> ProcessHeading => "binder proc state:"u8;

    private static ReadOnlySpan<byte> StateSection => "------ BINDER STATE ("u8;

    /// <summary>Gets whether the file has had a dump so far.</summary>
    internal bool HasDump => _dumps[^1].IsDump;

    /// <summary>Gets the file.</summary>
    internal DumpPath Path { get; private set; }

    /// <summary>Gets the message for a file without a dump; null for an entry of an archive, as most have none.</summary>
    internal string? Fault => IsEntry ? null
        : _firstLine is null ? "the file is empty."
        : $"this is not a binder dump: none of its {_line} lines starts a dump or a process. It starts with '{_firstLine}'.";

    /// <summary>Gets the reason why no more is read; null if there is none.</summary>
    internal string? Fullness { get; private set; }

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
        if (!HasDump)
            throw DumpErrors.DumpFormat(Path.Text, Fault ?? "the text has no dump.");
        if (Fullness is not null)
            NoteInterruption(Fullness);
        EndFile();
        return Build(Path);
    }

    /// <summary>Begins another file of the same dump.</summary>
    internal void BeginFile(DumpPath path)
    {
        Path = path;
        BeginText();
        _dumps[^1].BeginFile(path.Text);
    }

    /// <summary>Ends the file. The problems of its lines are dropped if it was not a dump.</summary>
    internal void EndFile()
    {
        if (HasDump)
            _time ??= _statedTime ?? Path.Time;
        else
            _dumps[^1].Disregard();
    }

    /// <summary>Adds a problem of a file.</summary>
    internal void AddProblem(DumpProblem problem) => _dumps[^1].AddProblem(problem);

    /// <summary>Adds the problem that the rest of this file could not be read.</summary>
    internal void NoteInterruption(string message)
    {
        AddProblem(DumpProblem.OfFile(Path.Text, message));
        _dumps[^1].NoteInterruption(_line);
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

        // Bug reports have such a heading above each section; only those of the state are read. Copied text may be indented.
        ReadOnlySpan<byte> text = line.TrimStart(" \t"u8);
        if (text.StartsWith("------ "u8))
        {
            _isInSection = text.StartsWith(StateSection);
            _isWaiting = false;
            _isInProcessList = _processList.TryBegin(text);

            // Text before the first section of a bug report is not a dump, even if it looks like one.
            if (_isInSection && !_dumps[^1].HasHeading)
            {
                if (_isMerging)
                    _dumps[^1].Disregard();
                else
                    _dumps[^1] = new DumpSessionBuilder(Path.Text, _options);
            }

            return;
        }

        if (text.StartsWith(DumpTime.Heading))
            _statedTime ??= DumpTime.FromHeading(text);
        if (_isWaiting && MayBegin(line))
        {
            _isInSection = true;
            _isWaiting = false;
        }

        if (!_isInSection)
        {
            if (_isInProcessList)
                _processList.Add(line);
            return;
        }

        // A second "binder state:" begins another dump, as in concatenated files. It may follow the last line of the first
        // dump, if that was cut off, or is a reference of a driver that omits the line feed.
        int heading = FindHeading(line);
        if (heading > 0)
        {
            bool mayBeWhole = _dumps[^1].MayRunOn && line.TrimStart((byte)' ').StartsWith("ref "u8);
            Parse(line[..heading], number, mayBeWhole ? DumpLineReader.LineKind.Whole : DumpLineReader.LineKind.Unterminated);
        }

        if (heading >= 0 && !_isMerging && _dumps[^1].HasContent && line[heading..].StartsWith(StateHeading))
            _dumps.Add(new DumpSessionBuilder(Path.Text, _options));
        Parse(heading > 0 ? line[heading..] : line, number, kind);
    }

    /// <summary>Builds the sessions, whether or not the last file had a dump.</summary>
    /// <param name="path">The source, after which the sessions are named.</param>
    internal IReadOnlyList<ImportedDump> Build(DumpPath path)
    {
        string name = _options?.Name ?? (string.IsNullOrWhiteSpace(path.Name) ? DefaultName : path.Name);
        DateTimeOffset? time = _options?.Time ?? _time;
        return [.. _dumps.Select((dump, index) => dump.Finish(path.Text, _dumps.Count == 1 ? name : $"{name}#{index + 1}", time, _processList))];
    }

    /// <summary>Returns the index of the heading that ends a line; -1 if there is none.</summary>
    internal static int FindHeading(ReadOnlySpan<byte> line)
    {
        if (!line.TrimEnd((byte)' ').EndsWith("state:"u8))
            return -1;
        int heading = line.LastIndexOf(StateHeading);
        return heading >= 0 ? heading : line.LastIndexOf(ProcessHeading);
    }

    private void Parse(ReadOnlySpan<byte> line, long number, DumpLineReader.LineKind kind)
    {
        _dumps[^1].Parse(line, number, kind);
        _budget.Take(line.Length + 1, _dumps[^1].TakeGrowth());
        if (_budget.IsExceeded)
            Fullness = _budget.Describe();
    }

    private void BeginText()
    {
        _firstLine = null;
        _line = 0;
        _isWaiting = IsEntry;
        _isInSection = !IsEntry;
        _isInProcessList = false;
        _statedTime = null;
    }

    /// <summary>Returns whether a line begins a dump in an archive, which has other logs as well: a heading does, and a process in the first line.</summary>
    private bool MayBegin(ReadOnlySpan<byte> line) => FindHeading(line) >= 0 || (_line == 1 && line.StartsWith("proc "u8));

    private static string NotEmpty(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path;
    }
}
