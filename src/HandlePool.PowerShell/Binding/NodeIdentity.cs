using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Node parameter: a node, its name, or its id.</summary>
public sealed class NodeIdentity : Identity
{
    /// <summary>Initializes the identity of a node from its object.</summary>
    public NodeIdentity(HandleNode node)
        : base(node)
    {
    }

    /// <summary>Initializes the identity of a node from its name, or of several from a pattern.</summary>
    public NodeIdentity(string name)
        : base(Check(name))
    {
    }

    /// <summary>Initializes the identity of a node from its id.</summary>
    public NodeIdentity(long id)
        : base(id)
    {
    }

    /// <summary>Returns this identity without escapes. Parameters that take patterns need them for wildcard characters in a name.</summary>
    internal NodeIdentity Unescape() => Value is string name ? new NodeIdentity(WildcardPattern.Unescape(name)) : this;
}

/// <summary>Converts values for parameters of type <see cref="NodeIdentity"/>.</summary>
public sealed class NodeIdentityAttribute : IdentityAttribute
{
    private protected override string Kinds => "a node, a name or an id";

    private protected override object? Identify(object value) => value switch
    {
        HandleNode node => new NodeIdentity(node),
        string { Length: > 0 } name => new NodeIdentity(name),
        NodeIdentity => value,
        _ => ToNumber(value) is { } number ? new NodeIdentity(number) : null,
    };

    private protected override Array NewArray(int length) => new NodeIdentity[length];
}
