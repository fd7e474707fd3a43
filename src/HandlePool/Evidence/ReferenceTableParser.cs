using HandlePool.Text;

namespace HandlePool.Evidence;

/// <summary>Parses what the Java runtime prints when a table of JNI references is full: in logs, tombstones and traces of threads.</summary>
/// <remarks>
/// The overflow is one line. The summary of the table is in lines of their own, which belong to it by their pid:
/// <c>51000 of com.example.Stub (51000 unique instances)</c>.
/// </remarks>
internal sealed class ReferenceTableParser
{
    // A summary has the classes with the most references.
    private const int MostClasses = 64;

    // Processes whose tables are printed at the same time.
    private const int MostTables = 64;

    // The pid in a text without those of a log is not that of a process in a log.
    private const int NoPid = -1;

    // For each process whose table was full, the number of lines of its summary that may follow; negative before the summary.
    private readonly Dictionary<int, int> _tables = [];
    private int? _pid;

    // The process that printed a tombstone into the log, and the one that the tombstone is of.
    private (int? Printer, int? Pid) _tombstone;

    /// <summary>Gets the words that all overflows have.</summary>
    internal static ReadOnlySpan<byte> Overflow => "reference table overflow (max="u8;

    /// <summary>Gets whether lines of a summary may follow.</summary>
    internal bool IsOpen => _tables.Count > 0;

    /// <summary>Gets the pid of the text that is no log; null if it is unknown.</summary>
    internal int? Pid => _pid;

    /// <summary>Begins a file.</summary>
    internal void BeginFile()
    {
        _tables.Clear();
        _pid = null;
        _tombstone = default;
    }

    /// <summary>Returns whether a line may have the pid of a text that is no log.</summary>
    internal static bool MayHavePid(ReadOnlySpan<byte> text) => text.StartsWith("pid: "u8) || text.StartsWith("PID: "u8) || text.StartsWith("-----"u8);

    /// <summary>Takes the pid from the first line of a tombstone, <c>pid: 1754, tid: 1822, ...</c>, of a trace, <c>----- pid 1754 at ...</c>, or of a crash, <c>PID: 1754</c>.</summary>
    internal void Look(ReadOnlySpan<byte> text)
    {
        LineCursor cursor = new(text);
        if ((cursor.TryText("pid: "u8) || cursor.TryText("PID: "u8) || cursor.TryText("----- pid "u8)) && cursor.TryNumber(out long pid) && pid <= int.MaxValue)
            _pid = (int)pid;
    }

    /// <summary>Returns the pid of the process of a tombstone that another process prints into a log; null if it is unknown.</summary>
    internal int? PidOfTombstone(int? printer, ReadOnlySpan<byte> message)
    {
        LineCursor cursor = new(message);
        if (cursor.TryText("pid: "u8) && cursor.TryNumber(out long pid) && pid <= int.MaxValue)
            _tombstone = (printer, (int)pid);
        return _tombstone.Printer == printer ? _tombstone.Pid : null;
    }

    /// <summary>Returns the pid of a text that is no log; null if it is unknown.</summary>
    internal int? PidOf(ReadOnlySpan<byte> text)
    {
        Look(text);
        return _pid;
    }

    /// <summary>Returns whether a message may be of a table.</summary>
    internal bool MayParse(ReadOnlySpan<byte> message) => IsOpen || message.IndexOf(Overflow) >= 0;

    /// <summary>Parses a message.</summary>
    internal HandleEvidence? Parse(ReadOnlySpan<byte> message, Where where)
    {
        if (message.IndexOf(Overflow) is >= 0 and int at)
            return ParseOverflow(message, at, where);
        if (!_tables.TryGetValue(where.Pid ?? NoPid, out int left))
            return null;
        message = WithoutPlace(message);
        if (message.StartsWith("Summary:"u8))
        {
            _tables[where.Pid ?? NoPid] = MostClasses;
            return null;
        }

        LineCursor cursor = new(message);
        if (left <= 0 || !cursor.TryNumber(out long count) || !cursor.TryText(" of "u8) || cursor.IsAtEnd)
            return null;
        _tables[where.Pid ?? NoPid] = left - 1;
        if (left == 1)
            _tables.Remove(where.Pid ?? NoPid);
        return new HandleEvidence(HandleEvidenceKind.ReferenceCount, where.Path, where.Line, where.Text)
        {
            Clock = where.Time,
            Writer = where.Writer,
            Pid = where.Pid,
            Uid = where.Uid,
            Name = EvidenceStore.NameOf(cursor.Word()),
            Count = count,
        };
    }

    /// <summary>Returns a message without the line of the runtime's source that is before it: <c>indirect_reference_table.cc:145]   Summary:</c>.</summary>
    private static ReadOnlySpan<byte> WithoutPlace(ReadOnlySpan<byte> message)
    {
        LineCursor cursor = new(message);
        cursor.SkipTo(".cc:"u8);
        if (!cursor.TryText(".cc:"u8) || !cursor.TryNumber(out _) || !cursor.TryText("]"u8))
            return message;
        cursor.SkipSpace();
        return cursor.Rest;
    }

    private HandleEvidence? ParseOverflow(ReadOnlySpan<byte> message, int at, Where where)
    {
        // Those of local references are of one call, and no leak of binder objects.
        ReadOnlySpan<byte> before = message[..at].TrimEnd((byte)' ');
        LineCursor cursor = new(message[(at + Overflow.Length)..]);
        if (!before.EndsWith("global"u8) || !cursor.TryNumber(out long limit))
            return null;
        if (_tables.Count < MostTables)
            _tables[where.Pid ?? NoPid] = -1;
        return new HandleEvidence(HandleEvidenceKind.ReferenceTableOverflow, where.Path, where.Line, where.Text)
        {
            Clock = where.Time,
            Writer = where.Writer,
            Pid = where.Pid,
            Uid = where.Uid,
            Name = before.EndsWith("weak global"u8) ? "weak global" : "global",
            Limit = limit,
        };
    }

    /// <summary>Represents where a message is from.</summary>
    internal readonly record struct Where(string Path, long Line, string Text, LogTime? Time, LogWriter Writer, int? Uid, int? Pid);
}
