using System.Text;

namespace HandlePool.Devices;

/// <summary>Represents a line of <c>adb devices</c>.</summary>
/// <param name="Serial">The serial.</param>
/// <param name="State">The state: <c>device</c> if it can be used.</param>
internal sealed record AdbEntry(string Serial, string State)
{
    internal bool IsReady => State == "device";
}

/// <summary>Lists the devices that adb knows, and chooses among them. Thread-safe.</summary>
/// <param name="Commands">Runs adb.</param>
/// <param name="Program">The full path of adb.</param>
internal sealed record Adb(IHostCommands Commands, string Program)
{
    /// <summary>The time after which adb, which may have to start its server, is stopped.</summary>
    internal static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(30);

    // A laboratory has hundreds of devices.
    private const int LongestList = 1 << 20;

    private const string ListHeading = "List of devices attached";

    /// <summary>Finds adb.</summary>
    /// <param name="path">Its path; null to look for it in the folders of the variable PATH.</param>
    /// <exception cref="HandleException"><c>AdbNotFound</c>: there is none.</exception>
    internal static string Find(string? path)
    {
        if (path is not null)
            return File.Exists(path) ? Path.GetFullPath(path) : throw DeviceErrors.AdbNotFound(path);

        // The system would look in the current folder as well, where anybody may have put a program.
        string name = OperatingSystem.IsWindows() ? "adb.exe" : "adb";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists) ?? throw DeviceErrors.AdbNotFound(null);
    }

    /// <summary>Returns the device of a serial; without one, the only device that is connected.</summary>
    /// <exception cref="HandleException">
    /// <c>DeviceNotFound</c>: there is none, or none of a serial. <c>DeviceAmbiguous</c>: there are several, and no serial was given.
    /// <c>DeviceUnavailable</c>: it is offline, not authorized, or has not started Android.
    /// </exception>
    internal AdbEntry Choose(string? serial, CancellationToken cancellationToken)
    {
        IReadOnlyList<AdbEntry> known = List(cancellationToken);
        AdbEntry[] found = [.. known.Where(device => serial is null || device.Serial == serial)];
        if (found.Length == 0)
            throw serial is null ? DeviceErrors.NoDevice() : DeviceErrors.NoSuchDevice(serial, known);

        // A device that cannot be used leaves no choice.
        AdbEntry[] ready = Array.FindAll(found, device => device.IsReady);
        return ready.Length == 1 ? ready[0] : found.Length > 1 ? throw DeviceErrors.Ambiguous(found) : throw DeviceErrors.NotReady(found[0]);
    }

    /// <summary>Returns the devices that adb lists.</summary>
    internal IReadOnlyList<AdbEntry> List(CancellationToken cancellationToken)
    {
        MemoryStream text = new();
        HostCommandResult result = Commands.Run(new HostCommand(Program, ["devices"]),
            bytes => text.Write(bytes[..Math.Min(bytes.Length, LongestList - (int)text.Length)]), ListTimeout, cancellationToken);
        if (result.ExitCode is null)
            throw DeviceErrors.Unavailable("adb", $"it did not list the devices within {ListTimeout.TotalSeconds} seconds. Run 'adb kill-server'.");
        if (result.ExitCode != 0)
            throw DeviceErrors.Unavailable("adb", $"{FirstLine(result.Error)}.");
        return Parse(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length));
    }

    /// <summary>Returns the first line of a text that is not blank, without a period at its end.</summary>
    internal static string FirstLine(string text) =>
        text.Split('\n').Select(line => line.Trim().TrimEnd('.')).FirstOrDefault(line => line.Length > 0) ?? "it gave no reason";

    /// <summary>Parses the list: <c>SERIAL TAB STATE</c>. A serial may have blanks, and a state may, too.</summary>
    private static List<AdbEntry> Parse(string text)
    {
        List<AdbEntry> devices = [];
        foreach (string line in text.Split('\n').Select(line => line.Trim()).SkipWhile(line => !line.StartsWith(ListHeading, StringComparison.Ordinal)).Skip(1))
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab > 0)
                devices.Add(new AdbEntry(line[..tab].TrimEnd(), line[tab..].Trim()));
        }

        return devices;
    }
}
