using System.Text;

namespace HandlePool.Text;

/// <summary>Shows the beginning of text that was read.</summary>
internal static class Excerpt
{
    private const int Longest = 80;

    /// <summary>Returns the beginning of a text, UTF-8 or not, in characters that are safe to show.</summary>
    internal static string Of(ReadOnlySpan<byte> bytes, int longest = Longest)
    {
        string text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, longest)]);
        string shown = VisibleText.Of(text);
        bool isCut = bytes.Length > longest || shown.Length > longest;

        // The substitute of a character is not cut in the middle.
        for (int length = text.Length - 1; shown.Length > longest; length--)
            shown = VisibleText.Of(text[..length]);
        return isCut ? shown + "..." : shown;
    }
}
