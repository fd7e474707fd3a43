namespace HandlePool.Text;

/// <summary>Compares names in natural order: digits as numbers, so that <c>9</c> is before <c>10</c>, and the rest without regard to case.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    internal static readonly NaturalOrder Instance = new();

    private NaturalOrder()
    {
    }

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x, right = y;
        while (!left.IsEmpty && !right.IsEmpty)
        {
            ReadOnlySpan<char> leftPart = TakePart(ref left), rightPart = TakePart(ref right);
            int order;
            if (char.IsAsciiDigit(leftPart[0]) && char.IsAsciiDigit(rightPart[0]))
            {
                ReadOnlySpan<char> leftNumber = leftPart.TrimStart('0'), rightNumber = rightPart.TrimStart('0');
                order = leftNumber.Length.CompareTo(rightNumber.Length);
                if (order == 0)
                    order = leftNumber.SequenceCompareTo(rightNumber);
            }
            else
            {
                order = leftPart.CompareTo(rightPart, StringComparison.OrdinalIgnoreCase);
            }

            if (order != 0)
                return order;
        }

        int rest = left.Length.CompareTo(right.Length);
        return rest != 0 ? rest : string.CompareOrdinal(x, y);
    }

    /// <summary>Takes the longest prefix that is all digits, or has none.</summary>
    private static ReadOnlySpan<char> TakePart(ref ReadOnlySpan<char> text)
    {
        int length = char.IsAsciiDigit(text[0]) ? text.IndexOfAnyExceptInRange('0', '9') : text.IndexOfAnyInRange('0', '9');
        ReadOnlySpan<char> part = length < 0 ? text : text[..length];
        text = text[part.Length..];
        return part;
    }
}
