using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace HandlePool.Dumps;

/// <summary>Finds the time of a dump in a bug report's heading, or in the name of a file.</summary>
internal static partial class DumpTime
{
    private const int FirstYear = 1970;

    // In the last year that there is, UTC may have no number for a local time.
    private const int LastYear = 9998;

    /// <summary>Gets the beginning of the line that has the time of a bug report.</summary>
    internal static ReadOnlySpan<byte> Heading => "== dumpstate: "u8;

    /// <summary>Returns the time in <c>== dumpstate: 2026-11-20 10:11:12</c>, which is local; null if there is none.</summary>
    internal static DateTimeOffset? FromHeading(ReadOnlySpan<byte> line) => line.StartsWith(Heading)
        && DateTime.TryParseExact(Encoding.UTF8.GetString(line[Heading.Length..]).Trim(), "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture,
            DateTimeStyles.None, out DateTime time) && time.Year is >= FirstYear and <= LastYear
            ? new DateTimeOffset(time)
            : null;

    /// <summary>Returns the first time in the name of a file, such as <c>bugreport-2026-11-20-10-11-12.zip</c> or <c>state-20261120-101112Z.txt</c>.</summary>
    /// <remarks>The time is local, or UTC if a Z follows it. Milliseconds follow the seconds after a point, in three digits. Null if there is none.</remarks>
    internal static DateTimeOffset? FromName(string name)
    {
        foreach (Match match in Stamp().Matches(name))
        {
            string digits = string.Concat(match.Groups["digits"].Captures.Select(capture => capture.Value)).PadRight(17, '0');
            if (DateTime.TryParseExact(digits, "yyyyMMddHHmmssfff", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time)
                && time.Year is >= FirstYear and <= LastYear)
            {
                return match.Groups["utc"].Success ? new DateTimeOffset(time, TimeSpan.Zero) : new DateTimeOffset(time);
            }
        }

        return null;
    }

    [GeneratedRegex("""
        (?<![0-9])
        (?: (?<digits>[0-9]{4}) - (?<digits>[0-9]{2}) - (?<digits>[0-9]{2}) [-_T\ ] (?<digits>[0-9]{2}) [-:.]? (?<digits>[0-9]{2}) (?: [-:.]? (?<digits>[0-9]{2}) (?: \. (?<digits>[0-9]{3}) )? )?
          | (?<digits>[0-9]{8}) [-_T] (?<digits>[0-9]{6}) (?: \. (?<digits>[0-9]{3}) )? )
        (?<utc>Z)?
        (?![0-9])
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Stamp();
}
