using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Node parameter: a node, its name, or its id.</summary>
public sealed class NodeIdentity
{
    internal NodeIdentity(object value) => Value = value;

    /// <summary>Gets a <see cref="HandleNode"/>, a name as <see cref="string"/>, or an id as <see cref="long"/>.</summary>
    internal object Value { get; }

    /// <summary>Gets whether this is a pattern, which stands for any number of nodes.</summary>
    internal bool IsPattern => Value is string name && WildcardPattern.ContainsWildcardCharacters(name);

    /// <summary>Returns this identity without escapes. Parameters that take patterns need them for wildcard characters in a name.</summary>
    internal NodeIdentity Unescape() => Value is string name ? new NodeIdentity(WildcardPattern.Unescape(name)) : this;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";
}

/// <summary>Converts values for parameters of type <see cref="NodeIdentity"/>.</summary>
public sealed class NodeIdentityAttribute : IdentityAttribute
{
    private protected override object? Identify(object value) => value switch
    {
        HandleNode or string { Length: > 0 } => new NodeIdentity(value),
        NodeIdentity => value,
        _ => ToNumber(value) is { } number ? new NodeIdentity(number) : null,
    };

    private protected override Array NewArray(int length) => new NodeIdentity[length];
}
