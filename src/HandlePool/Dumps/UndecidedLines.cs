using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Keeps the lines from which a text without a heading may begin, until one tells what it is.</summary>
internal sealed class UndecidedLines
{
    // A dump tells what it is in the first process that holds anything.
    private const int MostLines = 4_096;
    private const int MostBytes = 1 << 20;

    private readonly List<(byte[] Line, long Number, DumpLineReader.LineKind Kind)> _lines = [];
    private DumpLog _skipped = new();
    private int _bytes;

    /// <summary>Gets or sets the file.</summary>
    internal string Path { get; set; } = "";

    internal bool IsEmpty => _lines.Count == 0;

    /// <summary>Gets whether one of the lines begins a process.</summary>
    internal bool HasProcess { get; private set; }

    /// <summary>Gets whether one of the lines is about a transaction.</summary>
    internal bool HasTransactions { get; private set; }

    /// <summary>Adds a line. Those before the first that may begin a text are only counted.</summary>
    /// <returns>False if there are so many lines that the text must be decided now; this one was added, too.</returns>
    internal bool TryAdd(ReadOnlySpan<byte> line, ReadOnlySpan<byte> text, long number, DumpLineReader.LineKind kind, bool begins)
    {
        if (_lines.Count == 0 && !begins)
        {
            if (kind == DumpLineReader.LineKind.Overlong || !KnownLine.HasNoHandles(text))
                _skipped.AddUnknown(number, line);
            return true;
        }

        if (text.StartsWith("proc "u8))
        {
            LineCursor cursor = new(text["proc "u8.Length..]);
            HasProcess |= cursor.TryNumber(out _) && cursor.IsAtWordEnd;
        }
        else if (text.IndexOf(" transaction "u8) > 0)
        {
            HasTransactions = true;
        }

        _lines.Add((line.ToArray(), number, kind));
        _bytes += line.Length;
        return _lines.Count < MostLines && _bytes < MostBytes;
    }

    /// <summary>Returns the lines, and forgets them.</summary>
    internal (byte[] Line, long Number, DumpLineReader.LineKind Kind)[] Take()
    {
        (byte[], long, DumpLineReader.LineKind)[] lines = [.. _lines];
        Clear();
        return lines;
    }

    /// <summary>Returns the unknown lines so far, and forgets them.</summary>
    internal DumpLog TakeSkipped()
    {
        DumpLog skipped = _skipped;
        _skipped = new DumpLog { Path = Path };
        return skipped;
    }

    /// <summary>Counts all lines as unknown: another text has begun.</summary>
    internal void Skip()
    {
        foreach ((byte[] line, long number, _) in _lines)
            _skipped.AddUnknown(number, line);
        _lines.Clear();
    }

    internal void Clear()
    {
        _lines.Clear();
        _skipped = new DumpLog { Path = Path };
        _bytes = 0;
        HasProcess = HasTransactions = false;
    }
}
