using System.Text;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Takes the lines of dumps as they come, and makes sessions of them: what is behind <see cref="DumpReader"/>, for text that is no file.</summary>
/// <remarks>Memory is that of the model. Not thread-safe.</remarks>
/// <example>
/// <code>
/// IncrementalDumpReader collector = new("adb");
/// while (adb.StandardOutput.ReadLine() is { } line)
///     collector.Add(line);
/// HandleSession session = collector.Finish()[0].Session;
/// </code>
/// </example>
public sealed class IncrementalDumpReader
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

    /// <summary>Begins with nothing.</summary>
    /// <param name="path">Where the text is from: named in errors and findings, and its file name becomes the session's.</param>
    /// <param name="options">How it is read.</param>
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

    /// <summary>Whether there was a dump in the file so far.</summary>
    internal bool HasDump => _dumps[^1].IsDump;

    /// <summary>The file.</summary>
    internal DumpPath Path { get; private set; }

    /// <summary>What to say about a file without a dump; null of an entry of an archive, of which most have none.</summary>
    internal string? Fault => IsEntry ? null
        : _firstLine is null ? "the file is empty."
        : $"this is no binder dump: none of its {_line} lines begins a dump or a process. It begins with '{_firstLine}'.";

    /// <summary>Why nothing more is read; null while it is.</summary>
    internal string? Fullness { get; private set; }

    private bool IsEntry => Path.ArchiveName is not null;

    /// <summary>Adds a line, or several with line feeds between them.</summary>
    /// <param name="text">The text. A line feed at its end ends its last line.</param>
    public void Add(ReadOnlySpan<char> text)
    {
        int size = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_encoded.Length < size)
            _encoded = new byte[size];
        Add(_encoded.AsSpan(0, Encoding.UTF8.GetBytes(text, _encoded)));
    }

    /// <summary>Adds a line, or several with line feeds between them.</summary>
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

    /// <summary>Hands out what was made of the lines. It is the collector's last call.</summary>
    /// <returns>A session for each dump, one at least.</returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: there was no line, or no dump.</exception>
    public IReadOnlyList<ImportedDump> Finish()
    {
        if (!HasDump)
            throw HandleErrors.DumpFormat(Path.Text, Fault ?? "there is no dump in it.");
        if (Fullness is not null)
            NoteInterruption(Fullness);
        EndFile();
        return Build(Path);
    }

    /// <summary>Has what follows be of another file.</summary>
    internal void BeginFile(DumpPath path)
    {
        Path = path;
        BeginText();
        _dumps[^1].BeginFile(path.Text);
    }

    /// <summary>Keeps what the file told if it was a dump, and forgets what was odd about its lines if it was none.</summary>
    internal void EndFile()
    {
        if (HasDump)
            _time ??= _statedTime ?? Path.Time;
        else
            _dumps[^1].Disregard();
    }

    /// <summary>Notes what is wrong with a file.</summary>
    internal void AddProblem(DumpProblem problem) => _dumps[^1].AddProblem(problem);

    /// <summary>Notes that the rest of this file, of which there was some, could not be read.</summary>
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

        // It says nothing, and a small compressed file may have hundreds of millions of it.
        if (line.IsEmpty)
            return;

        // Bug reports have a heading of this shape above each section; only those with the state are read. What was copied may be indented.
        ReadOnlySpan<byte> text = line.TrimStart(" \t"u8);
        if (text.StartsWith("------ "u8))
        {
            _isInSection = text.StartsWith(StateSection);
            _isWaiting = false;
            _isInProcessList = _processList.TryBegin(text);

            // What came before the first section of a bug report was no dump, whatever it looked like.
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

        // A second "binder state:" begins another dump of the whole, as when files were put together. It may stand behind the
        // first's last line, if that was cut off, or is a reference of a driver that forgets the line feed.
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

    /// <summary>Makes the sessions, whatever the last file was.</summary>
    /// <param name="path">What they are called after.</param>
    internal IReadOnlyList<ImportedDump> Build(DumpPath path)
    {
        string name = _options?.Name ?? (string.IsNullOrWhiteSpace(path.Name) ? DefaultName : path.Name);
        DateTimeOffset? time = _options?.Time ?? _time;
        return [.. _dumps.Select((dump, index) => dump.Finish(path.Text, _dumps.Count == 1 ? name : $"{name}#{index + 1}", time, _processList))];
    }

    /// <summary>Where a line has a heading, which ends it; -1 if it has none.</summary>
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

    /// <summary>Whether a line begins a dump in an archive, where logs of any kind are beside it: a heading does, and a process in the first line.</summary>
    private bool MayBegin(ReadOnlySpan<byte> line) => FindHeading(line) >= 0 || (_line == 1 && line.StartsWith("proc "u8));

    private static string NotEmpty(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path;
    }
}
