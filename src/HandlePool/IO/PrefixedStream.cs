namespace HandlePool.IO;

/// <summary>Represents what was already read from a stream, followed by the rest.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ForwardStream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    /// <summary>Reads the given number of bytes from a stream, or fewer if it ends.</summary>
    internal static byte[] Peek(Stream stream, int count)
    {
        byte[] head = new byte[count];
        int length = stream.ReadAtLeast(head, count, throwOnEndOfStream: false);
        return length == count ? head : head[..length];
    }

    public override int Read(Span<byte> buffer)
    {
        if (_prefix.IsEmpty)
            return rest.Read(buffer);
        int length = Math.Min(buffer.Length, _prefix.Length);
        _prefix.Span[..length].CopyTo(buffer);
        _prefix = _prefix[length..];
        return length;
    }
}
