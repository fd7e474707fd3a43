namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Session parameter: a session, or the name of one in this runspace.</summary>
public sealed class SessionIdentity
{
    internal SessionIdentity(object value) => Value = value;

    /// <summary>Gets a <see cref="HandleSession"/>, or a name as <see cref="string"/>.</summary>
    internal object Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";
}

/// <summary>Converts values for parameters of type <see cref="SessionIdentity"/>.</summary>
public sealed class SessionIdentityAttribute : IdentityAttribute
{
    private protected override object? Identify(object value) => value switch
    {
        HandleSession or string { Length: > 0 } => new SessionIdentity(value),
        SessionIdentity => value,
        _ => null,
    };

    private protected override Array NewArray(int length) => new SessionIdentity[length];
}
