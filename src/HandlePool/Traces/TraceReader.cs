using HandlePool.Dumps;
using HandlePool.IO;
using HandlePool.Text;

namespace HandlePool.Traces;

/// <summary>Reads traces of binder events: the text of ftrace, plain or compressed by gzip. Static and thread-safe.</summary>
/// <remarks>
/// The text is streamed: memory is that of the events that tell of handles. Columns may differ by release and options; lines without a
/// binder event are counted, so that a trace may be a part of another text, such as a bug report. Reading continues after a line that
/// cannot be read. Times are O(text).
/// </remarks>
public static class TraceReader
{
    /// <summary>The number of unreadable lines that are kept; the others are only counted.</summary>
    public const int MaxProblems = 100;

    /// <summary>The number of events that are kept; the rest of the trace is not read then.</summary>
    public const int MaxEvents = 16_000_000;

    private static ReadOnlySpan<byte> GzipMark => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> ZipMark => "PK\x03\x04"u8;

    private static ReadOnlySpan<byte> BinaryMark => "\x17\bDt"u8;

    /// <summary>Reads files as one trace.</summary>
    /// <param name="paths">The files, in the order of time, such as the parts into which a long trace was split.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The trace. Files that could not be read are among its problems.</returns>
    /// <exception cref="HandleException"><c>TraceFormat</c>: no file has a binder event.</exception>
    /// <exception cref="OperationCanceledException">The reading was canceled.</exception>
    public static HandleTrace ReadFiles(IEnumerable<string> paths, TraceReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string[] given = [.. paths];
        if (given.Length == 0 || given.Any(string.IsNullOrEmpty))
            throw new ArgumentException("Give at least one path, and none that is empty.", nameof(paths));
        TraceCollector collector = new();
        List<HandleSource> sources = [];
        foreach (string path in given.TakeWhile(_ => !collector.IsFull))
        {
            collector.BeginFile(path);
            try
            {
                using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0,
                    FileOptions.SequentialScan);
                sources.Add(Read(stream, path, collector, options, cancellationToken));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                collector.AddProblem(0, $"the file cannot be read. {exception.Message}");
            }
        }

        return Finish(collector, given, sources);
    }

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">The text. It is read to its end and left open.</param>
    /// <param name="path">The source, which errors and events name.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="HandleException"><c>TraceFormat</c>: the text has no binder event, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The reading was canceled.</exception>
    public static HandleTrace Read(Stream stream, string path, TraceReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(path);
        TraceCollector collector = new();
        collector.BeginFile(path);
        try
        {
            return Finish(collector, [path], [Read(stream, path, collector, options, cancellationToken)]);
        }
        catch (IOException exception)
        {
            throw TraceErrors.TraceFormat(path, 0, $"the text cannot be read. {exception.Message}");
        }
    }

    private static HandleSource Read(Stream stream, string path, TraceCollector collector, TraceReaderOptions? options, CancellationToken cancellationToken)
    {
        using ProgressStream input = new(stream, path, options?.Progress);
        byte[] head = PrefixedStream.Peek(input, ZipMark.Length);
        PrefixedStream whole = new(head, input);
        if (head.AsSpan().StartsWith(GzipMark))
        {
            using BoundedText text = new(new GzipText(whole), new DecompressionBudget(options?.MaxDecompressedSize ?? 0, () => input.Size));
            ReadLines(text, collector, cancellationToken);
            if (text.Failure is { } failure)
            {
                collector.AddProblem(0, failure);
                collector.Cut();
            }
        }
        else if (head.AsSpan().StartsWith(ZipMark))
        {
            collector.AddProblem(0, "this is a zip archive, which is not read. Unpack it, and name the file with the trace.");
        }
        else if (head.AsSpan().StartsWith(BinaryMark))
        {
            collector.AddProblem(0, "this is a binary trace of trace-cmd, which is not read. Convert it to text with 'trace-cmd report'.");
        }
        else
        {
            ReadLines(whole, collector, cancellationToken);
        }

        if (collector.IsFull)
        {
            collector.Cut();
            collector.AddProblem(0, $"there are more than {MaxEvents} events that tell of handles. The rest of the trace was not read.");
        }

        return new HandleSource(path, HandleSourceKind.Trace, input.Size, collector.IsFull ? null : input.Hash(cancellationToken), Build: null);
    }

    private static void ReadLines(Stream text, TraceCollector collector, CancellationToken cancellationToken)
    {
        using DumpLineReader lines = new(text, cancellationToken);
        while (!collector.IsFull && lines.TryRead(out ReadOnlySpan<byte> line, out DumpLineReader.LineKind kind))
        {
            // A number at the end of a line without a line feed may lack digits.
            if (kind == DumpLineReader.LineKind.Whole)
            {
                collector.Add(line, lines.Line);
                lines.Skip(collector.PassOver(lines.Buffered, out int count), count);
            }
            else if (!line.IsEmpty)
            {
                if (kind == DumpLineReader.LineKind.Unterminated)
                    collector.Cut();
                collector.AddProblem(lines.Line, kind == DumpLineReader.LineKind.Overlong ? "the line is too long" : "the last line is cut off", Excerpt.Of(line));
            }
        }
    }

    private static HandleTrace Finish(TraceCollector collector, IReadOnlyList<string> paths, IReadOnlyList<HandleSource> sources)
    {
        collector.Finish();
        HandleTrace trace = new(collector, paths, sources);
        if (trace.Counts.Count > 0 || trace.EventCount > 0)
            return trace;
        throw trace.Problems.FirstOrDefault(each => each.Line == 0) is { } problem ? problem.ToException()
            : TraceErrors.TraceFormat(trace.Path, 0, "there are no binder events. Enable the events of 'binder' before you record a trace, and save its text.");
    }
}

/// <summary>Represents the options of reading traces.</summary>
public sealed record TraceReaderOptions
{
    /// <summary>Gets the limit to the decompressed bytes of one file; 0, the default, for the larger of 256 MB and 20 times its size.</summary>
    public long MaxDecompressedSize { get; init; }

    /// <summary>Gets the callback for progress. It runs on a thread that reads, about every 4 MB of a file.</summary>
    public Action<DumpProgress>? Progress { get; init; }
}
