using System.Globalization;
using System.Text;

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

    /// <summary>The text, or the beginning of one that is very long.</summary>
    internal static string Shorten(string text, int length) => text.Length <= length ? text : Cut(text, length - 1) + "\u2026";

    /// <summary>What stands for a character that could hide or reorder text, or that HTML cannot have; null if it can stand as it is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Where the character is.</param>
    /// <param name="length">1, or 2 for a pair of surrogates.</param>
    internal static string? Visible(string text, int index, out int length)
    {
        length = 1;
        if (!Rune.TryGetRuneAt(text, index, out Rune rune))
            return "\ufffd";

        length = rune.Utf16SequenceLength;
        bool isNoCharacter = (rune.Value & 0xfffe) == 0xfffe || rune.Value is >= 0xfdd0 and <= 0xfdef;
        return isNoCharacter || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
            ? $"[U+{rune.Value:X4}]"
            : null;
    }

    private static string Cut(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
