using System.Globalization;
using System.IO.Compression;
using System.Text;
using HandlePool.IO;
using HandlePool.Text;

namespace HandlePool.Dumps;

/// <summary>Opens files, unpacks gzip and zip, and passes the lines of their texts on.</summary>
/// <remarks>Errors of a file become problems, not exceptions. What was read before an error is kept.</remarks>
internal static class DumpUnpacker
{
    /// <summary>The largest zip archive, in bytes, that is read from a stream without seeking: it is buffered, as its directory is at its end.</summary>
    internal const int LargestBufferedArchive = 256 << 20;

    // Binary data has a NUL early on.
    private const int SampleLength = 4096;

    // The mark of a tar archive is in the header of its first entry. Tars before 1988 have none.
    private const int TarMarkOffset = 257;

    private static ReadOnlySpan<byte> TarMark => "ustar"u8;

    private static ReadOnlySpan<byte> GzipMark => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> ZipMark => "PK\x03\x04"u8;

    private static ReadOnlySpan<byte> EmptyZipMark => "PK\x05\x06"u8;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="target">What takes its texts and problems.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="isNamed">Whether the user has named the file. Otherwise it is of a folder, in which nobody may ever write to a pipe.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    internal static void Read(string path, IDumpTarget target, DumpReaderOptions? options, bool isNamed, CancellationToken cancellationToken)
    {
        DumpPath file = new(path);
        if (Directory.Exists(path))
        {
            target.AddProblem(file, "this is a directory, not a dump. Name its files, or merge them into one session.");
            return;
        }

        if (!isNamed && NamedPipe.IsAt(path))
        {
            target.AddProblem(file, "this is a pipe, and a folder stands for its files. Name the pipe to wait for what is written to it.");
            return;
        }

        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0,
                FileOptions.SequentialScan);
            Read(stream, file, target, options, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            target.AddProblem(file, $"the file cannot be read. {exception.Message}");
        }
    }

    /// <exception cref="IOException">The stream cannot be read.</exception>
    internal static void Read(Stream stream, DumpPath path, IDumpTarget target, DumpReaderOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DumpFile file = new();
        using ProgressStream input = new(stream, path.Text, options?.Progress);
        byte[] head = PrefixedStream.Peek(input, ZipMark.Length);
        PrefixedStream whole = new(head, input);
        DecompressionBudget budget = new(options?.MaxDecompressedSize ?? 0, () => input.Size);
        if (head.AsSpan().StartsWith(GzipMark))
        {
            using BoundedText text = new(new GzipText(whole), budget);
            ReadUnlessTar(text, path, file, target, () => text.Failure, cancellationToken);
        }
        else if (head.AsSpan().StartsWith(ZipMark) || head.AsSpan().StartsWith(EmptyZipMark))
        {
            if (stream.CanSeek)
                ReadArchive(input, path, file, target, budget, cancellationToken);
            else if (Buffer(whole, cancellationToken) is { } buffered)
                ReadArchive(buffered, path, file, target, budget, cancellationToken);
            else
                target.AddProblem(path, "this zip archive has more than 256 MB, too much for a stream. Give its path instead.");
        }
        else
        {
            ReadUnlessTar(whole, path, file, target, () => null, cancellationToken);
        }

        file.Size = input.Size;
        if (!target.Budget.IsExceeded && !budget.IsExceeded)
            file.Sha256 = input.Hash(cancellationToken);
    }

    /// <summary>Passes the lines of a text on. Those of a tar archive would be one text of several, with the headers of its entries between.</summary>
    private static void ReadUnlessTar(Stream text, DumpPath path, DumpFile file, IDumpTarget target, Func<string?> getFailure, CancellationToken cancellationToken)
    {
        byte[] head = PrefixedStream.Peek(text, TarMarkOffset + TarMark.Length);
        if (IsTar(head))
            target.AddProblem(path, "this is a tar archive, which is not read. Unpack it with 'tar -xf' into a folder, and name the folder or its files.");
        else
            ReadText(new PrefixedStream(head, text), path, file, target, getFailure, cancellationToken);
    }

    /// <summary>Passes the lines of a text on.</summary>
    /// <returns>True if the text has a dump.</returns>
    private static bool ReadText(Stream text, DumpPath path, DumpFile file, IDumpTarget target, Func<string?> getFailure, CancellationToken cancellationToken)
    {
        IncrementalDumpReader collector = target.Begin(path, file);
        string? failure = null;
        try
        {
            using DumpLineReader lines = new(text, cancellationToken);
            AddLines(lines, collector);
            failure = collector.Fullness;
        }
        catch (IOException exception)
        {
            failure = $"the rest of the file cannot be read. {exception.Message}";
        }

        return target.End(collector, getFailure() ?? failure);
    }

    /// <summary>Passes lines on, as many at once as possible.</summary>
    internal static void AddLines(DumpLineReader lines, IncrementalDumpReader collector)
    {
        while (collector.Fullness is null && lines.TryRead(out ReadOnlySpan<byte> line, out DumpLineReader.LineKind kind))
        {
            collector.Add(line, lines.Line, kind);
            lines.ParsesAhead = collector.IsInState;
            lines.Skip(collector.AddUsual(lines.Buffered, lines.Place, lines.Offset, lines.Line + 1, out int count), count);
        }
    }

    private static MemoryStream? Buffer(Stream stream, CancellationToken cancellationToken)
    {
        MemoryStream buffered = new();
        byte[] part = new byte[1 << 16];
        for (int read; (read = stream.Read(part)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (buffered.Length + read > LargestBufferedArchive)
                return null;
            buffered.Write(part, 0, read);
        }

        return buffered;
    }

    private static void ReadArchive(Stream stream, DumpPath path, DumpFile file, IDumpTarget target, DecompressionBudget budget,
        CancellationToken cancellationToken)
    {
        int entries = 0;
        bool isReported = false;
        string? archived = null;
        List<string> encrypted = [];
        try
        {
            using ZipArchive archive = new(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entry.FullName.EndsWith('/'))
                    continue;
                entries++;
                if (entry.IsEncrypted)
                    encrypted.Add(VisibleText.Of(entry.FullName));
                else
                    isReported |= ReadEntry(entry, path.Entry(entry.FullName), file, target, budget, ref archived, cancellationToken);
                if (budget.IsExceeded || target.Budget.IsExceeded)
                    break;
            }
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            target.AddProblem(path, BoundedText.Damaged(exception));
            isReported = true;
        }

        if (encrypted.Count > 0)
        {
            target.AddProblem(path, string.Create(CultureInfo.InvariantCulture,
                $"{encrypted.Count} of the {entries} entries read in this zip archive are encrypted, such as '{encrypted[0]}'. Decrypt the archive first."));
        }
        else if (isReported && archived is not null)
        {
            target.AddProblem(path, $"'{archived}' in this zip archive is an archive, which is not read. Unpack it to read what it has.");
        }
        else if (!isReported)
        {
            target.AddProblem(path, string.Create(CultureInfo.InvariantCulture,
                $"this zip archive has no binder dump in its {entries} {(entries == 1 ? "entry" : "entries")}")
                + (archived is null ? "." : $", but another archive: '{archived}'. Unpack this one first."));
        }
    }

    /// <summary>Reads an entry, and sets the name of the first that is an archive itself.</summary>
    /// <returns>True if the entry has a dump, or an error was reported.</returns>
    private static bool ReadEntry(ZipArchiveEntry entry, DumpPath path, DumpFile file, IDumpTarget target, DecompressionBudget budget,
        ref string? archived, CancellationToken cancellationToken)
    {
        try
        {
            using BoundedText content = new(new ZipEntryText(entry), budget);
            byte[] sample = PrefixedStream.Peek(content, SampleLength);
            PrefixedStream whole = new(sample, content);
            if (sample.AsSpan().StartsWith(ZipMark) || IsTar(sample))
                archived ??= path.EntryPath;
            if (!sample.AsSpan().StartsWith(GzipMark))
                return ReadSampled(whole, sample, path, file, target, () => content.Failure, cancellationToken);

            using BoundedText text = new(new GzipText(whole), budget);
            sample = PrefixedStream.Peek(text, SampleLength);
            if (IsTar(sample))
                archived ??= path.EntryPath;
            return ReadSampled(new PrefixedStream(sample, text), sample, path, file, target, () => content.Failure ?? text.Failure, cancellationToken);
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            target.AddProblem(path, BoundedText.Damaged(exception));
            return true;
        }
    }

    private static bool ReadSampled(Stream text, ReadOnlySpan<byte> sample, DumpPath path, DumpFile file, IDumpTarget target, Func<string?> getFailure,
        CancellationToken cancellationToken) =>
        (getFailure() is not null || (IsText(sample) && !ArchiveManifest.IsAt(sample)))
        && (ReadText(text, path, file, target, getFailure, cancellationToken) || getFailure() is not null);

    private static bool IsTar(ReadOnlySpan<byte> head) => head.Length > TarMarkOffset && head[TarMarkOffset..].StartsWith(TarMark);

    private static bool IsText(ReadOnlySpan<byte> sample) =>
        !sample.Contains((byte)0) || sample.StartsWith(Encoding.Unicode.Preamble) || sample.StartsWith(Encoding.BigEndianUnicode.Preamble);

    /// <summary>Returns whether the base class library throws this for damaged archives.</summary>
    private static bool IsDamage(Exception exception) =>
        exception is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException;
}

/// <summary>Receives the texts of a file: one, or several if it is an archive.</summary>
internal interface IDumpTarget
{
    /// <summary>Gets the memory that the sessions may take.</summary>
    ModelBudget Budget { get; }

    /// <summary>Begins a text, and returns the reader of its lines.</summary>
    IncrementalDumpReader Begin(DumpPath path, DumpFile file);

    /// <summary>Ends a text.</summary>
    /// <param name="reader">The reader that <see cref="Begin"/> returned.</param>
    /// <param name="failure">The reason why the text could not be read completely; null if it was.</param>
    /// <returns>True if the text has a dump, or a problem was added.</returns>
    bool End(IncrementalDumpReader reader, string? failure);

    /// <summary>Adds a problem of the file, or of a part of it.</summary>
    void AddProblem(DumpPath path, string message);
}
