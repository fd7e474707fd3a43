namespace HandlePool.Generator;

/// <summary>Represents a section of a report.</summary>
/// <param name="Name">The name, by which damage chooses it.</param>
/// <param name="Heading">The lines before it.</param>
/// <param name="Write">Writes it.</param>
/// <param name="End">The lines behind it.</param>
internal sealed record ReportSection(string Name, string Heading, Action<TextWriter> Write, string End)
{
    /// <summary>Gets what the report has in its place where the device refuses it.</summary>
    internal string Refusal { get; init; } = "";

    /// <summary>Gets what writes it with other counts; null if it has none.</summary>
    internal Action<TextWriter>? Contradict { get; init; }

    /// <summary>Returns a section of dumpstate: of a command or a file.</summary>
    internal static ReportSection OfCommand(DeviceRelease release, string title, string command, Action<TextWriter> write, string? name = null) =>
        new(name ?? title, $"------ {title} ({command}) ------\n", write,
            release.IsVendor ? $"[{title}: 0.1s elapsed]\n\n" : $"------ 0.014s was the duration of '{title}' ------\n\n")
        {
            Refusal = command.StartsWith('/') ? $"*** {command}: Permission denied\n" : $"*** command '{command}' timed out after 10.000s (killing pid 99)\n",
        };

    /// <summary>Returns a section of what a service prints.</summary>
    internal static ReportSection OfService(DeviceRelease release, string service, string name, Action<TextWriter> write) =>
        new(name, $"-------------------------------------------------------------------------------\nDUMP OF SERVICE {(release.Version >= 10 ? "HIGH " : "")}{service}:\n", write,
            $"--------- 0.031s was the duration of dumpsys {service}, ending at: 2026-11-20 10:30:01\n")
        {
            Refusal = release.Version % 4 == 2 ? $"Can't find service: {service}\n" : $"*** SERVICE '{service}' DUMP TIMEOUT (10000ms) EXPIRED ***\n",
        };
}
