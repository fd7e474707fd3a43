using System.Buffers;
using HandlePool.IO;

namespace HandlePool.Dumps;

/// <summary>Counts and hashes the bytes read from a file, and reports them about every 4 MB.</summary>
/// <remarks>
/// It can seek if the file can, as the directory of a zip archive is at its end. Bytes that are read twice count twice, and the hash is
/// then that of a second reading.
/// </remarks>
internal sealed class ProgressStream(Stream file, string path, Action<DumpProgress>? report) : Stream
{
    private const long Interval = 4 << 20;

    // Files that the kernel generates as they are read have no length.
    private readonly long? _length = file.CanSeek && file.Length > 0 ? file.Length : null;
    private readonly BackgroundHash _hash = new();
    private long _reported;
    private bool _hasSought;

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
        set
        {
            _hasSought = true;
            file.Position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int read = file.Read(buffer);
        BytesRead += read;
        if (!_hasSought)
            _hash.Append(buffer[..read]);
        if (report is not null && BytesRead - _reported >= Interval)
        {
            _reported = BytesRead;
            report(new DumpProgress(path, Math.Min(BytesRead, _length ?? long.MaxValue), _length));
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin)
    {
        _hasSought = true;
        return file.Seek(offset, origin);
    }

    /// <summary>Reads the rest of the file, and returns the SHA-256 of the whole in lowercase hexadecimal digits.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal string Hash(CancellationToken cancellationToken)
    {
        if (_hasSought)
        {
            _hash.Reset();
            file.Position = 0;
        }

        // Of most files nothing is left.
        byte[] part = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            for (int read; (read = file.Read(part)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _hash.Append(part.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }

        return _hash.Complete();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
