namespace HandlePool.Conformance;

/// <summary>Represents what processes do to a driver, in steps. README.md has them.</summary>
/// <param name="Name">The name, which is one of a file.</param>
/// <param name="Steps">The steps, one a line.</param>
internal sealed record Scenario(string Name, IReadOnlyList<string> Steps)
{
    /// <summary>The first line of a scenario that a kernel without freeze notifications cannot play.</summary>
    internal const string FreezeMark = "# Needs freeze notifications.";

    internal bool NeedsFreezeNotifications => Steps.Count > 0 && Steps[0] == FreezeMark;

    /// <summary>Gets whether the scenario is a file, whose steps are all meant to be played.</summary>
    internal bool IsWritten { get; private init; }

    /// <summary>Reads the files of a folder.</summary>
    /// <exception cref="InvalidDataException">A step is wrong.</exception>
    internal static Scenario[] ReadAll(string folder) => [.. Directory.GetFiles(folder, "*.steps").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Reads the steps of a file.</summary>
    /// <exception cref="InvalidDataException">A step is wrong.</exception>
    internal static Scenario Read(string path)
    {
        string[] steps = File.ReadAllLines(path);
        return StepCheck.Find(steps) is var (line, problem) ? throw new InvalidDataException(FormattableString.Invariant($"{path}:{line}: {problem}"))
            : new Scenario(Path.GetFileNameWithoutExtension(path), steps) { IsWritten = true };
    }
}
