using System;
using System.IO;
using System.Text;

namespace HandlePoolTools;

/// <summary>Writes text as UTF-8 through a buffer: a dump of 1 GB is too much for a TextWriter's formatting.</summary>
public sealed class DumpText : IDisposable
{
    // What is asked for at once is far smaller: names, numbers and the words of a line.
    private const int Room = 64;

    private readonly Stream _stream;
    private readonly bool _isCrlf;
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _length;

    /// <summary>Writes to a stream, which is closed with this.</summary>
    public DumpText(Stream stream, bool isCrlf, bool hasBom)
    {
        _stream = stream;
        _isCrlf = isCrlf;
        if (hasBom)
            _stream.Write(Encoding.UTF8.Preamble);
    }

    /// <summary>Appends a string. Its line feeds become CR LF if that is asked for.</summary>
    public DumpText Add(string value)
    {
        foreach (Rune rune in value.EnumerateRunes())
        {
            if (_length > _buffer.Length - Room)
                Flush();
            if (rune.IsAscii)
            {
                if (rune.Value == '\n' && _isCrlf)
                    _buffer[_length++] = (byte)'\r';
                _buffer[_length++] = (byte)rune.Value;
            }
            else
            {
                _length += rune.EncodeToUtf8(_buffer.AsSpan(_length));
            }
        }

        return this;
    }

    /// <summary>Appends a number, decimal.</summary>
    public DumpText Add(int value)
    {
        if (_length > _buffer.Length - Room)
            Flush();
        System.Buffers.Text.Utf8Formatter.TryFormat(value, _buffer.AsSpan(_length), out int written);
        _length += written;
        return this;
    }

    /// <summary>Appends a number as 16 digits in hex.</summary>
    public DumpText AddHex(ulong value)
    {
        if (_length > _buffer.Length - Room)
            Flush();
        for (int shift = 60; shift >= 0; shift -= 4)
            _buffer[_length++] = (byte)"0123456789abcdef"[(int)(value >> shift) & 15];
        return this;
    }

    public void Dispose()
    {
        Flush();
        _stream.Dispose();
    }

    private void Flush()
    {
        _stream.Write(_buffer, 0, _length);
        _length = 0;
    }
}
