namespace HandlePool.PowerShell;

/// <summary>What a -Process parameter takes: a process, its name, or its pid. It is looked up when the session is known.</summary>
public sealed class ProcessIdentity
{
    internal ProcessIdentity(object value) => Value = value;

    /// <summary>A <see cref="HandleProcess"/>, a name as <see cref="string"/>, or a pid as <see cref="long"/>.</summary>
    internal object Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";
}
