using System.Globalization;

namespace HandlePool.Tests.Models;

/// <summary>How much is tried, and from which seed on: what <c>build.ps1 Test -Long -Seed 7</c> sets for the run.</summary>
internal static class ModelSettings
{
    internal const string SeedVariable = "HANDLEPOOL_TEST_SEED", OperationsVariable = "HANDLEPOOL_TEST_OPERATIONS";

    /// <summary>Where nothing is set: always the same, so that a build that fails is one that fails again.</summary>
    private const long DefaultSeed = 1, DefaultOperations = 1_000_000;

    internal static long Seed { get; } = Number(SeedVariable, DefaultSeed, least: 0, most: int.MaxValue);

    /// <summary>How many in all, shared out among the allocators.</summary>
    internal static long Operations { get; } = Number(OperationsVariable, DefaultOperations, least: 1, most: long.MaxValue / 2);

    private static long Number(string variable, long byDefault, long least, long most)
    {
        string? text = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(text))
            return byDefault;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw new FormatException($"The environment variable {variable} is '{text}', and must be a whole number from {least} to {most}.");
    }
}
