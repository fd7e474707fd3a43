using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Selects contexts by their names, which may be patterns. Case is ignored.</summary>
internal sealed class ContextFilter
{
    private readonly string[] _names;
    private readonly WildcardPattern[] _patterns;

    /// <summary>Initializes a filter for contexts with any of the names.</summary>
    /// <exception cref="WildcardPatternException">A name is not a valid pattern.</exception>
    internal ContextFilter(string[] names)
    {
        _names = names;
        _patterns = Array.ConvertAll(names, NamePattern.Parse);
        if (names is [var name] && !WildcardPattern.ContainsWildcardCharacters(name))
            Single = WildcardPattern.Unescape(name);
    }

    /// <summary>Gets the only context that is selected, or null if there may be several.</summary>
    internal string? Single { get; }

    /// <summary>Returns the filter for names, or null, which selects all, for null.</summary>
    internal static ContextFilter? For(string[]? names) => names is null ? null : new ContextFilter(names);

    /// <summary>Returns whether a context is selected.</summary>
    internal bool Matches(string? context) => context is not null && Array.Exists(_patterns, pattern => pattern.IsMatch(context));

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _names);
}
