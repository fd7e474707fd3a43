using System.Globalization;
using System.Runtime.InteropServices;
using HandlePool.Tables;
using HandlePool.Text;

namespace HandlePool.Traces;

/// <summary>Represents a trace of binder events: ftrace's text of the C driver. Immutable, and thread-safe.</summary>
/// <remarks>
/// It keeps the events that tell of handles, about 100 bytes for each, and the numbers of all others. docs/traces.md tells how to record
/// one, and what it proves.
/// </remarks>
public sealed class HandleTrace
{
    private readonly IReadOnlyList<string> _paths;
    // The greatest number of references with two nodes that may be due to damaged lines.
    private const int MostConflicts = 10;

    private readonly (string Path, long Line)? _idsBeginAgain;
    private readonly Lazy<(int Index, int Count)> _conflicts;

    internal HandleTrace(TraceCollector collector, IReadOnlyList<string> paths, IReadOnlyList<HandleSource> sources)
    {
        _paths = paths;
        Path = paths[0];
        Records = collector.Records;
        Commands = collector.Commands;
        Sources = new HandleList<HandleSource>([.. sources]);
        Counts = new HandleCounters(collector.Counts.ToDictionary());
        Problems = new HandleList<HandleTraceProblem>([.. collector.Problems]);
        ProblemCount = collector.ProblemCount;
        Lines = collector.Lines;
        OtherLines = collector.OtherLines;
        LostEvents = collector.LostEvents;
        OverwrittenEvents = collector.OverwrittenEvents;
        FirstTime = collector.FirstTime >= 0 ? TimeSpan.FromTicks(collector.FirstTime) : null;
        LastTime = collector.LastTime >= 0 ? TimeSpan.FromTicks(collector.LastTime) : null;
        LowestTransaction = collector.LowestTransaction;
        FirstWhole = collector.FirstWhole;
        HighestId = collector.HighestId;
        _idsBeginAgain = collector.IdsBeginAgain;
        Threads = collector.Threads;
        _conflicts = new Lazy<(int, int)>(FindConflicts);
        for (int index = 0; index < Records.Count; index++)
        {
            if (Records[index].Kind <= TraceRecordKind.ProxyCount)
                EventCount++;
            if (Records[index].HasReference)
                ReferenceCount++;
        }
    }

    /// <summary>Gets the file, or the first of several.</summary>
    public string Path { get; }

    /// <summary>Gets the files.</summary>
    public HandleList<HandleSource> Sources { get; }

    /// <summary>Gets the numbers of binder events by name.</summary>
    public HandleCounters Counts { get; }

    /// <summary>Gets the number of events that <see cref="GetEvents"/> returns.</summary>
    public int EventCount { get; }

    /// <summary>Gets the number of those that tell which handle the receiver has for an object.</summary>
    public int ReferenceCount { get; }

    /// <summary>Gets the time of the first binder event by the clock of the trace, usually since the boot; null if it is unknown.</summary>
    public TimeSpan? FirstTime { get; }

    /// <summary>Gets the time of the last binder event; null if it is unknown.</summary>
    public TimeSpan? LastTime { get; }

    /// <summary>Gets the number of events, of any kind, that the kernel says were lost while the trace was read.</summary>
    public long LostEvents { get; }

    /// <summary>Gets the number of events, of any kind, that were overwritten before the trace was read, so that its beginning is missing.</summary>
    public long OverwrittenEvents { get; }

    /// <summary>Gets the number of lines.</summary>
    public long Lines { get; }

    /// <summary>Gets the number of lines without a binder event, apart from comments and empty ones.</summary>
    public long OtherLines { get; }

    /// <summary>Gets the lines that could not be read, at most <see cref="TraceReader.MaxProblems"/>, and the files that could not be read completely.</summary>
    public HandleList<HandleTraceProblem> Problems { get; }

    /// <summary>Gets the number of lines and files that could not be read.</summary>
    public long ProblemCount { get; }

    internal TraceRecords Records { get; }

    internal IReadOnlyList<string> Commands { get; }

    /// <summary>Gets the lowest id of a transaction; 0 if there is none.</summary>
    internal uint LowestTransaction { get; }

    /// <summary>Gets the lowest id from which on no line is missing at the beginning; 0 if none is.</summary>
    internal uint FirstWhole { get; }

    /// <summary>Gets the highest id of a transaction or reference.</summary>
    internal uint HighestId { get; }

    internal IReadOnlyDictionary<int, TraceThread> Threads { get; }

    /// <summary>Returns the events that tell of handles, in the order of the files, one at a time.</summary>
    public IEnumerable<HandleTraceEvent> GetEvents()
    {
        for (int index = 0; index < Records.Count; index++)
        {
            if (Records[index].Kind <= TraceRecordKind.ProxyCount)
                yield return EventOf(Records[index]);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => VisibleText.Name(System.IO.Path.GetFileName(Path));

    internal HandleTraceEvent EventOf(in TraceRecord record) => new(record, _paths[record.File], Commands[record.Command]);

    internal string PathOf(in TraceRecord record) => _paths[record.File];

    /// <summary>Checks that ids tell what is older than what.</summary>
    /// <exception cref="HandleException"><c>TraceFormat</c>: the counter of ids has begun again within the trace, or it gave ids twice.</exception>
    internal void CheckOrder()
    {
        if (_idsBeginAgain is { } where)
        {
            throw TraceErrors.TraceFormat(where.Path, where.Line, "the driver's counter of ids, which has 32 bits, begins again here, so that ids do not tell what came first. "
                + "Read the lines before this one, or those from it on, as a trace of their own.");
        }

        if (_conflicts.Value is { Count: > MostConflicts } conflicts)
        {
            ref TraceRecord first = ref Records[conflicts.Index];
            throw TraceErrors.TraceFormat(PathOf(first), first.Line, string.Create(CultureInfo.InvariantCulture,
                $"reference {first.Reference} is to node {first.Node} here, and to another node in a line before, as are {conflicts.Count - 1} more: ids are given twice, ")
                + "so that the lines are of two boots or of two devices. Read those of each as a trace of their own.");
        }
    }

    /// <summary>Finds references with two nodes, which no driver has: the first, and their number. O(references).</summary>
    private (int Index, int Count) FindConflicts()
    {
        Dictionary<HashedId, uint> nodes = new(ReferenceCount);
        (int index, int count) = (0, 0);
        for (int at = 0; at < Records.Count; at++)
        {
            ref TraceRecord record = ref Records[at];
            if (!record.HasReference)
                continue;
            ref uint node = ref CollectionsMarshal.GetValueRefOrAddDefault(nodes, new HashedId(record.Reference), out bool isKnown);
            if (isKnown && node != record.Node && count++ == 0)
                index = at;
            node = record.Node;
        }

        return (index, count);
    }

    /// <summary>Returns the last name of a thread; empty if no line is of it.</summary>
    internal string NameOf(int thread) => Threads.TryGetValue(thread, out TraceThread? known) && known.Command >= 0 ? Commands[known.Command] : "";
}

/// <summary>Represents a line of a trace, or a file, that could not be read.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line, from 1; 0 for a problem of the file.</param>
/// <param name="Message">The description of the problem.</param>
/// <param name="Text">The beginning of the line, with control characters replaced; empty for a problem of the file.</param>
public sealed record HandleTraceProblem(string Path, long Line, string Message, string Text)
{
    /// <summary>Returns an exception with the id <c>TraceFormat</c> for this problem.</summary>
    public HandleException ToException() => TraceErrors.TraceFormat(Path, Line, Text.Length == 0 ? Message : $"{Message}: '{Text}'.", this);
}
