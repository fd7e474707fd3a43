namespace HandlePool.Conformance;

/// <summary>Represents what processes do to a driver, in steps. README.md has them.</summary>
/// <param name="Name">The name, which is one of a file.</param>
/// <param name="Steps">The steps, one a line.</param>
internal sealed record Scenario(string Name, IReadOnlyList<string> Steps)
{
    /// <summary>The first line of a scenario that a kernel without freeze notifications cannot play.</summary>
    internal const string FreezeMark = "# Needs freeze notifications.";

    internal bool NeedsFreezeNotifications => Steps.Count > 0 && Steps[0] == FreezeMark;

    internal static Scenario Read(string path) => new(Path.GetFileNameWithoutExtension(path), File.ReadAllLines(path));
}
