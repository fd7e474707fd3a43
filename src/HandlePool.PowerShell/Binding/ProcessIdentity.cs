using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Process parameter: a process, its name, or its pid.</summary>
public sealed class ProcessIdentity
{
    internal ProcessIdentity(object value) => Value = value;

    /// <summary>Gets a <see cref="HandleProcess"/>, a name as <see cref="string"/>, or a pid as <see cref="long"/>.</summary>
    internal object Value { get; }

    /// <summary>Gets whether this is a pattern, which stands for any number of processes.</summary>
    internal bool IsPattern => Value is string name && WildcardPattern.ContainsWildcardCharacters(name);

    /// <summary>Returns this identity without escapes. Parameters that take patterns need them for wildcard characters in a name.</summary>
    internal ProcessIdentity Unescape() => Value is string name ? new ProcessIdentity(WildcardPattern.Unescape(name)) : this;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";
}

/// <summary>Converts values for parameters of type <see cref="ProcessIdentity"/>.</summary>
public sealed class ProcessIdentityAttribute : IdentityAttribute
{
    private protected override object? Identify(object value) => value switch
    {
        HandleProcess or string { Length: > 0 } => new ProcessIdentity(value),
        ProcessIdentity => value,
        _ => ToNumber(value) is { } number ? new ProcessIdentity(number) : null,
    };

    private protected override Array NewArray(int length) => new ProcessIdentity[length];
}
