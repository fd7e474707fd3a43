namespace HandlePool.Text;

/// <summary>Finds the names that a user may have meant. Static and thread-safe.</summary>
internal static class NearNames
{
    // A session may have a hundred thousand names, of 64 KB each.
    private const int MostNames = 2_000;
    private const int LongestName = 64;
    private const int MostSuggestions = 3;

    /// <summary>Returns at most three names that contain the text, or differ from it in a few characters, the nearest first.</summary>
    /// <remarks>O(names x length squared), of the first 2,000 names of at most 64 characters.</remarks>
    internal static string[] Find(string asked, IEnumerable<string?> names)
    {
        if (asked.Length is 0 or > LongestName)
            return [];
        int most = Math.Max(1, asked.Length / 4);
        return [.. names.OfType<string>().Take(MostNames).Where(name => name.Length is > 0 and <= LongestName)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(name => (Name: name, Distance: name.Contains(asked, StringComparison.OrdinalIgnoreCase) ? 0 : CountEdits(asked, name, most)))
            .Where(near => near.Distance <= most)
            .OrderBy(near => near.Distance).ThenBy(near => near.Name.Length).ThenBy(near => near.Name, NaturalOrder.Instance)
            .Take(MostSuggestions).Select(near => near.Name)];
    }

    /// <summary>Returns a question that names them, such as <c>Did you mean 'app1'?</c>, or another sentence if there is none.</summary>
    internal static string Suggest(string asked, IEnumerable<string?> names, string otherwise) =>
        Find(asked, names) is { Length: > 0 } near ? $"Did you mean {Phrase.List(near, name => $"'{VisibleText.Name(name)}'")}?" : otherwise;

    /// <summary>Returns the number of characters to insert, remove, replace or swap with a neighbor, ignoring case; more than a limit if it is more.</summary>
    private static int CountEdits(string one, string other, int most)
    {
        if (Math.Abs(one.Length - other.Length) > most)
            return most + 1;
        int[] before = new int[other.Length + 1];
        int[] last = [.. Enumerable.Range(0, other.Length + 1)];
        int[] now = new int[other.Length + 1];
        for (int i = 1; i <= one.Length; i++)
        {
            now[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                bool isSame = IsSame(one[i - 1], other[j - 1]);
                now[j] = Math.Min(Math.Min(now[j - 1], last[j]) + 1, last[j - 1] + (isSame ? 0 : 1));
                if (i > 1 && j > 1 && IsSame(one[i - 1], other[j - 2]) && IsSame(one[i - 2], other[j - 1]))
                    now[j] = Math.Min(now[j], before[j - 2] + 1);
            }

            (before, last, now) = (last, now, before);
        }

        return last[other.Length];
    }

    private static bool IsSame(char one, char other) => char.ToUpperInvariant(one) == char.ToUpperInvariant(other);
}
