using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace HandlePool.Dumps;

/// <summary>Buffers text as UTF-8 and writes it in large blocks.</summary>
internal sealed class DumpBuffer(Stream stream)
{
    // What fills the first buffer is written in larger blocks.
    private const int FirstSize = 1 << 12;
    private const int Size = 1 << 16;

    // Longer than any text of the driver's own words and numbers.
    private const int LongestPart = 512;

    private byte[] _bytes = new byte[FirstSize];
    private int _length;

    /// <summary>Appends part of a line: the driver's own words, and numbers.</summary>
    internal void Add([InterpolatedStringHandlerArgument("")] Part part)
    {
        bool fits = Utf8.TryWrite(_bytes.AsSpan(_length), ref part.Text, out int written);
        Debug.Assert(fits, "A part is longer than the longest.");
        _length += written;
    }

    /// <summary>Appends a name, which can have any length.</summary>
    internal void AddName(string name)
    {
        Flush();
        stream.Write(Encoding.UTF8.GetBytes(name));
    }

    internal void Flush()
    {
        stream.Write(_bytes, 0, _length);
        _length = 0;
    }

    private Span<byte> Reserve()
    {
        if (_bytes.Length - _length < LongestPart)
        {
            if (_bytes.Length < Size)
                Array.Resize(ref _bytes, Size);
            else
                Flush();
        }

        return _bytes.AsSpan(_length);
    }

    /// <summary>Formats the holes of an interpolated string into the buffer.</summary>
    [InterpolatedStringHandler]
    internal ref struct Part(int literalLength, int holes, DumpBuffer buffer)
    {
        internal Utf8.TryWriteInterpolatedStringHandler Text =
            new(literalLength, holes, buffer.Reserve(), CultureInfo.InvariantCulture, out _);

        public bool AppendLiteral(string text) => Text.AppendLiteral(text);

        public bool AppendFormatted(long number) => Text.AppendFormatted(number);

        public bool AppendFormatted(ulong pointer, string format) => Text.AppendFormatted(pointer, format);

        public bool AppendFormatted(ReadOnlySpan<byte> word) => Text.AppendFormatted(word);
    }
}
