using System.Globalization;

namespace HandlePool.Tests.Models;

/// <summary>Defines the number of operations to try and the seed to start from, which <c>build.ps1 Test -Long -Seed 7</c> sets.</summary>
internal static class ModelSettings
{
    internal const string SeedVariable = "HANDLEPOOL_TEST_SEED", OperationsVariable = "HANDLEPOOL_TEST_OPERATIONS";

    /// <summary>The default seed is fixed, so that a failing build fails again.</summary>
    private const long DefaultSeed = 1, DefaultOperations = 1_000_000;

    internal static long Seed { get; } = Number(SeedVariable, DefaultSeed, least: 0, most: int.MaxValue);

    /// <summary>Gets the number of operations in all, divided among the drivers and allocators.</summary>
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
