using System.Management.Automation;

namespace HandlePool.PowerShell;

/// <summary>What a -Node parameter takes: a node, its name, or its id. It is looked up when the session is known.</summary>
public sealed class NodeIdentity
{
    internal NodeIdentity(object value) => Value = value;

    /// <summary>A <see cref="HandleNode"/>, a name as <see cref="string"/>, or an id as <see cref="long"/>.</summary>
    internal object Value { get; }

    /// <summary>The same for a parameter that takes patterns, where the wildcard characters in a name are escaped.</summary>
    internal NodeIdentity Unescape() => Value is string name ? new NodeIdentity(WildcardPattern.Unescape(name)) : this;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";
}
