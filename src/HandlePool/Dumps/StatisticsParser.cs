using System.Text;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Receives a line of a text that was not read.</summary>
/// <param name="line">The line.</param>
/// <param name="fault">The reason, for a line of a known kind; null if its kind is unknown.</param>
internal delegate void LineReport(ReadOnlySpan<byte> line, string? fault);

/// <summary>Parses the statistics that the drivers print: <c>binder_logs/stats</c>.</summary>
/// <remarks>
/// The words of a line tell what it is, not its columns: releases differ in spaces and colons. Both drivers omit counters that are 0.
/// </remarks>
internal sealed class StatisticsParser(LineReport report)
{
    /// <summary>The longest name of a number; the driver's have up to 30 characters.</summary>
    private const int LongestLabel = 64;

    private static readonly HashSet<string> ProcessLabels =
    [
        "threads", "requested threads", "ready threads", "free async space", "free oneway space", "nodes", "refs", "buffers", "pages",
        "pages high watermark", "pending transactions", "outstanding transactions",
    ];

    // The approximate memory of what is kept, in bytes.
    private const int ProcessBytes = 640;
    private const int CounterBytes = 48;

    private readonly Dictionary<string, string> _names = [];
    private readonly List<HandleObjectCount> _objects = [];
    private readonly HashSet<string> _kinds = [];
    private readonly List<ProcessStatisticsRecord> _processes = [];
    private readonly Dictionary<(int Id, string Context), int> _opens = [];
    private readonly Dictionary<string, long> _allCounters = [];

    private ProcessStatisticsRecord? _process;
    private Dictionary<string, long> _counters = [];
    // The labels of the lines of the process so far.
    private readonly HashSet<string> _labels = [];
    private Part _part;
    private bool _hasContext;

    /// <summary>Identifies the part of the text that a line belongs to.</summary>
    private enum Part
    {
        /// <summary>Before the first process.</summary>
        Totals,

        /// <summary>Before the first number of a process.</summary>
        ProcessBegins,

        /// <summary>After the first number of a process.</summary>
        Process,

        /// <summary>The lines of a process that could not be read.</summary>
        Lost,
    }

    /// <summary>Gets whether anything was read so far.</summary>
    internal bool HasContent => _allCounters.Count > 0 || _objects.Count > 0 || _process is not null || _processes.Count > 0;

    /// <summary>Gets the approximate memory of what was read so far, in bytes.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="number">Its number in the file, from 1.</param>
    /// <param name="isCut">Whether the text ends in it, so that its last number may be incomplete. Such a line is not read.</param>
    internal void Add(ReadOnlySpan<byte> line, long number, bool isCut = false)
    {
        LineCursor cursor = new(line);
        cursor.SkipSpace();
        if (cursor.IsAtEnd || (DumpHeading.OfText(cursor.Rest, out int at) == HandleSourceKind.Statistics && at == 0))
            return;
        string label = ReadLabel(ref cursor);
        if (isCut)
        {
            // A process whose pid or context is cut off is unknown. Where that was all, another text may follow.
            if (_part == Part.ProcessBegins && "context".StartsWith(label, StringComparison.Ordinal))
                (_process, _part) = (null, Part.Totals);
            report(line, "the text ends in the middle of a line");
            return;
        }

        string? fault = label switch
        {
            "proc" when !cursor.Rest.StartsWith(":"u8) => BeginProcess(cursor, number),
            "context" => SetContext(cursor),
            _ => ReadNumbers(label, ref cursor),
        };
        if (fault is not null)
            report(line, fault.Length == 0 ? null : fault);
    }

    /// <summary>Returns what was read; null if that is nothing.</summary>
    internal StatisticsRecord? Finish()
    {
        EndProcess();
        return HasContent ? new StatisticsRecord(new HandleCounters(_allCounters), _objects, _processes) : null;
    }

