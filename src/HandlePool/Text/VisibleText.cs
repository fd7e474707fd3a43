using System.Buffers;
using System.Globalization;
using System.Text;

namespace HandlePool.Text;

/// <summary>Makes text from outside, such as names from dumps, safe to show in messages, views and reports. Static and
/// thread-safe.</summary>
/// <remarks>
/// Objects and files keep the original text. A character that could move the cursor, change colors, break the line, or hide or reorder
/// text is shown by its number, such as <c>[U+001B]</c>: all but letters, marks, numbers, punctuation, symbols and the space, and those of
/// them that are blank by Unicode's property Default_Ignorable_Code_Point. So are marks after the fourth on one letter, which would draw over other lines.
/// </remarks>
internal static class VisibleText
{
    /// <summary>The number of characters of a name that are shown at most.</summary>
    internal const int LongestName = 160;

    /// <summary>The number of marks on one letter that are shown; no script needs more.</summary>
    private const int MostMarks = 4;

    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter)]);

    /// <summary>Returns a visible name, shortened if it is long.</summary>
    internal static string Name(string name) => Of(Shorten(name, LongestName));

    /// <summary>Returns the whole text, made visible.</summary>
    internal static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Plain))
            return text;

        StringBuilder shown = new(text.Length);
        for (int index = 0, length; index < text.Length; index += length)
        {
            if (Substitute(text, index, out length) is { } substitute)
                shown.Append(substitute);
            else
                shown.Append(text, index, length);
        }

        return shown.ToString();
    }

    /// <summary>Returns the text, or its beginning and an ellipsis if it is longer than a length.</summary>
    internal static string Shorten(string text, int length) => text.Length <= length ? text : Cut(text, length - 1) + "\u2026";

    /// <summary>Returns the substitute of a character that could hide or reorder text, or that HTML does not allow; null if the character
    /// is safe.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">The index of the character.</param>
    /// <param name="length">1, or 2 for a surrogate pair.</param>
    internal static string? Substitute(string text, int index, out int length)
    {
        length = 1;
        if (!Rune.TryGetRuneAt(text, index, out Rune rune))
            return "\ufffd";

        length = rune.Utf16SequenceLength;
        return IsVisible(rune) && !(IsMark(rune) && HasMarks(text.AsSpan(0, index))) ? null : $"[U+{rune.Value:X4}]";
    }

    /// <summary>Returns whether a text ends with as many marks as are shown.</summary>
    private static bool HasMarks(ReadOnlySpan<char> text)
    {
        for (int marks = 0; marks < MostMarks; marks++)
        {
            if (Rune.DecodeLastFromUtf16(text, out Rune rune, out int length) != OperationStatus.Done || !IsMark(rune))
                return false;
            text = text[..^length];
        }

        return true;
    }

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark;

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,

        // Letters and marks that Unicode says to ignore where they cannot be shown, and the blank pattern of Braille.
        _ => rune.Value is not (0x034f or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or (>= 0x180b and <= 0x180f) or 0x2800 or 0x3164
            or (>= 0xfe00 and <= 0xfe0f) or 0xffa0 or (>= 0xe0000 and <= 0xe0fff)),
    };

    private static string Cut(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
