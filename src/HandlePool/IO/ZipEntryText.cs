using System.IO.Compression;

namespace HandlePool.IO;

/// <summary>Decompresses an entry of a zip archive, and verifies its length and checksum.</summary>
internal sealed class ZipEntryText : ForwardStream
{
    private readonly ZipArchiveEntry _entry;
    private readonly Stream _content;
    private uint _checksum;
    private long _length;

    /// <exception cref="InvalidDataException">The entry is damaged, or its compression is not supported.</exception>
    internal ZipEntryText(ZipArchiveEntry entry)
    {
        _entry = entry;
        _content = entry.Open();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is damaged.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = _content.Read(buffer);
        _length += read;
        _checksum = Crc32.Append(_checksum, buffer[..read]);
        if (read == 0 && !buffer.IsEmpty && _length != _entry.Length)
            throw new InvalidDataException($"It ends after {_length} of {_entry.Length} bytes.");
        return read > 0 || buffer.IsEmpty || _checksum == _entry.Crc32 ? read : throw new InvalidDataException("The checksum does not match.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }
}
