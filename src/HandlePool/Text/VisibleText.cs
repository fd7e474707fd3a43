using System.Buffers;
using System.Globalization;
using System.Text;

namespace HandlePool.Text;

/// <summary>Text from outside, such as names from dumps, as it may be shown in messages, views and reports.</summary>
/// <remarks>
/// Objects and files keep text as it is. Shown, a character that could move the cursor, change colours, break the line, or hide or
/// reorder text stands as its number, such as <c>[U+001B]</c>. Static and thread-safe.
/// </remarks>
internal static class VisibleText
{
    /// <summary>How much of a name is shown.</summary>
    internal const int LongestName = 160;

    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter)]);

    /// <summary>A name, or the beginning of a long one.</summary>
    internal static string Name(string name) => Of(Shorten(name, LongestName));

    /// <summary>All of a text.</summary>
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

    /// <summary>The text, or the beginning of one that is very long.</summary>
    internal static string Shorten(string text, int length) => text.Length <= length ? text : Cut(text, length - 1) + "\u2026";

    /// <summary>
    /// What stands for a character that could hide or reorder text, or that HTML cannot have; null if it can stand as it is.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Where the character is.</param>
    /// <param name="length">1, or 2 for a pair of surrogates.</param>
    internal static string? Substitute(string text, int index, out int length)
    {
        length = 1;
        if (!Rune.TryGetRuneAt(text, index, out Rune rune))
            return "\ufffd";

        length = rune.Utf16SequenceLength;
        bool isNoCharacter = (rune.Value & 0xfffe) == 0xfffe || rune.Value is >= 0xfdd0 and <= 0xfdef;
        bool isBlank = rune.Value is 0x034f or 0x115f or 0x1160 or 0x3164 or 0xffa0 or (>= 0xfe00 and <= 0xfe0f) or (>= 0xe0100 and <= 0xe01ef);
        return isNoCharacter || isBlank || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
            ? $"[U+{rune.Value:X4}]"
            : null;
    }

    private static string Cut(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