    /// <summary>Reads the words before the first number, with one space between them, and without a colon after them.</summary>
    private static string ReadLabel(ref LineCursor cursor)
    {
        StringBuilder label = new();
        while (!cursor.IsAtEnd)
        {
            ReadOnlySpan<byte> rest = cursor.Rest;
            int length = 0;
            while (length < rest.Length && (char.IsAsciiLetter((char)rest[length]) || rest[length] == '_' || (length > 0 && char.IsAsciiDigit((char)rest[length]))))
                length++;
            if (length == 0 || label.Length + length > LongestLabel)
                break;
            if (label.Length > 0)
                label.Append(' ');
            label.Append(Encoding.ASCII.GetString(rest[..length]));
            cursor.TryText(rest[..length]);
            LineCursor next = cursor;
            next.SkipSpace();

            // "proc: active 2" counts processes, and "proc 2" is one. What follows "context" is a name.
            if (next.Rest.StartsWith(":"u8) || label.ToString() is "proc" or "context")
                break;
            cursor = next;
        }

        return label.ToString();
    }

    /// <summary>Parses <c>proc 1754</c> after its first word; vendors add the name.</summary>
    private string? BeginProcess(LineCursor cursor, long number)
    {
        EndProcess();
        _part = Part.Lost;
        cursor.SkipSpace();
        if (!cursor.TryNumber(out long id) || id > int.MaxValue || !cursor.IsAtWordEnd)
            return "a process without a pid, whose lines are not read";
        string name = Encoding.UTF8.GetString(cursor.Rest).Trim();

        // Without the second parenthesis, the name is cut off.
        if (name is ['(', ..])
            name = name is [_, .., ')'] ? name[1..^1] : "";
        Bytes += ProcessBytes + (sizeof(char) * name.Length);
        _process = new ProcessStatisticsRecord((int)id, HandleSession.DefaultContext, string.IsNullOrWhiteSpace(name) ? null : name, 1, number);
        _counters = [];
        _labels.Clear();
        _hasContext = false;
        _part = Part.ProcessBegins;
        return null;
    }

    /// <summary>Parses <c>context binder</c> after its first word. Old kernels do not print the line.</summary>
    private string? SetContext(LineCursor cursor)
    {
        if (_part == Part.Lost)
            return null;
        if (_part != Part.ProcessBegins || _hasContext)
        {
            // The lines that follow do not belong to the process before.
            EndProcess();
            _part = Part.Lost;
            return "a context without a 'proc' line before it, so that the lines of its process are not read";
        }

        string context = Encoding.UTF8.GetString(cursor.Rest).Trim();
        if (context.Length == 0)
        {
            _process = null;
            _part = Part.Lost;
            return "a context without a name, so that the lines of its process are not read";
        }

        _process = _process! with { Context = Share(context) };
        _hasContext = true;
        return null;
    }

    private void EndProcess()
    {
        if (_process is not { } process)
            return;
        _process = null;
        if (_part == Part.ProcessBegins)
        {
            // Without a number it may even be of another context, whose line was cut off.
            report(Encoding.ASCII.GetBytes($"proc {process.Id}"), "a process without a number, which is left out");
            return;
        }

        int openNumber = _opens[(process.Id, process.Context)] = _opens.GetValueOrDefault((process.Id, process.Context)) + 1;
        _processes.Add(process with { OpenNumber = openNumber, Counters = new HandleCounters(_counters) });
    }

    /// <returns>Null if the line was read, empty if its kind is unknown, and otherwise what is wrong with it.</returns>
    private string? ReadNumbers(string label, ref LineCursor cursor)
    {
        cursor.SkipSpace();
        bool hasColon = cursor.TryText(":"u8);
        cursor.SkipSpace();
        if (_part == Part.Lost)
            return null;
        if (label.StartsWith("BC_", StringComparison.Ordinal) || label.StartsWith("BR_", StringComparison.Ordinal))
            return ReadCounter(label, ref cursor);
        if (hasColon && cursor.TryField("active"u8, out long active))
        {
            if (!cursor.TryField("total"u8, out long total) || !IsAtEnd(ref cursor))
                return "an object count without 'active COUNT total COUNT'";
            if (_process is not null)
                return "an object count inside a process";
            if (!_kinds.Add(label))
                return $"a second count of '{label}'; the first is kept";
            Bytes += CounterBytes;
            _objects.Add(new HandleObjectCount(Share(label), active, total));
            return null;
        }

        if (!ProcessLabels.Contains(label))
            return "";
        if (_process is not { } process)
            return "a count of a process outside a process";
        if (Read(process, label, ref cursor) is not { } read || !IsAtEnd(ref cursor))
            return $"no count after '{label}', or one out of range";
        if (!_labels.Add(label))
            return $"a second count of '{label}'; the first is kept";
        _process = read;
        _part = Part.Process;
        return null;
    }

