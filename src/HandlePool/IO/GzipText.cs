using System.IO.Compression;

namespace HandlePool.IO;

/// <summary>What a gzip file holds, with the certainty that it was all there.</summary>
/// <remarks>
/// <see cref="GZipStream"/> checks the checksums, but a file that was cut off just ends for it. As it goes on from one
/// member of a file to the next, it is given one member more when the file has ended: only if the file was whole does
/// that come out at the other end.
/// </remarks>
internal sealed class GzipText : ForwardStream
{
    // Where the data turns out to be damaged, GZipStream keeps what it had decompressed in that call: so it is little.
    private const int LongestStep = 1024;

    private readonly EndMarkedStream _source;
    private readonly GZipStream _gzip;

    /// <summary>Reads from a stream, which stays the caller's to close.</summary>
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

            // All that the file had comes out before the mark goes in. If it was not asked for, the file goes on with what is no member.
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

    /// <summary>A stream, and one gzip member behind its end.</summary>
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
