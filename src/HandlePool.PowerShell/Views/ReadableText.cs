using System.Globalization;
using HandlePool.Text;

namespace HandlePool.PowerShell.Views;

/// <summary>Writes sizes, ages and contents as people read them.</summary>
internal static class ReadableText
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>Returns a size, such as <c>512 B</c>, <c>1.5 KB</c> or <c>16 KB</c>. A KB is 1024 bytes.</summary>
    internal static string Size(long bytes)
    {
        double size = Math.Abs((double)bytes);
        int unit = 0;
        while (Math.Round(size, size < 10 ? 1 : 0) >= 1024 && unit < Units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        string number = size.ToString(Math.Round(size, 1) < 10 ? "0.#" : "0", CultureInfo.CurrentCulture);
        return $"{(bytes < 0 ? "-" : "")}{number} {Units[unit]}";
    }

    /// <summary>Returns an age in the largest unit of which it is at least 1, or an empty string for a time in the future.</summary>
    internal static string Age(TimeSpan age) => age switch
    {
        { Ticks: < 0 } => "",
        { TotalMinutes: < 1 } => $"{age.Seconds} s",
        { TotalHours: < 1 } => $"{age.Minutes} min",
        { TotalDays: < 1 } => $"{age.Hours} h",
        _ => $"{age.Days} d",
    };

    /// <summary>Returns the size of a session, such as <c>2 processes and 63 nodes</c>.</summary>
    internal static string Contents(HandleSession session) =>
        $"{Phrase.Count(session.Processes, "process", "processes")} and {Phrase.Count(session.Nodes, "node")}";
}
