using System.Globalization;
using HandlePool.Text;

namespace HandlePool.Reports.Markup;

/// <summary>Formats numbers and times in words, the same in each culture.</summary>
internal static class ReportText
{
    /// <summary>Returns a change with its sign, such as +12.</summary>
    internal static string Change(long change) => change > 0 ? $"+{change}" : change < 0 ? $"\u2212{-change}" : "0";

    internal static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>Returns a duration to the second, or to the hour from two days on.</summary>
    internal static string Duration(TimeSpan time) => time.TotalHours < 48
        ? $"{(long)time.TotalHours} h {time.Minutes} min {time.Seconds} s"
        : $"{(long)time.TotalDays} days {time.Hours} h";

    /// <summary>Returns a time to the minute.</summary>
    internal static string Minute(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);
}
