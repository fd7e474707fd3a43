using System.IO.Compression;

namespace HandlePool.IO;

/// <summary>Decompresses a gzip file, and detects whether it was cut off.</summary>
/// <remarks>
/// <see cref="GZipStream"/> verifies the checksums, but takes the end of a truncated file for the end of its data. As it reads
/// one member of a file after the other, it gets an extra member after the end of the file, which it decompresses only if the
/// file was complete.
/// </remarks>
internal sealed class GzipText : ForwardStream
{
    // Where data is damaged, GZipStream loses what it had decompressed in that call, so each call asks for little.
    private const int LongestStep = 1024;

    private readonly EndMarkedStream _source;
    private readonly GZipStream _gzip;

    /// <summary>Reads from a stream, which the caller closes.</summary>
    internal GzipText(Stream source)
    {
        _source = new EndMarkedStream(source);
        _gzip = new GZipStream(_source, CompressionMode.Decompress);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is damaged, or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _source.IsMarkGiven)
            return 0;
        try
        {
            int read = _gzip.Read(buffer[..Math.Min(buffer.Length, LongestStep)]);

            // GZipStream returns all data before it reads the mark. If it never does, the file ends with something else than a member.
            return _source.IsMarkGiven ? CheckMark(buffer[..read]) : read;
        }
        catch (InvalidDataException) when (_source.IsMarkGiven)
        {
            throw new InvalidDataException("It is cut off.");
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException("Its data or its checksum is wrong.", exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private int CheckMark(ReadOnlySpan<byte> read)
    {
        Span<byte> mark = stackalloc byte[EndMarkedStream.Mark.Length + 1];
        int length = Math.Min(read.Length, mark.Length);
        read[..length].CopyTo(mark);
        for (int more; length < mark.Length && (more = _gzip.Read(mark[length..])) > 0;)
            length += more;
        return mark[..length].SequenceEqual(EndMarkedStream.Mark) ? 0 : throw new InvalidDataException("It is cut off.");
    }

    /// <summary>Appends a gzip member to a stream.</summary>
    private sealed class EndMarkedStream(Stream source) : ForwardStream
    {
        private static readonly byte[] MarkMember = Compress(Mark);

        internal static ReadOnlySpan<byte> Mark => "end of the file: 7Qm0vX2c"u8;

        internal bool IsMarkGiven { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (IsMarkGiven)
                return 0;
            int read = source.Read(buffer);
            if (read > 0)
                return read;
            IsMarkGiven = true;
            MarkMember.CopyTo(buffer);
            return MarkMember.Length;
        }

        private static byte[] Compress(ReadOnlySpan<byte> text)
        {
            using MemoryStream member = new();
            using (GZipStream gzip = new(member, CompressionLevel.NoCompression))
                gzip.Write(text);
            return member.ToArray();
        }
    }
}
