namespace HandlePool.PowerShell;

/// <summary>What a -Node parameter takes: a node, its name, or its id. It is looked up when the session is known.</summary>
public sealed class NodeIdentity
{
    internal NodeIdentity(object value) => Value = value;

    /// <summary>A <see cref="HandleNode"/>, a name as <see cref="string"/>, or an id as <see cref="long"/>.</summary>
    internal object Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";
}