    /// <summary>Reads the numbers after a label of a process; null if they are not as expected.</summary>
    private static ProcessStatisticsRecord? Read(ProcessStatisticsRecord process, string label, ref LineCursor cursor)
    {
        switch (label)
        {
            case "refs":
                return TryCount(ref cursor, out int handles) && cursor.TryField("s"u8, out long strong) && cursor.TryField("w"u8, out long weak)
                    ? process with { Handles = handles, Strong = strong, Weak = weak }
                    : null;
            case "requested threads":
                return TryCount(ref cursor, out int requested) && TryNext(ref cursor, "+"u8, out int started) && TryNext(ref cursor, "/"u8, out int most)
                    ? process with { RequestedThreads = requested, StartedThreads = started, MaxThreads = most }
                    : null;
            case "pages":
                return TryCount(ref cursor, out int pages) && TryNext(ref cursor, ":"u8, out _) && TryNext(ref cursor, ":"u8, out _)
                    ? process with { Pages = pages }
                    : null;
            case "free async space" or "free oneway space":
                return cursor.TryNumber(out long space) ? process with { FreeAsyncSpace = space } : null;
        }

        return !TryCount(ref cursor, out int count) ? null : label switch
        {
            "threads" => process with { Threads = count },
            "ready threads" => process with { ReadyThreads = count },
            "nodes" => process with { Nodes = count },
            "buffers" => process with { Buffers = count },
            "pages high watermark" => process with { PagesHighWatermark = count },
            _ => process with { PendingTransactions = count },
        };
    }

    /// <summary>Reads the count of a command or return. The C driver prints its 32 bits as a signed number.</summary>
    private string? ReadCounter(string name, ref LineCursor cursor)
    {
        bool isNegative = cursor.TryText("-"u8);
        if (!cursor.TryNumber(out long count) || count > uint.MaxValue || (isNegative && count > 1L << 31) || !IsAtEnd(ref cursor))
            return $"no count after '{name}', or one out of range";
        if (isNegative && count > 0)
            count = (1L << 32) - count;
        if (_process is not null)
            _part = Part.Process;
        Bytes += CounterBytes;
        return (_process is null ? _allCounters : _counters).TryAdd(Share(name), count) ? null : $"a second count of '{name}'; the first is kept";
    }

    /// <summary>Returns the first string that was equal, as the same names recur in each process.</summary>
    private string Share(string name)
    {
        if (_names.TryGetValue(name, out string? shared))
            return shared;
        Bytes += CounterBytes + (2 * sizeof(char) * name.Length);
        _names.Add(name, name);
        return name;
    }

    private static bool TryCount(ref LineCursor cursor, out int count)
    {
        bool isCount = cursor.TryNumber(out long number) && number <= int.MaxValue;
        count = isCount ? (int)number : 0;
        return isCount;
    }

    /// <summary>Reads a separator and a count, with any space before each.</summary>
    private static bool TryNext(ref LineCursor cursor, ReadOnlySpan<byte> separator, out int count)
    {
        count = 0;
        cursor.SkipSpace();
        if (!cursor.TryText(separator))
            return false;
        cursor.SkipSpace();
        return TryCount(ref cursor, out count);
    }

    private static bool IsAtEnd(ref LineCursor cursor)
    {
        cursor.SkipSpace();
        return cursor.IsAtEnd;
    }
}
