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
