using System.Globalization;
using System.IO.Compression;
using System.Text;
using HandlePool.IO;
using HandlePool.Names;

namespace HandlePool.Dumps;

/// <summary>Finds the texts in a file, compressed or not, and has their lines taken.</summary>
/// <remarks>What is wrong with the file becomes a problem, and never an exception. What was read before counts.</remarks>
internal static class DumpUnpacker
{
    /// <summary>How large a zip archive may be that comes in a stream that cannot seek: it is kept in memory, as its directory is at its end.</summary>
    internal const int LargestBufferedArchive = 256 << 20;

    // What is no text has a NUL early on.
    private const int SampleLength = 4096;

    private static ReadOnlySpan<byte> GzipMark => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> ZipMark => "PK\x03\x04"u8;

    private static ReadOnlySpan<byte> EmptyZipMark => "PK\x05\x06"u8;

    internal static void Read(string path, IDumpTarget target, DumpReaderOptions? options, CancellationToken cancellationToken)
    {
        DumpPath file = new(path);
        if (Directory.Exists(path))
        {
            target.AddProblem(file, "this is a directory, not a dump. Name the files in it, or have them merged into one session.");
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
            target.AddProblem(file, $"it cannot be read. {exception.Message}");
        }
    }

    /// <exception cref="IOException">It cannot be read at all.</exception>
    internal static void Read(Stream stream, DumpPath path, IDumpTarget target, DumpReaderOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ProgressStream input = new(stream, path.Text, options?.Progress);
        byte[] head = PrefixedStream.Peek(input, ZipMark.Length);
        PrefixedStream whole = new(head, input);
        DecompressionBudget budget = new(options?.MaxDecompressedSize ?? 0, () => input.Size);
        if (head.AsSpan().StartsWith(GzipMark))
        {
            using BoundedText text = new(new GzipText(whole), budget);
            ReadText(text, path, target, () => text.Failure, cancellationToken);
        }
        else if (head.AsSpan().StartsWith(ZipMark) || head.AsSpan().StartsWith(EmptyZipMark))
        {
            if (stream.CanSeek)
                ReadArchive(input, path, target, budget, cancellationToken);
            else if (Buffer(whole, cancellationToken) is { } buffered)
                ReadArchive(buffered, path, target, budget, cancellationToken);
            else
                target.AddProblem(path, "this is a zip archive of more than 256 MB in a stream. Give its path, as its directory is at its end.");
        }
        else
        {
            ReadText(whole, path, target, () => null, cancellationToken);
        }
    }

    /// <summary>Has the lines of a text taken.</summary>
    /// <returns>Whether there was a dump in it.</returns>
    private static bool ReadText(Stream text, DumpPath path, IDumpTarget target, Func<string?> getFailure, CancellationToken cancellationToken)
    {
        IncrementalDumpReader collector = target.Begin(path);
        string? failure = null;
        try
        {
            DumpLineReader lines = new(text, cancellationToken);
            while (collector.Fullness is null && lines.TryRead(out ReadOnlySpan<byte> line, out DumpLineReader.LineKind kind))
                collector.Add(line, lines.Line, kind);
            failure = collector.Fullness;
        }
        catch (IOException exception)
        {
            failure = $"it cannot be read to its end. {exception.Message}";
        }

        return target.End(collector, getFailure() ?? failure);
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

    private static void ReadArchive(Stream stream, DumpPath path, IDumpTarget target, DecompressionBudget budget, CancellationToken cancellationToken)
    {
        int entries = 0;
        bool isAnythingSaid = false;
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
                    isAnythingSaid |= ReadEntry(entry, path.Entry(entry.FullName), target, budget, cancellationToken);
                if (budget.IsExceeded || target.Budget.IsExceeded)
                    break;
            }
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            target.AddProblem(path, BoundedText.Damaged(exception));
            isAnythingSaid = true;
        }

        if (encrypted.Count > 0)
        {
            target.AddProblem(path, string.Create(CultureInfo.InvariantCulture,
                $"{encrypted.Count} of {entries} entries of this zip archive looked at are encrypted and cannot be read, such as '{encrypted[0]}'."));
        }
        else if (!isAnythingSaid)
        {
            target.AddProblem(path, string.Create(CultureInfo.InvariantCulture,
                $"there is no binder dump in this zip archive: {entries} {(entries == 1 ? "entry was" : "entries were")} looked at."));
        }
    }

    /// <returns>Whether there was a dump in it, or something wrong with it.</returns>
    private static bool ReadEntry(ZipArchiveEntry entry, DumpPath path, IDumpTarget target, DecompressionBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            using BoundedText content = new(new ZipEntryText(entry), budget);
            byte[] sample = PrefixedStream.Peek(content, SampleLength);
            PrefixedStream whole = new(sample, content);
            if (!sample.AsSpan().StartsWith(GzipMark))
                return ReadSampled(whole, sample, path, target, () => content.Failure, cancellationToken);

            using BoundedText text = new(new GzipText(whole), budget);
            sample = PrefixedStream.Peek(text, SampleLength);
            return ReadSampled(new PrefixedStream(sample, text), sample, path, target, () => content.Failure ?? text.Failure, cancellationToken);
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            target.AddProblem(path, BoundedText.Damaged(exception));
            return true;
        }
    }

    private static bool ReadSampled(Stream text, ReadOnlySpan<byte> sample, DumpPath path, IDumpTarget target, Func<string?> getFailure,
        CancellationToken cancellationToken) =>
        (getFailure() is not null || IsText(sample))
        && (ReadText(text, path, target, getFailure, cancellationToken) || getFailure() is not null);

    private static bool IsText(ReadOnlySpan<byte> sample) =>
        !sample.Contains((byte)0) || sample.StartsWith(Encoding.Unicode.Preamble) || sample.StartsWith(Encoding.BigEndianUnicode.Preamble);

    /// <summary>What the base class library says about archives that are not as they should be.</summary>
    private static bool IsDamage(Exception exception) =>
        exception is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException;
}
