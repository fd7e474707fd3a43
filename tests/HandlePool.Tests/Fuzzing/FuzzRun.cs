using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Tries many inputs, and reduces the first one that fails to what makes it fail.</summary>
/// <remarks>
/// HANDLEPOOL_TEST_SEED selects other inputs, HANDLEPOOL_TEST_INPUTS more or fewer of them. Inputs that reach new code are changed further,
/// so that an input depends on those of the generations before it, but not on the number of cores. A check takes what it varies from the
/// input alone, so that each input can be repeated by itself.
/// </remarks>
internal static class FuzzRun
{
    private const int DefaultSeed = 20_261_122;

    // Of all kinds together; each test says how many of these it takes.
    private const int DefaultInputs = 200_000;
    private const int MostTries = 2_000;
    private const int Generation = 500;
    private const int ToldEach = 50_000;

    // Counting takes as long again as reading.
    private const int CountedOneOf = 5;

    private static int Seed { get; } = FromEnvironment("HANDLEPOOL_TEST_SEED", DefaultSeed);

    /// <summary>Tries inputs, on all cores.</summary>
    /// <param name="inputs">The number of inputs, of 200,000 in all.</param>
    /// <param name="mutator">Creates the inputs.</param>
    /// <param name="check">A static method that throws if the input is handled wrongly.</param>
    /// <param name="output">Where to tell what was reached.</param>
    internal static void Try(int inputs, Mutator mutator, Action<byte[]> check, ITestOutputHelper output)
    {
        long count = (long)inputs * FromEnvironment("HANDLEPOOL_TEST_INPUTS", DefaultInputs) / DefaultInputs;
        Action<byte[], byte[]> counting = CoveredLibrary.Count(check);
        Stopwatch watch = Stopwatch.StartNew();
        GrowingCorpus corpus = new();
        foreach (byte[] seed in mutator.Seeds)
        {
            byte[] counts = NewCounts();
            if (Failure(input => counting(input, counts), seed) is { } failure)
                Fail("A seed", seed, failure, check);
            corpus.Add(seed, counts);
        }

        for (long first = 0; first < count; first += Generation)
        {
            TryGeneration(first, (int)Math.Min(Generation, count - first));
            if ((first + Generation) % ToldEach == 0)
                Tell(first + Generation);
        }

        Tell(count);

        void Tell(long tried) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{tried} inputs in {watch.Elapsed.TotalSeconds:0} s; {corpus.Count - mutator.Seeds.Count} reached more; blocks: {corpus.Reached()}"));

        void TryGeneration(long first, int size)
        {
            byte[]?[] reached = new byte[]?[size];

            // Break still tries all lower numbers, so that the first failure is the same on any number of cores.
            ParallelOptions options = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };
            ParallelLoopResult loop = Parallel.For(0, size, options, NewCounts, (index, state, counts) =>
            {
                bool isCounted = index % CountedOneOf == 0;
                if (isCounted)
                    Array.Clear(counts);
                if (Failure(isCounted ? input => counting(input, counts) : check, Input(first + index)) is not null)
                    state.Break();
                else if (isCounted && corpus.IsNew(counts))
                    reached[index] = [.. counts];
                return counts;
            }, _ => { });
            if (loop.LowestBreakIteration is { } failed)
                Fail($"Input {first + failed}", Input(first + failed), Failure(input => counting(input, NewCounts()), Input(first + failed)), check);

            (int Index, byte[] Input)[] added = [.. Enumerable.Range(0, size).Where(index => reached[index] is not null).Select(index => (index, Input(first + index)))];
            foreach ((int index, byte[] input) in added)
            {
                if (corpus.IsNew(reached[index]!))
                    corpus.Add(input, reached[index]!);
            }
        }

        byte[] Input(long number) => mutator.Next(new Random(unchecked((Seed * 1_000_003) + (int)number)), corpus);

        static byte[] NewCounts() => new byte[CoveredLibrary.NamespaceOfBlock.Count];
    }

    private static void Fail(string what, byte[] input, Exception? failure, Action<byte[]> check)
    {
        byte[] least = Minimize(check, input);
        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"""
            {what} of HANDLEPOOL_TEST_SEED={Seed} fails; its {input.Length} bytes are {least.Length} here:
            {Escape(least)}
            {Convert.ToBase64String(least)}
            {Failure(check, least) ?? failure}
            """));
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
