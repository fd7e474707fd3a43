using System.Globalization;
using System.Numerics;

namespace HandlePool.Text;

/// <summary>Parses whole numbers in decimal digits, in no culture.</summary>
internal static class WholeNumber
{
    /// <summary>Parses a text that is nothing but a number. The base class library also takes NULs behind one.</summary>
    internal static bool TryParse<T>(ReadOnlySpan<char> text, NumberStyles styles, out T value)
        where T : struct, INumber<T> => T.TryParse(text, styles, CultureInfo.InvariantCulture, out value) && !text.Contains('\0');
}
