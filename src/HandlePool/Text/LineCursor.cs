using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace HandlePool.Text;

/// <summary>Parses a line from left to right. A failed step does not move the cursor.</summary>
internal ref struct LineCursor
{
    private const int MostDigits = 19;
    private const int PointerDigits = 16;

    private static ReadOnlySpan<ulong> PowersOfTen => [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

    private readonly ReadOnlySpan<byte> _line;
    private int _at;

    internal LineCursor(ReadOnlySpan<byte> line) => _line = line;

    internal readonly ReadOnlySpan<byte> Rest => _line[_at..];

    /// <summary>Gets the number of bytes before the cursor.</summary>
    internal readonly int Position => _at;

    internal readonly bool IsAtEnd => _at == _line.Length;

    /// <summary>Gets whether a space or the end is next.</summary>
    internal readonly bool IsAtWordEnd => IsAtEnd || _line[_at] is (byte)' ' or (byte)'\t';

    /// <summary>Moves behind spaces and tabs, and returns their number.</summary>
    internal int SkipSpace()
    {
        ReadOnlySpan<byte> line = _line;
        int at = _at;
        while ((uint)at < (uint)line.Length && line[at] is (byte)' ' or (byte)'\t')
            at++;
        int skipped = at - _at;
        _at = at;
        return skipped;
    }

    internal bool TryText(ReadOnlySpan<byte> text)
    {
        if (!_line[_at..].StartsWith(text))
            return false;
        _at += text.Length;
        return true;
    }

    /// <summary>Reads a word, and moves behind the spaces and tabs after it, of which there must be one.</summary>
    internal bool TryWord(ReadOnlySpan<byte> word)
    {
        int before = _at;
        if (TryText(word) && SkipSpace() > 0)
            return true;
        _at = before;
        return false;
    }

    /// <summary>Reads two words, with any space between them.</summary>
    internal bool TryWords(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        int before = _at;
        if (TryWord(first) && TryText(second))
            return true;
        _at = before;
        return false;
    }

    /// <summary>Reads a decimal number of at most 19 digits that fits in 63 bits.</summary>
    internal bool TryNumber(out long value)
    {
        ReadOnlySpan<byte> line = _line;
        int at = _at;
        ulong number = 0;
        int count = sizeof(ulong);
        while (count == sizeof(ulong) && line.Length - at >= sizeof(ulong))
        {
            number = unchecked((number * PowersOfTen[count = CountDigits(line[at..], out ulong part)]) + part);
            at += count;
        }

        for (; count == sizeof(ulong) && at < line.Length && (uint)(line[at] - '0') <= 9; at++)
            number = unchecked((number * 10) + (uint)(line[at] - '0'));
        int digits = at - _at;
        bool isRead = digits is > 0 and <= MostDigits && number <= long.MaxValue;
        value = isRead ? (long)number : 0;
        if (!isRead)
            return false;
        _at = at;
        return true;
    }

    /// <summary>Reads an id of the C driver's counter, whose 32 bits are printed as a signed number, or one of the Rust driver's, which has 64 bits.</summary>
    internal bool TryId(out long id)
    {
        int before = _at;
        if (!TryText("-"u8))
            return TryNumber(out id);
        if (TryNumber(out id) && id is > 0 and <= 1L << 31)
        {
            id = (1L << 32) - id;
            return true;
        }

        _at = before;
        id = 0;
        return false;
    }

    /// <summary>Returns how many of the next eight bytes are decimal digits before any other, and their number.</summary>
    private static int CountDigits(ReadOnlySpan<byte> text, out ulong number)
    {
        // Eight at once: a loop over the digits of short numbers mispredicts its end nearly each time.
        ulong digits = BinaryPrimitives.ReadUInt64LittleEndian(text) ^ 0x3030_3030_3030_3030;
        ulong others = unchecked(((digits + 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080);
        int count = BitOperations.TrailingZeroCount(others) >> 3;
        if (count == 0)
        {
            number = 0;
            return 0;
        }

        // Zeros in front, then digits become pairs, pairs fours, and fours the number.
        digits <<= 64 - (count << 3);
        digits = unchecked((digits * 10) + (digits >> 8));
        number = unchecked((((digits & 0x0000_00FF_0000_00FF) * 0x000F_4240_0000_0064) + (((digits >> 16) & 0x0000_00FF_0000_00FF) * 0x0000_2710_0000_0001)) >> 32);
        return count;
    }

    /// <summary>Reads a pointer of exactly 16 hexadecimal digits, as 64-bit kernels print it. More digits may follow.</summary>
    internal bool TryWholePointer(out ulong value)
    {
        value = 0;
        ReadOnlySpan<byte> line = _line;
        int at = _at;
        if (line.Length - at < PointerDigits)
            return false;
        Vector128<byte> letters = Vector128.Create(line.Slice(at, PointerDigits));
        Vector128<byte> digits = letters - Vector128.Create((byte)'0');
        Vector128<byte> others = (letters | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a');
        Vector128<byte> areDigits = Vector128.LessThan(digits, Vector128.Create((byte)10));
        Vector128<byte> areOthers = Vector128.LessThan(others, Vector128.Create((byte)6));
        if ((areDigits | areOthers) != Vector128<byte>.AllBitsSet)
            return false;
        Vector128<ulong> values = Vector128.ConditionalSelect(areDigits, digits, others + Vector128.Create((byte)10)).AsUInt64();
        value = ((ulong)Pack(values[0]) << 32) | Pack(values[1]);
        _at = at + PointerDigits;
        return true;

        // From eight bytes with four bits each, the first in memory the highest.
        static uint Pack(ulong parts)
        {
            parts = ((parts << 4) | (parts >> 8)) & 0x00FF_00FF_00FF_00FF;
            parts = (parts | (parts >> 8)) & 0x0000_FFFF_0000_FFFF;
            return BinaryPrimitives.ReverseEndianness((uint)(parts | (parts >> 16)));
        }
    }

    /// <summary>Reads a name and a number, such as <c>desc 12</c>, with any space before each.</summary>
    internal bool TryField(ReadOnlySpan<byte> name, out long value)
    {
        int before = _at;
        SkipSpace();
        if (TryText(name))
        {
            SkipSpace();
            if (TryNumber(out value))
                return true;
        }

        _at = before;
        value = 0;
        return false;
    }

    /// <summary>Reads a name and an id, such as <c>node 12</c>, with any space before each.</summary>
    internal bool TryIdField(ReadOnlySpan<byte> name, out long id)
    {
        int before = _at;
        SkipSpace();
        if (TryText(name))
        {
            SkipSpace();
            if (TryId(out id))
                return true;
        }

        _at = before;
        id = 0;
        return false;
    }

    /// <summary>Reads a letter and a pointer, such as <c>u00000000efdb9050</c> or, padded, <c>u  (null)</c>, with any space before it.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="pointer">The address; 0 if it is null or a word.</param>
    /// <param name="isAddress">Whether it is null or hexadecimal: early in a boot, the kernel prints <c>(ptrval)</c>.</param>
    internal bool TryPointer(ReadOnlySpan<byte> letter, out ulong pointer, out bool isAddress)
    {
        int before = _at;
        SkipSpace();
        if (TryText(letter))
        {
            SkipSpace();
            if (TryHex(out pointer))
            {
                isAddress = true;
                return true;
            }

            ReadOnlySpan<byte> word = Word();
            isAddress = IsNull(word);
            if (!word.IsEmpty)
                return true;
        }

        _at = before;
        pointer = 0;
        isAddress = false;
        return false;
    }

    /// <summary>Reads a word of at most 16 hexadecimal digits.</summary>
    private bool TryHex(out ulong value)
    {
        ReadOnlySpan<byte> line = _line;
        int at = _at;
        value = 0;
        for (int digit; (uint)at < (uint)line.Length && (digit = HexValue(line[at])) >= 0; at++)
            value = (value << 4) | (uint)digit;
        if (at - _at is 0 or > 16 || ((uint)at < (uint)line.Length && line[at] is not ((byte)' ' or (byte)'\t')))
        {
            value = 0;
            return false;
        }

        _at = at;
        return true;
    }

    private static int HexValue(byte letter)
    {
        int digit = letter - '0';
        if ((uint)digit <= 9)
            return digit;
        digit = (letter | 0x20) - 'a';
        return (uint)digit <= 5 ? digit + 10 : -1;
    }

    internal static bool IsNull(ReadOnlySpan<byte> pointer) => !pointer.ContainsAnyExcept((byte)'0') || pointer.SequenceEqual("(null)"u8);

    /// <summary>Moves to the next occurrence of the text, or to the end.</summary>
    internal void SkipTo(ReadOnlySpan<byte> text)
    {
        int length = Rest.IndexOf(text);
        _at = length < 0 ? _line.Length : _at + length;
    }

    /// <summary>Reads up to the next space.</summary>
    internal ReadOnlySpan<byte> Word()
    {
        ReadOnlySpan<byte> rest = Rest;
        int length = rest.IndexOfAny((byte)' ', (byte)'\t');
        if (length < 0)
            length = rest.Length;
        _at += length;
        return rest[..length];
    }
}
