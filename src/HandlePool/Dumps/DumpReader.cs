using System.Text;

namespace HandlePool.Dumps;

/// <summary>Reads the driver's text dumps: <c>binder_logs/state</c> and <c>proc/PID</c>, as the C and the Rust driver write them.</summary>
/// <remarks>
/// <para>What lines there are, how they differ from driver to driver, and what is made of each is in docs/dumps.md.</para>
/// <para>The text is streamed: memory is that of the model. A line that cannot be read does not stop the rest.
/// Static and thread-safe.</para>
/// </remarks>
public static class DumpReader
{
    /// <summary>How many unreadable lines are kept one by one; the others are only counted.</summary>
    public const int MaxProblems = 100;

    /// <summary>How many unknown lines are kept; the others are only counted.</summary>
    public const int MaxUnknownLines = 5;

    private static ReadOnlySpan<byte> StateHeading => "binder state:"u8;

    private static ReadOnlySpan<byte> ProcessHeading => "binder proc state:"u8;

    private static ReadOnlySpan<byte> StateSection => "------ BINDER STATE ("u8;

    /// <summary>Reads a file.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyList<DumpResult> ReadFile(string path, HandleSessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Directory.Exists(path))
            throw HandleErrors.DumpFormat(path, "this is a directory, not a dump. Name the files in it.");
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0,
                FileOptions.SequentialScan);
            return Read(stream, path, options, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw HandleErrors.DumpUnreadable(path, exception);
        }
    }

    /// <summary>Reads the dump, or the dumps one after the other, in a stream.</summary>
    /// <param name="stream">The text. It is read to its end and left open.</param>
    /// <param name="path">Where it is from: named in errors and findings, and its file name becomes the session's.</param>
    /// <param name="options">How the pools of the sessions work; the driver's way by default.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>A session for each dump, one at least.</returns>
    /// <exception cref="HandleException"><c>DumpFormat</c>: it is empty, or no dump.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<DumpResult> Read(Stream stream, string path, HandleSessionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(path);
        List<DumpParser> dumps = [new DumpParser(path, options)];
        string? firstLine = null;
        bool isInSection = true;
        DumpLineReader lines = new(stream, cancellationToken);
        while (lines.TryRead(out ReadOnlySpan<byte> line, out DumpLineReader.LineKind kind))
        {
            firstLine ??= Excerpt(line);

            // Bug reports have a heading of this shape above each section; only those with the state are read.
            if (line.StartsWith("------ "u8))
            {
                isInSection = line.StartsWith(StateSection);

                // What came before the first section of a bug report was no dump, whatever it looked like.
                if (isInSection && !dumps[^1].HasHeading)
                    dumps[^1] = new DumpParser(path, options);
                continue;
            }

            if (!isInSection)
                continue;

            // A second "binder state:" begins another dump of the whole, as when files were put together. It may stand behind the
            // first's last line, if that was cut off, or is a reference of a driver that forgets the line feed.
            int heading = FindHeading(line);
            if (heading > 0)
            {
                bool mayBeWhole = dumps[^1].MayRunOn && line.TrimStart((byte)' ').StartsWith("ref "u8);
                dumps[^1].Parse(line[..heading], lines.Line,
                    mayBeWhole ? DumpLineReader.LineKind.Whole : DumpLineReader.LineKind.Unterminated);
            }

            if (heading >= 0 && dumps[^1].HasContent && line[heading..].StartsWith(StateHeading))
                dumps.Add(new DumpParser(path, options));
            dumps[^1].Parse(heading > 0 ? line[heading..] : line, lines.Line, kind);
        }

        if (firstLine is null)
            throw HandleErrors.DumpFormat(path, "the file is empty.");
        if (!dumps[^1].IsDump)
        {
            throw HandleErrors.DumpFormat(path,
                $"this is no binder dump: none of its {lines.Line} lines begins a dump or a process. It begins with '{firstLine}'.");
        }

        string file = Path.GetFileName(path);
        string name = string.IsNullOrWhiteSpace(file) ? "Dump" : file;
        return [.. dumps.Select((dump, index) => dump.Finish(dumps.Count == 1 ? name : $"{name}#{index + 1}"))];
    }

    /// <summary>Where a line has a heading, which ends it; -1 if it has none.</summary>
    private static int FindHeading(ReadOnlySpan<byte> line)
    {
        if (!line.TrimEnd((byte)' ').EndsWith("state:"u8))
            return -1;
        int heading = line.LastIndexOf(StateHeading);
        return heading >= 0 ? heading : line.LastIndexOf(ProcessHeading);
    }

    /// <summary>The beginning of a line as text that is safe to show.</summary>
    internal static string Excerpt(ReadOnlySpan<byte> line)
    {
        const int Longest = 80;
        StringBuilder text = new();
        foreach (Rune rune in Encoding.UTF8.GetString(line[..Math.Min(line.Length, Longest)]).EnumerateRunes())
        {
            bool isShown = Rune.GetUnicodeCategory(rune) is not (System.Globalization.UnicodeCategory.Control
                or System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator
                or System.Globalization.UnicodeCategory.ParagraphSeparator);
            text.Append(isShown ? rune.ToString() : "\uFFFD");
        }

        if (line.Length > Longest)
            text.Append("...");
        return text.ToString();
    }
}
