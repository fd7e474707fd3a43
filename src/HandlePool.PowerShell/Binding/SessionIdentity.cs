namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Session parameter: a session, or the name of one in this runspace.</summary>
public sealed class SessionIdentity : Identity
{
    /// <summary>Initializes the identity of a session from its object.</summary>
    public SessionIdentity(HandleSession session)
        : base(session)
    {
    }

    /// <summary>Initializes the identity of a session from its name, or of several from a pattern.</summary>
    public SessionIdentity(string name)
        : base(Check(name))
    {
    }
}

/// <summary>Converts values for parameters of type <see cref="SessionIdentity"/>.</summary>
public sealed class SessionIdentityAttribute : IdentityAttribute
{
    private protected override string Kinds => "a session or a name";

    private protected override object? Identify(object value) => value switch
    {
        HandleSession session => new SessionIdentity(session),
        string { Length: > 0 } name => new SessionIdentity(name),
        SessionIdentity => value,
        _ => null,
    };

    private protected override Array NewArray(int length) => new SessionIdentity[length];
}
