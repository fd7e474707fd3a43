namespace HandlePool.Dumps;

/// <summary>Counts the bytes read from a file, and reports them about every 4 MB.</summary>
/// <remarks>It can seek if the file can, as the directory of a zip archive is at its end. Bytes that are read twice count twice.</remarks>
internal sealed class ProgressStream(Stream file, string path, Action<DumpProgress>? report) : Stream
{
    private const long Interval = 4 << 20;

    // Files that the kernel generates as they are read have no length.
    private readonly long? _length = file.CanSeek && file.Length > 0 ? file.Length : null;
    private long _reported;

    /// <summary>Gets the number of bytes read so far.</summary>
    internal long BytesRead { get; private set; }

    /// <summary>Gets the size of the file in bytes; the bytes read so far, if it is unknown.</summary>
    internal long Size => _length ?? BytesRead;

    public override bool CanRead => true;

    public override bool CanSeek => file.CanSeek;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        int read = file.Read(buffer);
        BytesRead += read;
        if (report is not null && BytesRead - _reported >= Interval)
        {
            _reported = BytesRead;
            report(new DumpProgress(path, Math.Min(BytesRead, _length ?? long.MaxValue), _length));
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
