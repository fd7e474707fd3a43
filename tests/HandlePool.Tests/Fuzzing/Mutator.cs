using System.Globalization;
using System.Text;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Creates inputs by small changes to others. The same random numbers give the same input.</summary>
/// <param name="seeds">Valid inputs.</param>
/// <param name="words">The words of the format.</param>
internal sealed class Mutator(byte[][] seeds, string[] words)
{
    private const int MostChanges = 5;
    private const int LongestInput = 6_000;

    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "63", "64", "65", "127", "128", "1000", int.MaxValue.ToString(CultureInfo.InvariantCulture), "2147483648", "4294967295",
        long.MaxValue.ToString(CultureInfo.InvariantCulture), "9223372036854775808", "18446744073709551615", "99999999999999999999",
        "999999999999999999", "00000000000000000001", "1.5", "1e9", "1e400", "0x10", "+1", " 1", "1_000", "\u0663",
    ];

    private static readonly byte[][] Bytes =
    [
        [0], [0, 0, 0, 0], [0xFF, 0xFE], [0xFE, 0xFF], [0xEF, 0xBB, 0xBF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x0D], [0x0D, 0x0A], [0x1B, 0x5B, 0x33, 0x31, 0x6D],
        .. new[] { "\u202E", "\u2028", "\u200B", "\\ud800", "\\u0000", "\t", "  ", "\n\n", "\"", "\\", "{", "}", "[", "]", "<script>", new string('x', 300), new string('9', 300), new string('[', 100), new string(' ', 200) }
            .Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Gets the valid inputs.</summary>
    internal IReadOnlyList<byte[]> Seeds => seeds;

    /// <summary>Creates an input from one of the corpus.</summary>
    internal byte[] Next(Random random, GrowingCorpus corpus)
    {
        byte[] input = corpus.Pick(random);
        for (int changes = random.Next(MostChanges) + 1; changes > 0; changes--)
            input = Change(random, input, corpus);
        return input.Length > LongestInput ? input[..LongestInput] : input;
    }

    private static T Pick<T>(Random random, T[] items) => items[random.Next(items.Length)];

    private byte[] Change(Random random, byte[] input, GrowingCorpus corpus)
    {
        if (input.Length == 0)
            return Pick(random, Bytes);
        Range any = Part(random, input, []), line = Part(random, input, "\n"u8), token = Part(random, input, " ,:{}[]()\"\n"u8);
        byte[] change;
        switch (random.Next(16))
        {
            case 0:
                change = (byte[])input.Clone();
                change[random.Next(input.Length)] ^= (byte)(1 << random.Next(8));
                return change;
            case 1:
                change = (byte[])input.Clone();
                change[random.Next(input.Length)] = (byte)random.Next(256);
                return change;
            case 2:
                return Replace(input, any, []);
            case 3:
                return Replace(input, line, []);
            case 4:
                return Replace(input, token, []);
            case 5:
                return Insert(input, random, input[any]);
            case 6:
                return Insert(input, random, input[line]);
            case 7:
                return Replace(input, token, [.. input[token], .. input[token]]);
            case 8:
                return Replace(input, line, input[Part(random, input, "\n"u8)]);
            case 9:
                return Replace(input, token, input[Part(random, input, " ,:{}[]()\"\n"u8)]);
            case 10:
                byte[] other = corpus.Pick(random);
                return [.. input[..random.Next(input.Length)], .. other[random.Next(other.Length + 1)..]];
            case 11:
                return input[..random.Next(input.Length)];
            case 12 or 13:
                return Replace(input, Number(random, input), Encoding.UTF8.GetBytes(Pick(random, Numbers)));
            case 14:
                return Insert(input, random, Pick(random, Bytes));
            default:
                byte[] word = Encoding.UTF8.GetBytes(Pick(random, words));
                return random.Next(3) switch
                {
                    0 => Insert(input, random, word),
                    1 => Replace(input, token, word),
                    _ => Replace(input, any, [(byte)"[{\""[random.Next(3)], .. input[any], (byte)"]}\""[random.Next(3)]]),
                };
        }
    }

    private static byte[] Replace(byte[] input, Range range, byte[] by) => [.. input[..range.Start], .. by, .. input[range.End..]];

    private static byte[] Insert(byte[] input, Random random, byte[] what)
    {
        int at = random.Next(input.Length + 1);
        return Replace(input, at..at, what);
    }

    /// <summary>What stands between two separators; without separators any part.</summary>
    private static Range Part(Random random, byte[] input, ReadOnlySpan<byte> separators)
    {
        int at = random.Next(input.Length);
        if (separators.IsEmpty)
            return at..Math.Min(input.Length, at + 1 + random.Next(1 << random.Next(9)));
        int end = input.AsSpan(at).IndexOfAny(separators);
        return (input.AsSpan(0, at).LastIndexOfAny(separators) + 1)..(end < 0 ? input.Length : Math.Min(input.Length, at + end + 1));
    }

    /// <summary>A number; any byte where there is none behind it.</summary>
    private static Range Number(Random random, byte[] input)
    {
        int at = random.Next(input.Length);
        int first = input.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (first < 0)
            return at..(at + 1);
        int length = input.AsSpan(at + first).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return (at + first)..(length < 0 ? input.Length : at + first + length);
    }
}
