using System.Globalization;

namespace HandlePool.Text;

/// <summary>Builds the recurring parts of messages: numbers with their noun, and lists.</summary>
internal static class Phrase
{
    private const int LongestList = 8;

    /// <summary>Returns a number with its noun in the singular or plural, such as <c>1 node</c> or <c>2 processes</c>.</summary>
    /// <param name="count">The number.</param>
    /// <param name="one">The singular.</param>
    /// <param name="many">The plural, if it is not the singular with an s.</param>
    internal static string Count(long count, string one, string? many = null) => count == 1 ? $"1 {one}" : $"{count} {many ?? one + "s"}";

    /// <summary>Returns the first eight items with commas between them, and how many more there are.</summary>
    internal static string List<T>(IReadOnlyCollection<T> items, Func<T, string> describe)
    {
        string shown = string.Join(", ", items.Take(LongestList).Select(describe));
        return items.Count > LongestList ? $"{shown} and {items.Count - LongestList} more" : shown;
    }
}
