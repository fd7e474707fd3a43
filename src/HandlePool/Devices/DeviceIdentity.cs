using System.Globalization;

namespace HandlePool.Devices;

/// <summary>Represents what a host says about itself. Each value is null if the host does not tell it.</summary>
internal sealed record DeviceIdentity
{
    internal const string KernelFile = "/proc/version";

    internal const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    internal const string UptimeFile = "/proc/uptime";

    private const int LongestValue = 400;

    internal string? Model { get; init; }

    /// <summary>Gets the build fingerprint.</summary>
    internal string? Build { get; init; }

    /// <summary>Gets the type of the build: <c>user</c>, <c>userdebug</c> or <c>eng</c>.</summary>
    internal string? BuildType { get; init; }

    /// <summary>Gets the API level of Android.</summary>
    internal int? ApiLevel { get; init; }

    internal string? Kernel { get; init; }

    /// <summary>Gets the id that the kernel draws at each boot.</summary>
    internal string? BootId { get; init; }

    /// <summary>Gets the time since the boot.</summary>
    internal TimeSpan? Uptime { get; init; }

    /// <summary>Gets what the clock of the host said.</summary>
    internal DateTimeOffset? Clock { get; init; }

    /// <summary>Gets whether its commands run as root.</summary>
    internal bool IsRoot { get; init; }

    /// <summary>Gets the script whose output <see cref="Parse"/> reads. It needs nothing but a shell of any Android.</summary>
    internal static string Script { get; } = string.Join("; ",
        Property("model", "ro.product.model"), Property("build", "ro.build.fingerprint"), Property("type", "ro.build.type"), Property("api", "ro.build.version.sdk"),
        Text("kernel", KernelFile), Text("boot", BootIdFile), Text("uptime", UptimeFile), "echo \"clock=$(date +%s)\"", "echo \"user=$(id)\"");

    /// <summary>Parses the lines <c>KEY=VALUE</c> that the script prints.</summary>
    internal static DeviceIdentity Parse(string text)
    {
        Dictionary<string, string> values = [];
        foreach (string line in text.Split('\n'))
        {
            int sign = line.IndexOf('=', StringComparison.Ordinal);
            if (sign > 0 && line[(sign + 1)..].Trim() is { Length: > 0 } value)
                values.TryAdd(line[..sign], value[..Math.Min(value.Length, LongestValue)]);
        }

        return new DeviceIdentity
        {
            Model = values.GetValueOrDefault("model"),
            Build = values.GetValueOrDefault("build"),
            BuildType = values.GetValueOrDefault("type"),
            ApiLevel = int.TryParse(values.GetValueOrDefault("api"), NumberStyles.None, CultureInfo.InvariantCulture, out int level) ? level : null,
            Kernel = values.GetValueOrDefault("kernel"),
            BootId = values.GetValueOrDefault("boot"),
            Uptime = UptimeOf(values.GetValueOrDefault("uptime")),
            Clock = ClockOf(values.GetValueOrDefault("clock")),
            IsRoot = values.GetValueOrDefault("user") is { } user && user.StartsWith("uid=0", StringComparison.Ordinal) && user.Length > 5 && !char.IsAsciiDigit(user[5]),
        };
    }

    /// <summary>Returns whether this is certainly of another boot than what it said earlier.</summary>
    internal bool IsOtherBoot(DeviceIdentity earlier) => BootId is not null && earlier.BootId is not null
        ? BootId != earlier.BootId
        : Uptime < earlier.Uptime;

    private static string Text(string key, string file) => $"echo \"{key}=$(cat {file} 2>/dev/null)\"";

    private static string Property(string key, string name) => $"echo \"{key}=$(getprop {name})\"";

    private static TimeSpan? UptimeOf(string? text) =>
        double.TryParse(text?.Split(' ')[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < TimeSpan.MaxValue.TotalSeconds / 2
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static DateTimeOffset? ClockOf(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
