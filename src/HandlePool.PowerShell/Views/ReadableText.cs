using System.Globalization;

namespace HandlePool.PowerShell;

/// <summary>Sizes and ages as views show them; the properties are numbers and times.</summary>
internal static class ReadableText
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>A size in bytes, such as <c>512 B</c>, <c>1.5 KB</c>, <c>16 KB</c>; a KB is 1024 bytes.</summary>
    internal static string Size(long bytes)
    {
        double size = Math.Abs((double)bytes);
        int unit = 0;
        while (Math.Round(size, size < 10 ? 1 : 0) >= 1024 && unit < Units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        string number = size.ToString(Math.Round(size, 1) < 10 ? "0.#" : "0", CultureInfo.InvariantCulture);
        return $"{(bytes < 0 ? "-" : "")}{number} {Units[unit]}";
    }

    /// <summary>How long ago, in the largest unit of which it is one or more; nothing for what is to come.</summary>
    internal static string Age(TimeSpan age) => age switch
    {
        { Ticks: < 0 } => "",
        { TotalMinutes: < 1 } => $"{age.Seconds} s",
        { TotalHours: < 1 } => $"{age.Minutes} min",
        { TotalDays: < 1 } => $"{age.Hours} h",
        _ => $"{age.Days} d",
    };
}
