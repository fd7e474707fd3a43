namespace HandlePool.Text;

/// <summary>Compares named objects with texts.</summary>
internal static class NameComparison
{
    /// <summary>Returns whether a value is the object itself, or a text that is its name or what its ToString returns, ignoring case.</summary>
    internal static bool AreEqual(object named, string? name, object? other) => ReferenceEquals(named, other)
        || (other is string text && (string.Equals(text, name, StringComparison.OrdinalIgnoreCase)
            || string.Equals(text, named.ToString(), StringComparison.OrdinalIgnoreCase)));
}
