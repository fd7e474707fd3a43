using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace HandlePool.Dumps;

/// <summary>Buffers lines and writes them in large blocks.</summary>
internal ref struct DumpBuffer
{
    private const int Size = 1 << 16;
    private const int LongestNumber = 20;

    private readonly Stream _stream;
    private readonly byte[] _bytes = new byte[Size];
    private int _length;

    internal DumpBuffer(Stream stream) => _stream = stream;

    internal void Text(ReadOnlySpan<byte> text)
    {
        if (text.Length > Size - _length)
            Flush();
        if (text.Length > Size)
        {
            _stream.Write(text);
            return;
        }

        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
    }

    internal void Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    internal void Number(long number)
    {
        Reserve();
        Utf8Formatter.TryFormat(number, _bytes.AsSpan(_length), out int written);
        _length += written;
    }

    /// <summary>Appends a text and a number.</summary>
    internal void Field(ReadOnlySpan<byte> name, long number)
    {
        Text(name);
        Number(number);
    }

    /// <summary>Appends a letter and a pointer of 16 hex digits.</summary>
    internal void Pointer(ReadOnlySpan<byte> name, ulong pointer)
    {
        Text(name);
        Reserve();
        Utf8Formatter.TryFormat(pointer, _bytes.AsSpan(_length), out int written, new StandardFormat('x', 16));
        _length += written;
    }

    internal void Flush()
    {
        _stream.Write(_bytes, 0, _length);
        _length = 0;
    }

    private void Reserve()
    {
        if (Size - _length < LongestNumber)
            Flush();
    }
}
