using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a parameter that takes an object, its name or its number.</summary>
/// <remarks>
/// The types of such parameters are public and have a constructor for each kind of value, so that PowerShell converts for functions that
/// repeat the parameters without their attributes, such as proxies and mocks. Two are equal if they identify the same, so that the
/// filter of a mock can compare one with a name.
/// </remarks>
public abstract class Identity
{
    private protected Identity(object value) => Value = value;

    /// <summary>Gets an object of the model, a name as <see cref="string"/>, or a number as <see cref="long"/>.</summary>
    internal object Value { get; }

    /// <summary>Gets whether this is a pattern, which stands for any number of objects.</summary>
    internal bool IsPattern => Value is string name && WildcardPattern.ContainsWildcardCharacters(name);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Identity other && other.GetType() == GetType() && (Value is string name
        ? other.Value is string same ? string.Equals(name, same, StringComparison.OrdinalIgnoreCase) : other.Value.Equals(name)
        : Value.Equals(other.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(ToString());

    /// <inheritdoc/>
    public override string ToString() => Value.ToString() ?? "";

    /// <summary>Returns a name, which must not be empty.</summary>
    private protected static string Check(string name) =>
        name.Length > 0 ? name : throw new ArgumentException("A name must not be empty.", nameof(name));
}
