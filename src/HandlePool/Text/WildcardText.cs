namespace HandlePool.Text;

/// <summary>Represents a pattern of names in PowerShell's form, in which case is ignored. Immutable.</summary>
/// <remarks>
/// <c>*</c> stands for any text, <c>?</c> for any character and <c>[a-z]</c> for one of several; a backtick takes the next character as it is.
/// Matching takes O(pattern x name) at most.
/// </remarks>
internal sealed class WildcardText
{
    private readonly Part[] _parts;

    private WildcardText(string pattern, Part[] parts) => (Pattern, _parts) = (pattern, parts);

    private enum PartKind
    {
        One,
        Any,
        Set,
        Many,
    }

    /// <summary>Gets the pattern as it was given.</summary>
    internal string Pattern { get; }

    /// <summary>Gets whether it can match several names.</summary>
    internal bool HasWildcards => Array.Exists(_parts, part => part.Kind != PartKind.One);

    /// <summary>Parses a pattern.</summary>
    /// <returns>The pattern; null if it has a <c>[</c> without a <c>]</c>, a range that is none, or a backtick at its end.</returns>
    internal static WildcardText? Parse(string pattern)
    {
        List<Part> parts = [];
        for (int index = 0; index < pattern.Length; index++)
        {
            switch (pattern[index])
            {
                case '*':
                    if (parts is not [.., { Kind: PartKind.Many }])
                        parts.Add(new Part(PartKind.Many, ""));
                    break;
                case '?':
                    parts.Add(new Part(PartKind.Any, ""));
                    break;
                case '`':
                    if (++index == pattern.Length)
                        return null;
                    parts.Add(One(pattern[index]));
                    break;
                case '[':
                    int end = pattern.IndexOf(']', Math.Min(index + 2, pattern.Length));
                    if (end < 0 || ParseSet(pattern[(index + 1)..end]) is not { } set)
                        return null;
                    parts.Add(set);
                    index = end;
                    break;
                default:
                    parts.Add(One(pattern[index]));
                    break;
            }
        }

        return new WildcardText(pattern, [.. parts]);
    }

    /// <summary>Returns whether a name matches.</summary>
    internal bool IsMatch(string name)
    {
        int part = 0, at = 0, star = -1, from = 0;
        while (at < name.Length)
        {
            if (part < _parts.Length && _parts[part].Kind == PartKind.Many)
            {
                star = part++;
                from = at;
            }
            else if (part < _parts.Length && _parts[part].Has(char.ToUpperInvariant(name[at])))
            {
                part++;
                at++;
            }
            else if (star >= 0)
            {
                // What the last star stands for is one character longer.
                part = star + 1;
                at = ++from;
            }
            else
            {
                return false;
            }
        }

        return part == _parts.Length || (part == _parts.Length - 1 && _parts[part].Kind == PartKind.Many);
    }

    /// <inheritdoc/>
    public override string ToString() => Pattern;

    private static Part One(char letter) => new(PartKind.One, $"{char.ToUpperInvariant(letter)}{char.ToUpperInvariant(letter)}");

    /// <summary>Returns the ranges of a set, two characters each; null if one is none.</summary>
    private static Part? ParseSet(string text)
    {
        List<char> ranges = [];
        for (int index = 0; index < text.Length; index++)
        {
            char first = char.ToUpperInvariant(text[index]);
            char last = first;
            if (index + 2 < text.Length && text[index + 1] == '-')
                last = char.ToUpperInvariant(text[index += 2]);
            if (last < first)
                return null;
            ranges.AddRange([first, last]);
        }

        return ranges.Count == 0 ? null : new Part(PartKind.Set, new string([.. ranges]));
    }

    private readonly record struct Part(PartKind Kind, string Ranges)
    {
        internal bool Has(char letter)
        {
            if (Kind == PartKind.Any)
                return true;
            for (int index = 0; index < Ranges.Length; index += 2)
            {
                if (letter >= Ranges[index] && letter <= Ranges[index + 1])
                    return true;
            }

            return false;
        }
    }
}
