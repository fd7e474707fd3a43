using System.IO.Compression;

namespace HandlePool.IO;

/// <summary>What an entry of a zip archive holds, checked against the length and the checksum that the archive has for it.</summary>
internal sealed class ZipEntryText : ForwardStream
{
    private readonly ZipArchiveEntry _entry;
    private readonly Stream _content;
    private uint _checksum;
    private long _length;

    /// <exception cref="InvalidDataException">The entry is damaged, or compressed in a way that is not known.</exception>
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
        return read > 0 || buffer.IsEmpty || _checksum == _entry.Crc32 ? read : throw new InvalidDataException("The checksum is another.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }
}
