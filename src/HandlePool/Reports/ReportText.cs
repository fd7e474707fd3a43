using System.Globalization;

namespace HandlePool.Reports;

/// <summary>Numbers, times and text from dumps as a report has them, the same in each culture.</summary>
internal static class ReportText
{
    internal static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A change with its sign, such as +12.</summary>
    internal static string Change(long change) => change > 0 ? "+" + Number(change) : change < 0 ? "\u2212" + Number(-change) : "0";

    internal static string Percent(double share) => share.ToString("0.0", CultureInfo.InvariantCulture) + "%";

    /// <summary>A number and what it counts.</summary>
    internal static string Count(long count, string one, string? many = null) => $"{Number(count)} {(count == 1 ? one : many ?? one + "s")}";

    internal static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);
}
