using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Parses patterns of names, in which case is ignored.</summary>
internal static class NamePattern
{
    /// <summary>Returns a pattern that is known to be valid, whether or not there is a name to match.</summary>
    /// <exception cref="WildcardPatternException">It is not a valid pattern.</exception>
    internal static WildcardPattern Parse(string pattern)
    {
        WildcardPattern parsed = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);

        // PowerShell parses a pattern when it is first used.
        _ = parsed.IsMatch("");
        return parsed;
    }
}
