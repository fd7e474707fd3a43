using System.Globalization;

namespace HandlePool.Text;

/// <summary>Compares named objects with texts and numbers.</summary>
internal static class NameComparison
{
    /// <summary>
    /// Returns whether a value is the object itself, its number, or a text that is its name, its number or what its ToString returns, ignoring
    /// case.
    /// </summary>
    /// <param name="named">The object.</param>
    /// <param name="name">Its name; null if it has none.</param>
    /// <param name="id">Its number; null for objects that have none.</param>
    /// <param name="other">The value.</param>
    internal static bool AreEqual(object named, string? name, long? id, object? other) => ReferenceEquals(named, other) || other switch
    {
        string text => string.Equals(text, name, StringComparison.OrdinalIgnoreCase)
            || string.Equals(text, named.ToString(), StringComparison.OrdinalIgnoreCase)
            || (id is not null && WholeNumber.TryParse(text, NumberStyles.None, out long number) && number == id),
        byte or sbyte or short or ushort or int or uint or long => id is not null && Convert.ToInt64(other, CultureInfo.InvariantCulture) == id,
        _ => false,
    };
}
