using System.Globalization;

namespace HandlePool.Generator;

/// <summary>Formats times as reports have them.</summary>
internal static class ReportTime
{
    internal static string Full(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    internal static string Seconds(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    internal static string OfName(DateTime time) => time.ToString("yyyy-MM-dd-HH-mm-ss", CultureInfo.InvariantCulture);

    internal static string WithoutYear(DateTime time) => time.ToString("MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>Formats a local time in another zone, with its year.</summary>
    internal static string InZone(DateTime time, TimeSpan zone) =>
        new DateTimeOffset(time).ToOffset(zone).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture) + $" +{zone.Hours:00}{zone.Minutes:00}";
}
