using System.Globalization;
using System.Numerics;
using System.Text;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Tries many inputs, and shows the first that fails with as little around it as possible.</summary>
/// <remarks>
/// HANDLEPOOL_TEST_SEED has other inputs made, HANDLEPOOL_TEST_INPUTS more or fewer of them. Input n of a seed is the same whatever was
/// before it. What a check varies from input to input it takes from the input, so that an input can be tried again by itself.
/// </remarks>
internal static class FuzzRun
{
    private const int DefaultSeed = 20_261_122;

    // All kinds together; the tests say how many of these are theirs.
    private const int DefaultInputs = 200_000;
    private const int MostTries = 2_000;

    private static int Seed => FromEnvironment("HANDLEPOOL_TEST_SEED", DefaultSeed);

    /// <summary>Tries inputs.</summary>
    /// <param name="inputs">How many of the 200,000 in all.</param>
    /// <param name="next">Makes an input.</param>
    /// <param name="check">Throws if something is wrong with what becomes of it.</param>
    internal static void Try(int inputs, Func<Random, byte[]> next, Action<byte[]> check)
    {
        long count = (long)inputs * FromEnvironment("HANDLEPOOL_TEST_INPUTS", DefaultInputs) / DefaultInputs;
        for (int number = 0; number < count; number++)
        {
            byte[] input = next(new Random(unchecked((Seed * 1_000_003) + number)));
            if (Failure(check, input) is not { } failure)
                continue;
            byte[] least = Minimize(check, input, failure.GetType());
            Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"""
                Input {number} of HANDLEPOOL_TEST_SEED={Seed} fails; its {input.Length} bytes are {least.Length} here:
                {Escape(least)}
                {Convert.ToBase64String(least)}
                {Failure(check, least)}
                """));
        }
    }

    /// <summary>Asserts that reading does not allocate without bounds, by which an endless loop is seen as well.</summary>
    /// <param name="text">What is read, decompressed.</param>
    /// <param name="read">Reads it.</param>
    internal static T Bounded<T>(ReadOnlySpan<byte> text, Func<T> read)
    {
        // Where handles and capacities are numbers of the text, a pool may be as large, with its table's directory beside its bits.
        long allowed = (512 << 10) + (600L * text.Length);
        ReadOnlySpan<byte> rest = text;
        for (int first; (first = rest.IndexOfAnyInRange((byte)'0', (byte)'9')) >= 0;)
        {
            rest = rest[first..];
            int length = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            length = length < 0 ? rest.Length : length;
            if (int.TryParse(rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < 1 << 30)
                allowed += BitOperations.RoundUpToPowerOf2((uint)number + 1) / 2;
            rest = rest[length..];
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            return read();
        }
        finally
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= allowed, string.Create(CultureInfo.InvariantCulture, $"{allocated} bytes were allocated for {text.Length} bytes of text."));
        }
    }

    /// <summary>Asserts that what was read fits together.</summary>
    internal static void FitsTogether(HandleSession session) => Assert.Empty(session.FindMismatches());

    private static Exception? Failure(Action<byte[]> check, byte[] input)
    {
        try
        {
            check(input);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    /// <summary>Takes away what is not needed for it to fail in the same way: halves, quarters, and so on down to single bytes.</summary>
    private static byte[] Minimize(Action<byte[]> check, byte[] input, Type failure)
    {
        int tries = 0;
        for (int length = (input.Length + 1) / 2; length > 0; length /= 2)
        {
            for (int start = 0; start < input.Length && tries < MostTries;)
            {
                byte[] less = [.. input[..start], .. input[Math.Min(input.Length, start + length)..]];
                tries++;
                if (Failure(check, less)?.GetType() == failure)
                    input = less;
                else
                    start += length;
            }
        }

        return input;
    }

    private static string Escape(byte[] input) => string.Concat(Encoding.Latin1.GetString(input).Select(letter =>
        letter is '\n' or (>= ' ' and <= '~' and not '\\') ? letter.ToString() : $"\\x{(int)letter:X2}"));

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
