using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>What a -Process parameter takes: a process, its name, or its pid. It is looked up when the session is known.</summary>
public sealed class ProcessIdentity
{
    internal ProcessIdentity(object value) => Value = value;

    /// <summary>A <see cref="HandleProcess"/>, a name as <see cref="string"/>, or a pid as <see cref="long"/>.</summary>
    internal object Value { get; }

    /// <summary>The same for a parameter that takes patterns, where the wildcard characters in a name are escaped.</summary>
    internal ProcessIdentity Unescape() => Value is string name ? new ProcessIdentity(WildcardPattern.Unescape(name)) : this;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";
}
