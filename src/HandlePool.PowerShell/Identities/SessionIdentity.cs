namespace HandlePool.PowerShell;

/// <summary>What a -Session parameter takes: a session or the name of one of this runspace.</summary>
public sealed class SessionIdentity
{
    internal SessionIdentity(object value) => Value = value;

    /// <summary>A <see cref="HandleSession"/>, or a name as <see cref="string"/>.</summary>
    internal object Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";
}
