using System.Globalization;

namespace HandlePool.Conformance;

/// <summary>What a run was asked for.</summary>
internal sealed record ConformanceOptions
{
    /// <summary>The least number of steps of a random scenario.</summary>
    internal const int StepsOfScenario = 400;

    internal const int ShortScenarios = 12;
    internal const int LongScenarios = 200;

    /// <summary>Gets the folder of the checkout.</summary>
    internal required string Root { get; init; }

    internal string? Kernel { get; init; }

    internal string? Modules { get; init; }

    /// <summary>Gets the rules to compare with; null to choose them by the version of the kernel.</summary>
    internal HandleDriver? Driver { get; init; }

    internal int Seed { get; init; } = 1;

    internal bool IsLong { get; init; }

    internal bool IsMeasuring { get; init; }

    /// <summary>Gets the folder that keeps the results; null to delete them.</summary>
    internal string? Keep { get; init; }

    /// <summary>Gets the longest time that a guest may take. It is emulated, on a machine that may have other work.</summary>
    internal TimeSpan Bound => TimeSpan.FromMinutes(IsLong || IsMeasuring ? 60 : 20);

    /// <summary>Gets the longest time in which a guest may write nothing. It writes a measurement only at its end.</summary>
    internal TimeSpan Silence => IsMeasuring ? Bound : TimeSpan.FromMinutes(4);

    /// <summary>Gets the longest time that shortening a scenario may take.</summary>
    internal static TimeSpan ReductionBound => TimeSpan.FromMinutes(5);

    /// <summary>Reads the arguments: a folder, then options.</summary>
    /// <exception cref="GuestException">They do not fit together.</exception>
    internal static ConformanceOptions Parse(IReadOnlyList<string> arguments)
    {
        ConformanceOptions options = new() { Root = arguments[0] };
        bool isSeedGiven = false;
        for (int at = 1; at < arguments.Count; at++)
        {
            string name = arguments[at];
            options = name switch
            {
                "--long" => options with { IsLong = true },
                "--measure" => options with { IsMeasuring = true },
                _ when at + 1 == arguments.Count => throw new GuestException($"'{name}' is not an option, or lacks a value."),
                "--kernel" => options with { Kernel = arguments[++at] },
                "--modules" => options with { Modules = arguments[++at] },
                "--keep" => options with { Keep = arguments[++at] },
                "--driver" => options with { Driver = ParseDriver(arguments[++at]) },
                "--seed" => options with { Seed = ParseSeed(arguments[++at]) },
                _ => throw new GuestException($"'{name}' is not an option."),
            };
            isSeedGiven |= name == "--seed";
        }

        return options switch
        {
            { Kernel: "" } or { Modules: "" } or { Keep: "" } => throw new GuestException("-Kernel, -Modules and -Keep need a path, and one is empty."),
            { Modules: not null, Kernel: null } => throw new GuestException("-Modules needs -Kernel: the kernel that they belong to."),
            { Driver: not null, Kernel: null } => throw new GuestException("-Driver needs -Kernel: the rules of Debian's kernels are known."),
            { IsMeasuring: true, IsLong: true } => throw new GuestException("-Long is about random scenarios, and -Measure plays none. Leave one of them out."),
            { IsMeasuring: true } when isSeedGiven => throw new GuestException("-Seed is about random scenarios, and -Measure plays none. Leave one of them out."),
            _ => options,
        };
    }

    private static int ParseSeed(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seed) ? seed
        : throw new GuestException($"'{text}' is not a seed. Give a whole number, 0 or more.");

    private static HandleDriver ParseDriver(string text) =>
        Enum.TryParse(text, ignoreCase: true, out HandleDriver driver) && driver is HandleDriver.C or HandleDriver.CTree ? driver
            : throw new GuestException($"'{text}' is not a driver that a kernel may have here. Give C, whose handles come from a bitmap, or CTree, which scans a tree.");
}
