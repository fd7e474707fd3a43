using System.Globalization;
using System.Numerics;
using System.Text;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Tries many inputs, and reduces the first one that fails to what makes it fail.</summary>
/// <remarks>
/// HANDLEPOOL_TEST_SEED selects other inputs, HANDLEPOOL_TEST_INPUTS more or fewer of them. Input n of a seed does not depend on the
/// inputs before it, and a check takes what it varies from the input alone, so that each input can be repeated by itself.
/// </remarks>
internal static class FuzzRun
{
    private const int DefaultSeed = 20_261_122;

    // Of all kinds together; each test says how many of these it takes.
    private const int DefaultInputs = 200_000;
    private const int MostTries = 2_000;

    private static int Seed => FromEnvironment("HANDLEPOOL_TEST_SEED", DefaultSeed);

    /// <summary>Tries inputs, on all cores.</summary>
    /// <param name="inputs">The number of inputs, of 200,000 in all.</param>
    /// <param name="next">Creates an input.</param>
    /// <param name="check">Throws if the input is handled wrongly.</param>
    internal static void Try(int inputs, Func<Random, byte[]> next, Action<byte[]> check)
    {
        long count = (long)inputs * FromEnvironment("HANDLEPOOL_TEST_INPUTS", DefaultInputs) / DefaultInputs;

        // Break still tries all lower numbers, so that the first failure is the same on any number of cores.
        ParallelOptions options = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };
        ParallelLoopResult loop = Parallel.For(0, count, options, (number, state) =>
        {
            if (Failure(check, Input(number)) is not null)
                state.Break();
        });
        if (loop.LowestBreakIteration is not { } first)
            return;

        byte[] input = Input(first), least = Minimize(check, input);
        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"""
            Input {first} of HANDLEPOOL_TEST_SEED={Seed} fails; its {input.Length} bytes are {least.Length} here:
            {Escape(least)}
            {Convert.ToBase64String(least)}
            {Failure(check, least)?.ToString() ?? "It did not fail when it was repeated."}
            """));

        byte[] Input(long number) => next(new Random(unchecked((Seed * 1_000_003) + (int)number)));
    }

    /// <summary>Asserts that reading allocates within bounds, which also reveals an endless loop.</summary>
    /// <param name="text">The text, decompressed.</param>
    /// <param name="read">Reads the text.</param>
    internal static T Bounded<T>(ReadOnlySpan<byte> text, Func<T> read)
    {
        // A number of the text may be a handle or a capacity, which costs bits and the directory of the table.
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

    /// <summary>Asserts that a session is consistent.</summary>
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

    /// <summary>Removes halves, quarters, and so on down to single bytes, as long as the input fails in the same way.</summary>
    private static byte[] Minimize(Action<byte[]> check, byte[] input)
    {
        if (Failure(check, input)?.GetType() is not { } failure)
            return input;
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
